// What a finished chat completion cost, for people.
#ifndef FIREWORKS_CLIENT_CPP_CALL_SUMMARY_H_
#define FIREWORKS_CLIENT_CPP_CALL_SUMMARY_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fireworks/inference/v1/usage.pb.h"

namespace fireworks::client {

// Gives the value of a trailer, empty when there is none: Stream::Trailer.
using TrailerLookup = std::function<absl::string_view(absl::string_view name)>;

// Two lines, each ended by a newline:
//   usage: 12 prompt tokens (4 cached), 30 completion tokens, 42 in all
//   call: overhead 310us, first event after 41.2ms, request id req_1
// Counts come from `usage`, where that is unset from the trailers. What is not
// known is left out; a line of which nothing is known says so or disappears.
std::string SummarizeCall(const absl::optional<fireworks::inference::v1::UsageInfo>& usage,
                          const TrailerLookup& trailer);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CALL_SUMMARY_H_
