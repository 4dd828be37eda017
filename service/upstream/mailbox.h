// How other threads reach a loop: a queue of transfers that want the loop's
// attention, and a file descriptor that wakes it.
#ifndef FIREWORKS_SERVICE_UPSTREAM_MAILBOX_H_
#define FIREWORKS_SERVICE_UPSTREAM_MAILBOX_H_

#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "service/upstream/file_descriptor.h"

namespace fireworks::upstream {

class Transfer;

// Thread-safe. Shared by a loop and its transfers, because whoever owns an
// exchange may keep it, and call it, after the loop is gone.
class Mailbox {
 public:
  // `wake` is an eventfd in non-blocking mode.
  explicit Mailbox(FileDescriptor wake) : wake_(std::move(wake)) {}

  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Readable when there may be something to take.
  int wake_fd() const { return wake_.get(); }

  // Names the thread that takes; it needs no waking when it posts itself.
  void BindToThisThread();

  // Asks for attention to `transfer`. Once closed: does nothing.
  void Post(std::shared_ptr<Transfer> transfer);

  // Wakes the loop without a transfer.
  void Wake();

  // Swaps what is there into `taken`, which must be empty.
  void Take(std::vector<std::shared_ptr<Transfer>>* taken);

  // Takes what is there no more, and drops it.
  void Close();

  bool empty() const;

 private:
  const FileDescriptor wake_;
  mutable std::mutex mutex_;
  // All below guarded by mutex_.
  std::vector<std::shared_ptr<Transfer>> waiting_;
  std::thread::id reader_;
  bool closed_ = false;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_MAILBOX_H_
