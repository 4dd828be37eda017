// Folders with keys, as people and Kubernetes make them.
#ifndef FIREWORKS_SERVICE_UPSTREAM_KEY_RING_TESTING_H_
#define FIREWORKS_SERVICE_UPSTREAM_KEY_RING_TESTING_H_

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

namespace fireworks::upstream::testing {

// Made anew, and removed with all that is in it.
class KeyFolder {
 public:
  KeyFolder() {
    const char* parent = getenv("TEST_TMPDIR");
    std::string path = std::string(parent != nullptr ? parent : "/tmp") + "/keys.XXXXXX";
    path_ = mkdtemp(path.data());
  }
  ~KeyFolder() { std::filesystem::remove_all(path_); }

  KeyFolder(const KeyFolder&) = delete;
  KeyFolder& operator=(const KeyFolder&) = delete;

  std::string Path(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

  // Puts a new file in the place of the old one, as careful writers do.
  std::string Write(absl::string_view name, absl::string_view text) const {
    const std::string fresh = Path(absl::StrCat(name, ".new"));
    std::ofstream(fresh, std::ios::binary) << text;
    std::filesystem::rename(fresh, Path(name));
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

}  // namespace fireworks::upstream::testing

#endif  // FIREWORKS_SERVICE_UPSTREAM_KEY_RING_TESTING_H_
