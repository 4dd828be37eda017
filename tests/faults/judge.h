// How a call must end whose upstream fell silent for good after some bytes of its
// answer: worked out from those bytes alone, by other means than the service's.
#ifndef FIREWORKS_TESTS_FAULTS_JUDGE_H_
#define FIREWORKS_TESTS_FAULTS_JUDGE_H_

#include <cstddef>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"
#include "tests/faults/calls.h"

namespace fireworks::faults {

struct Verdict {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;
  std::size_t messages = 0;

  bool operator==(const Verdict& other) const {
    return code == other.code && reason == other.reason && messages == other.messages;
  }
};
std::ostream& operator<<(std::ostream& out, const Verdict& verdict);

// `wire`: the bytes that came before the close. Answers as wire.h makes them.
Verdict Judge(Call call, absl::string_view wire);

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_JUDGE_H_
