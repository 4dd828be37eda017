// The management API: every operation of the upstream's inventory, answered
// from an in-memory store in the JSON dialect of grpc-gateway.
//
// Which operations there are, what they take and what they answer is read from
// the inventory (operation.h), never from this project's protos. README.md says
// how the resources behave.
//
// Thread-safe.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_API_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_API_H_

#include <cstddef>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/http_message.h"
#include "tests/simulator/resource_store.h"

namespace fireworks::simulator {

class ResourceApi {
 public:
  static constexpr std::size_t kDefaultCapacity = 20'000;

  // Holds at most `capacity` resources, about 20 of the beginning included:
  // accounts/fireworks and accounts/test-account with some models each.
  explicit ResourceApi(std::size_t capacity = kDefaultCapacity);

  // Back to the resources of the beginning.
  void Reset();

  // Answers a request under /v1/. Its credentials have been checked.
  HttpResponse Handle(const HttpRequest& request);

  // The inference catalogue: every READY model, in GET /inference/v1/models form.
  std::string Catalogue();

 private:
  absl::StatusOr<nlohmann::json> Answer(const HttpRequest& request);

  std::mutex mutex_;
  // Guarded by `mutex_`.
  ResourceStore store_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_API_H_
