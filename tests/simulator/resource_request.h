// A request of the management API, read by what the inventory says of its
// operation.
//
// Values; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_REQUEST_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_REQUEST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/http_message.h"
#include "tests/simulator/operation.h"

namespace fireworks::simulator {

struct ResourceRequest {
  const Operation& operation() const { return *match.operation; }
  const OperationFacts& facts() const { return *match.operation->facts; }

  // The text of a query parameter, spelt as in JSON or in snake_case; empty when
  // it is absent.
  std::string Query(absl::string_view key) const;
  bool Flag(absl::string_view key) const { return Query(key) == "true"; }

  OperationMatch match;
  // Must outlive this.
  const HttpRequest* http = nullptr;
};

// INVALID_ARGUMENT names a query parameter that is missing though required, or
// whose text is no value of its type. Unknown ones are passed over, as
// grpc-gateway does.
absl::Status CheckQuery(const ResourceRequest& request);

// The body as a message of its type with every field present. INVALID_ARGUMENT
// says what is wrong with it.
absl::StatusOr<nlohmann::json> ReadMessage(const ResourceRequest& request);

// Unsets what the request's readMask leaves out, the mask's paths taken to their
// first part. INVALID_ARGUMENT names a path that does not exist.
absl::Status ApplyReadMask(const ResourceRequest& request, const Type& message,
                           nlohmann::json* json);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_REQUEST_H_
