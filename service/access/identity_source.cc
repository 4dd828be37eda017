#include "service/access/identity_source.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace fireworks::access {

absl::StatusOr<absl::optional<absl::string_view>> FindBearerToken(
    absl::Span<const absl::string_view> authorization) {
  if (authorization.empty()) return absl::optional<absl::string_view>();
  if (authorization.size() > 1) return absl::InvalidArgumentError("several `authorization`");
  absl::string_view value = authorization.front();
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return absl::InvalidArgumentError("another scheme than Bearer");
  }
  value.remove_prefix(kScheme.size());
  while (absl::ConsumePrefix(&value, " ")) {
  }
  if (value.empty() || !std::all_of(value.begin(), value.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError("no bearer token");
  }
  return absl::make_optional(value);
}

}  // namespace fireworks::access
