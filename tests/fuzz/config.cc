// The configuration file: refused in words, or made into options that make sense.
//
// Input: the file.
#include <chrono>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/text_format.h"
#include "service/server/config.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using fuzz::Check;
using std::chrono::milliseconds;

void CheckTime(milliseconds time) {
  Check(time.count() >= 0 && time <= std::chrono::hours(366 * 24), "a time is at most a year",
        std::to_string(time.count()));
}

void CheckOptions(const server::Options& options) {
  CheckTime(options.drain_grace);
  CheckTime(options.connections.max_age);
  CheckTime(options.connections.max_idle);
  CheckTime(options.connections.handshake_timeout);
  CheckTime(options.limits.times.connect);
  CheckTime(options.limits.times.first_event);
  CheckTime(options.limits.times.idle);
  CheckTime(options.limits.times.answer);
  CheckTime(options.limits.stream_timeout);
  CheckTime(options.limits.inference_timeout);
  CheckTime(options.limits.management_timeout);
  CheckTime(options.limits.slow_reader_timeout);
  CheckTime(options.limits.max_wait);
  for (const server::MethodLimits& limits : options.limits.methods) {
    Check(!limits.methods.empty(), "limits are of methods");
    for (const auto& time : {limits.connect, limits.first_event, limits.idle, limits.answer,
                             limits.whole}) {
      if (time) CheckTime(*time);
    }
  }
  Check(options.limits.max_queued_events > 0 && options.limits.json.max_depth > 0,
        "a cap of nothing is none");
  Check(options.upstream.loops > 0, "there is a loop");
  Check(!options.listen.empty(), "there is an address");
}

void Test(absl::string_view input) {
  const auto config = server::ParseConfig(input, "fuzz.textproto");
  if (!config.ok()) {
    Check(absl::StartsWith(config.status().message(), "fuzz.textproto:"), "errors say where");
    return;
  }
  const auto options = server::MakeOptions(*config);
  if (options.ok()) {
    CheckOptions(*options);
  } else {
    Check(absl::StartsWith(options.status().message(), "configuration: "), "errors name fields");
  }
  // What was read says all that counts.
  std::string printed;
  Check(google::protobuf::TextFormat::PrintToString(*config, &printed), "a file can be printed");
  const auto again = server::ParseConfig(printed, "fuzz.textproto");
  Check(again.ok(), "what was printed can be read", printed);
  // Of several mistakes another one may be the first that is found.
  Check(server::MakeOptions(*again).ok() == options.ok(), "and means the same", printed);
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
