#include "service/json/both_ways.h"

#include <memory>
#include <vector>

#include "service/json/deterministic_bytes.h"
#include "service/json/sax_decode.h"
#include "service/json/transcoder.h"

namespace fireworks::json::testing {
using google::protobuf::Message;

::testing::AssertionResult BothWays::Agree(const MessageTable& table, const Message& prototype,
                                           absl::string_view text) {
  // Of its own memory: a byte read beyond the end is one that ASan sees.
  const std::vector<char> copy(text.begin(), text.end());
  const absl::string_view exact(copy.data(), copy.size());
  const std::unique_ptr<Message> fast(prototype.New());
  const std::unique_ptr<Message> slow(prototype.New());
  const DecodeOptions options;
  Drift fast_drift;
  Drift slow_drift;
  MessageBuilder builder;
  const absl::Status fast_status = decoder_.Decode(table, exact, options, fast.get(), &fast_drift);
  const absl::Status slow_status =
      SaxDecode(table, exact, options.max_depth, &builder, slow.get(), &slow_drift);
  if (fast_status != slow_status) {
    return ::testing::AssertionFailure()
           << text << "\nfast: " << fast_status << "\nslow: " << slow_status;
  }
  if (!(fast_drift == slow_drift)) {
    return ::testing::AssertionFailure() << text << "\nother drift";
  }
  if (!fast_status.ok()) return ::testing::AssertionSuccess();
  ++read_;
  read_fast_ += Transcoder().Run(table, exact, options.max_depth);
  if (DeterministicBytes(*fast) == DeterministicBytes(*slow)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << text << "\nfast: " << fast->DebugString() << "\nslow: " << slow->DebugString();
}

}  // namespace fireworks::json::testing
