// The responses that a client asked to keep, newest first.
//
// Thread-safe.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESPONSE_STORE_H_
#define FIREWORKS_TESTS_SIMULATOR_RESPONSE_STORE_H_

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "nlohmann/json.hpp"

namespace fireworks::simulator {

struct StoredResponse {
  nlohmann::ordered_json response;
  // What the model was told, and what it said: the next turn builds on it.
  std::string conversation;
};

class ResponseStore {
 public:
  // Keeps the newest 1,000.
  void Add(StoredResponse stored);

  std::optional<StoredResponse> Find(const std::string& id) const;
  // Whether there was one.
  bool Delete(const std::string& id);
  void Clear();

  // {object, data, has_more, first_id, last_id}: up to `limit` responses older
  // than the one called `after` and newer than `before`, each if it is not empty.
  nlohmann::ordered_json List(std::size_t limit, const std::string& after,
                              const std::string& before) const;

 private:
  mutable std::mutex mutex_;
  // Newest first. Guarded by `mutex_`.
  std::deque<std::pair<std::string, StoredResponse>> responses_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESPONSE_STORE_H_
