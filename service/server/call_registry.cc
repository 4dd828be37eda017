#include "service/server/call_registry.h"

namespace fireworks::server {

void CallRegistry::Add(const std::shared_ptr<Call>& call) {
  std::lock_guard<std::mutex> lock(mutex_);
  calls_.emplace(call.get(), call);
  ++arrivals_;
}

void CallRegistry::Remove(const Call* call) {
  std::lock_guard<std::mutex> lock(mutex_);
  calls_.erase(call);
  if (calls_.empty()) emptied_.notify_all();
}

std::uint64_t CallRegistry::arrivals() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return arrivals_;
}

bool CallRegistry::AwaitEmpty(std::chrono::system_clock::time_point deadline) const {
  std::unique_lock<std::mutex> lock(mutex_);
  return emptied_.wait_until(lock, deadline, [this] { return calls_.empty(); });
}

std::vector<std::shared_ptr<Call>> CallRegistry::Snapshot() const {
  std::vector<std::shared_ptr<Call>> running;
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& entry : calls_) {
    if (std::shared_ptr<Call> call = entry.second.lock()) running.push_back(std::move(call));
  }
  return running;
}

}  // namespace fireworks::server
