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
  const DecodeOptions options;
  Reading fast;
  fast.message.reset(prototype.New());
  fast.status = decoder_.Decode(table, exact, options, fast.message.get(), &fast.drift);
  Reading slow;
  slow.message.reset(prototype.New());
  MessageBuilder builder;
  slow.status = SaxDecode(table, exact, options.max_depth, &builder, slow.message.get(),
                          &slow.drift);
  if (auto same = Same(fast, slow, exact); !same) return same << "\ndecoded";
  if (auto same = Same(Skim(table, prototype, exact), slow, exact); !same) {
    return same << "\nskimmed";
  }
  if (!slow.status.ok()) return ::testing::AssertionSuccess();
  ++read_;
  read_fast_ += Transcoder().Run(table, exact, options.max_depth);
  return ::testing::AssertionSuccess();
}

BothWays::Reading BothWays::Skim(const MessageTable& table, const Message& prototype,
                                 absl::string_view text) {
  Reading reading;
  reading.message.reset(prototype.New());
  absl::optional<absl::string_view> wire;
  reading.status = decoder_.Skim(
      table, text, DecodeOptions(), FieldWatch(), [&reading] { return reading.message.get(); },
      &reading.drift, &wire);
  // As a caller reads it.
  if (wire && !reading.message->ParseFromArray(wire->data(), static_cast<int>(wire->size()))) {
    reading.status = absl::InternalError("the wire format is broken");
  }
  return reading;
}

::testing::AssertionResult BothWays::Same(const Reading& way, const Reading& slow,
                                          absl::string_view text) {
  if (way.status != slow.status) {
    return ::testing::AssertionFailure()
           << text << "\nfast: " << way.status << "\nslow: " << slow.status;
  }
  if (!(way.drift == slow.drift)) {
    return ::testing::AssertionFailure() << text << "\nother drift";
  }
  if (!slow.status.ok() ||
      DeterministicBytes(*way.message) == DeterministicBytes(*slow.message)) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << text << "\nfast: " << way.message->DebugString()
                                       << "\nslow: " << slow.message->DebugString();
}

}  // namespace fireworks::json::testing
