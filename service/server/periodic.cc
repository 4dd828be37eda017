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

void Periodic::Run(std::chrono::milliseconds interval) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wake_.wait_for(lock, interval, [this] { return stopping_; })) {
    lock.unlock();
    task_();
    lock.lock();
  }
}

}  // namespace fireworks::server
