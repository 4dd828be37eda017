// Upstream's error answers of any form, down to the gRPC status: within its limits,
// valid UTF-8, never a success.
//
// Input: an HTTP status in the first line, 200 for an error inside a stream, then the
// body.
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "service/server/error.h"
#include "service/server/upstream_error.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using fuzz::Check;
using fuzz::IsUtf8;

// What gRPC writes for `message`: all but printable ASCII percent-encoded.
std::size_t EncodedBytes(absl::string_view message) {
  std::size_t bytes = 0;
  for (const char c : message) bytes += c >= 0x20 && c <= 0x7E && c != '%' ? 1 : 3;
  return bytes;
}

void CheckError(const server::Error& error) {
  Check(error.code > grpc::StatusCode::OK && error.code <= grpc::StatusCode::UNAUTHENTICATED,
        "an error has an error's code");
  Check(!error.message.empty(), "an error has words");
  Check(error.upstream.has_value(), "upstream's words are kept");
  const auto& upstream = *error.upstream;
  Check(upstream.code().size() <= 256 && upstream.type().size() <= 256 &&
            upstream.param().size() <= 256 && upstream.body().size() <= 1024,
        "what is kept is bounded");
  Check(IsUtf8(error.message) && IsUtf8(upstream.code()) && IsUtf8(upstream.type()) &&
            IsUtf8(upstream.param()) && IsUtf8(upstream.body()),
        "what is kept is UTF-8", error.message);
  for (const auto& violation : error.bad_request.field_violations()) {
    Check(IsUtf8(violation.field()) && IsUtf8(violation.description()), "violations are UTF-8");
  }
}

void CheckStatus(const server::Error& error) {
  const grpc::Status status = server::ToStatus(error, "req_1");
  Check(status.error_code() == error.code, "the code stays");
  Check(EncodedBytes(status.error_message()) <= 1024, "a message has at most 1 KiB");
  Check(IsUtf8(status.error_message()), "a message is UTF-8", status.error_message());
  Check(status.error_details().size() <= 3072, "details have at most 3 KiB");
  google::rpc::Status details;
  Check(details.ParseFromString(status.error_details()), "details can be read");
  Check(details.details_size() >= 2, "reason and request id are always there");
}

void Test(absl::string_view input) {
  upstream::ResponseHead head;
  if (!absl::SimpleAtoi(fuzz::TakeUntil('\n', &input), &head.status)) head.status = 500;
  const bool in_stream = head.status == 200;
  const server::Error error =
      in_stream ? server::FromStreamError(input) : server::FromErrorAnswer(head, input);
  CheckError(error);
  CheckStatus(error);
  const std::string kept = server::KeptBody(input);
  Check(kept.size() <= 1024 && IsUtf8(kept), "a kept body is bounded UTF-8", kept);
  if (in_stream) server::HasMember(input, "error");
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
