// A folder for the files of one test.
#ifndef FIREWORKS_SERVICE_ACCESS_TESTING_FILES_H_
#define FIREWORKS_SERVICE_ACCESS_TESTING_FILES_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::access {

// Made anew, and removed with all that is in it.
class TestFolder {
 public:
  TestFolder() {
    const char* parent = getenv("TEST_TMPDIR");
    std::string path = std::string(parent != nullptr ? parent : "/tmp") + "/access.XXXXXX";
    path_ = mkdtemp(path.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }

  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }

  // Puts a new file in the place of the old one, as careful writers do.
  std::string Replace(const std::string& name, absl::string_view content) const {
    const std::string fresh = Path(name + ".new");
    WriteOver(name + ".new", content);
    std::filesystem::rename(fresh, Path(name));
    return Path(name);
  }

  // Writes into the file that is there.
  std::string WriteOver(const std::string& name, absl::string_view content) const {
    std::ofstream file(Path(name), std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    return Path(name);
  }

 private:
  std::string path_;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_TESTING_FILES_H_
