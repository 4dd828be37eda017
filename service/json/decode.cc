#include "service/json/decode.h"

#include "absl/types/optional.h"
#include "service/json/message_builder.h"
#include "service/json/sax_decode.h"
#include "service/json/transcoder.h"

namespace fireworks::json {
namespace {

// Below that it does not matter what is held how often.
constexpr std::size_t kLargeText = 64 << 10;

}  // namespace

struct Decoder::Buffers {
  Transcoder transcoder;
  // Made when something unusual comes for the first time.
  absl::optional<MessageBuilder> builder;
};

Decoder::Decoder() : buffers_(std::make_unique<Buffers>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

absl::Status Decoder::Decode(const MessageTable& table, absl::string_view text,
                             const DecodeOptions& options, google::protobuf::Message* message,
                             Drift* drift) {
  Drift unasked;
  if (drift == nullptr) drift = &unasked;
  Transcoder& transcoder = buffers_->transcoder;
  const bool taken =
      transcoder.Run(table, text, options.max_depth) && TakeWire(message, drift);
  transcoder.ReleaseWire();
  return taken ? absl::OkStatus() : DecodeUnusual(table, text, options, message, drift);
}

absl::Status Decoder::DecodeAndFree(const MessageTable& table, std::string text,
                                    const DecodeOptions& options,
                                    google::protobuf::Message* message, Drift* drift) {
  if (text.size() < kLargeText) return Decode(table, text, options, message, drift);
  Drift unasked;
  if (drift == nullptr) drift = &unasked;
  Transcoder& transcoder = buffers_->transcoder;
  if (!transcoder.Run(table, text, options.max_depth)) {
    transcoder.ReleaseWire();
    return DecodeUnusual(table, text, options, message, drift);
  }
  std::string().swap(text);
  // Parsers take 100 levels, and no message of the contract has as many (property_test.cc).
  const bool taken = TakeWire(message, drift);
  transcoder.ReleaseWire();
  return taken ? absl::OkStatus() : absl::InternalError("what was read is no wire format");
}

absl::Status Decoder::Skim(const MessageTable& table, absl::string_view text,
                           const DecodeOptions& options, const FieldWatch& watch,
                           absl::FunctionRef<google::protobuf::Message*()> message,
                           Drift* drift, absl::optional<absl::string_view>* wire) {
  wire->reset();
  Transcoder& transcoder = buffers_->transcoder;
  // Of the text before, which the reader has done with.
  transcoder.ReleaseWire();
  if (!transcoder.Run(table, text, options.max_depth, &watch)) {
    return DecodeUnusual(table, text, options, message(), drift);
  }
  if (!transcoder.noted() && transcoder.in_one_piece() && !transcoder.drift().any()) {
    *wire = transcoder.wire();
    return absl::OkStatus();
  }
  google::protobuf::Message* const decoded = message();
  if (TakeWire(decoded, drift)) return absl::OkStatus();
  return DecodeUnusual(table, text, options, decoded, drift);
}

bool Decoder::TakeWire(google::protobuf::Message* message, Drift* drift) {
  const Transcoder& transcoder = buffers_->transcoder;
  const absl::string_view wire = transcoder.wire();
  if (!message->ParseFromArray(wire.data(), static_cast<int>(wire.size()))) return false;
  drift->Add(transcoder.drift());
  return true;
}

absl::Status Decoder::DecodeUnusual(const MessageTable& table, absl::string_view text,
                                    const DecodeOptions& options,
                                    google::protobuf::Message* message, Drift* drift) {
  if (!buffers_->builder.has_value()) buffers_->builder.emplace();
  return SaxDecode(table, text, options.max_depth, &*buffers_->builder, message, drift);
}

absl::Status Decode(const MessageTable& table, absl::string_view text,
                    const DecodeOptions& options, google::protobuf::Message* message,
                    Drift* drift) {
  return Decoder().Decode(table, text, options, message, drift);
}

}  // namespace fireworks::json
