#include "service/json/decode.h"

#include "absl/types/optional.h"
#include "service/json/message_builder.h"
#include "service/json/sax_decode.h"
#include "service/json/transcoder.h"

namespace fireworks::json {

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
  const bool taken = transcoder.Run(table, text, options.max_depth) &&
                     message->ParseFromArray(transcoder.wire().data(),
                                             static_cast<int>(transcoder.wire().size()));
  transcoder.ReleaseWire();
  if (taken) {
    drift->Add(transcoder.drift());
    return absl::OkStatus();
  }
  if (!buffers_->builder.has_value()) buffers_->builder.emplace();
  return SaxDecode(table, text, options.max_depth, &*buffers_->builder, message, drift);
}

absl::Status Decode(const MessageTable& table, absl::string_view text,
                    const DecodeOptions& options, google::protobuf::Message* message,
                    Drift* drift) {
  return Decoder().Decode(table, text, options, message, drift);
}

}  // namespace fireworks::json
