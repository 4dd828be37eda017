#include "service/upstream/mailbox.h"

#include <sys/eventfd.h>

#include <utility>

#include "service/upstream/transfer.h"

namespace fireworks::upstream {

void Mailbox::BindToThisThread() {
  std::lock_guard<std::mutex> lock(mutex_);
  reader_ = std::this_thread::get_id();
}

void Mailbox::Post(std::shared_ptr<Transfer> transfer) {
  bool wake = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return;
    // Whoever made it non-empty has woken the loop, or is the loop.
    wake = waiting_.empty() && reader_ != std::this_thread::get_id();
    waiting_.push_back(std::move(transfer));
  }
  if (wake) Wake();
}

// A full counter means that the loop will wake anyway.
void Mailbox::Wake() { eventfd_write(wake_.get(), 1); }

void Mailbox::Take(std::vector<std::shared_ptr<Transfer>>* taken) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::swap(*taken, waiting_);
}

void Mailbox::Close() {
  // Dropped outside the lock: a transfer's destructor runs foreign code.
  std::vector<std::shared_ptr<Transfer>> dropped;
  std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  std::swap(dropped, waiting_);
}

bool Mailbox::empty() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return waiting_.empty();
}

}  // namespace fireworks::upstream
