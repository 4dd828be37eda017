#include "service/access/quota.h"

#include "absl/strings/str_cat.h"

namespace fireworks::access {

absl::Status ToStatus(const QuotaRefusal& refusal) {
  const std::string retry = absl::StrCat(
      "; try again in ",
      absl::FormatDuration(absl::Ceil(refusal.retry_after, absl::Milliseconds(1))));
  switch (refusal.limit) {
    case QuotaRefusal::Limit::kConcurrentStreams:
      return absl::ResourceExhaustedError(absl::StrCat(
          "your quota of ", refusal.allowed, " streams at a time is in use", retry));
    case QuotaRefusal::Limit::kRequestsPerMinute:
      return absl::ResourceExhaustedError(
          absl::StrCat("your quota of ", refusal.allowed, " calls per minute is used up", retry));
    case QuotaRefusal::Limit::kTokensPerMinute:
      break;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("your quota of ", refusal.allowed, " tokens per minute is used up", retry));
}

}  // namespace fireworks::access
