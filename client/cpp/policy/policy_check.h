// What a policy says of a call, decided offline by the service's own code.
#ifndef FIREWORKS_CLIENT_CPP_POLICY_POLICY_CHECK_H_
#define FIREWORKS_CLIENT_CPP_POLICY_POLICY_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"

namespace fireworks::client {

struct PolicyQuestion {
  std::string policy_file;  // empty: the policy that counts without one
  std::string caller;       // the name, as logs have it
  std::string method;       // "package.Service/Method"
  // Of the request; unset: not asked about.
  absl::optional<std::string> model;
  absl::optional<std::int64_t> max_tokens;
};

struct PolicyAnswer {
  bool allowed = false;
  std::string explanation;  // who, which rule, why: lines for people
};

// Errors name what of the question is wrong, or the policy file's line and column.
absl::StatusOr<PolicyAnswer> CheckPolicy(const PolicyQuestion& question);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_POLICY_POLICY_CHECK_H_
