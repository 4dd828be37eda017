#include "service/server/periodic.h"

#include <utility>

namespace fireworks::server {

Periodic::Periodic(std::chrono::milliseconds interval, std::function<void()> task)
    : task_(std::move(task)), thread_([this, interval] { Run(interval); }) {}

Periodic::~Periodic() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Periodic::RunSoon() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    soon_ = true;
  }
  wake_.notify_one();
}

void Periodic::Run(std::chrono::milliseconds interval) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait_for(lock, interval, [this] { return stopping_ || soon_; });
    if (stopping_) return;
    soon_ = false;
    lock.unlock();
    task_();
    lock.lock();
  }
}

}  // namespace fireworks::server
