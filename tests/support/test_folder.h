// A folder for the files of one test, and the ways in which files change.
#ifndef FIREWORKS_TESTS_SUPPORT_TEST_FOLDER_H_
#define FIREWORKS_TESTS_SUPPORT_TEST_FOLDER_H_

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace fireworks::testing_support {

// Made anew, and removed with all that is in it. Thread-compatible.
class TestFolder {
 public:
  TestFolder() {
    const char* parent = getenv("TEST_TMPDIR");
    std::string path = absl::StrCat(parent != nullptr ? parent : "/tmp", "/folder.XXXXXX");
    path_ = mkdtemp(path.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }

  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string Path(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

  // Puts a new file in the place of the old one, as careful writers do.
  std::string Replace(absl::string_view name, absl::string_view content) const {
    const std::string fresh = WriteOver(absl::StrCat(name, ".new"), content);
    std::filesystem::rename(fresh, Path(name));
    return Path(name);
  }

  // Writes into the file that is there.
  std::string WriteOver(absl::string_view name, absl::string_view content) const {
    std::ofstream file(Path(name), std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    return Path(name);
  }

  // Says that the file was written at that time, in seconds since 1970.
  void Date(absl::string_view name, std::time_t when) const {
    const timespec times[2] = {{when, 0}, {when, 0}};
    utimensat(AT_FDCWD, Path(name).c_str(), times, 0);
  }

  void Remove(absl::string_view name) const { std::filesystem::remove(Path(name)); }

  // Mounts a secret as Kubernetes does: the files stand in a folder with a name of
  // its own, which is reached through the link ..data, which is swapped at once.
  void Mount(const std::map<std::string, std::string>& files) {
    namespace fs = std::filesystem;
    const std::string version = absl::StrCat("..version", ++mounts_);
    fs::create_directory(Path(version));
    for (const auto& [name, text] : files) {
      std::ofstream(Path(absl::StrCat(version, "/", name)), std::ios::binary) << text;
      if (mounts_ == 1) fs::create_symlink("..data/" + name, Path(name));
    }
    fs::create_symlink(version, Path("..data_tmp"));
    fs::rename(Path("..data_tmp"), Path("..data"));
    if (mounts_ > 1) fs::remove_all(Path(absl::StrCat("..version", mounts_ - 1)));
  }

 private:
  std::string path_;
  int mounts_ = 0;
};

}  // namespace fireworks::testing_support

#endif  // FIREWORKS_TESTS_SUPPORT_TEST_FOLDER_H_
