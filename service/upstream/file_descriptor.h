// An owned file descriptor.
#ifndef FIREWORKS_SERVICE_UPSTREAM_FILE_DESCRIPTOR_H_
#define FIREWORKS_SERVICE_UPSTREAM_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace fireworks::upstream {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  // Takes ownership; a negative number stands for none.
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() {
    if (number_ >= 0) close(number_);
  }

  bool valid() const { return number_ >= 0; }
  int get() const { return number_; }
  // Gives up ownership.
  int Release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_FILE_DESCRIPTOR_H_
