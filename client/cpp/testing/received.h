// What a fake's handlers received, for the test's thread to look at.
#ifndef FIREWORKS_CLIENT_CPP_TESTING_RECEIVED_H_
#define FIREWORKS_CLIENT_CPP_TESTING_RECEIVED_H_

#include <mutex>
#include <utility>
#include <vector>

namespace fireworks::client {

// A list in order of arrival. Thread-safe.
template <typename T>
class Received {
 public:
  void Add(T value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    values_.push_back(std::move(value));
  }

  std::vector<T> all() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return values_;
  }

  // A default value when nothing has come.
  T last() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return values_.empty() ? T() : values_.back();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<T> values_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_TESTING_RECEIVED_H_
