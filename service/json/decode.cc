#include "service/json/decode.h"

#include "absl/strings/str_cat.h"
#include "service/json/message_builder.h"
#include "service/json/reader.h"
#include "service/json/repair.h"

namespace fireworks::json {
namespace {

void Add(const Drift& from, Drift* to) {
  to->unknown_keys += from.unknown_keys;
  to->unknown_enum_values += from.unknown_enum_values;
  to->type_mismatches += from.type_mismatches;
  to->unknown_variants += from.unknown_variants;
  to->duplicate_keys += from.duplicate_keys;
  to->repaired_strings += from.repaired_strings;
}

// The status of a reader that has not come to the end of its text.
absl::Status Failure(const internal::SaxAdapter<MessageBuilder>& reader,
                     const MessageBuilder& builder, int max_depth) {
  if (reader.is_syntax_error()) return reader.SyntaxError();
  if (reader.is_too_deep()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("JSON is nested more than ", max_depth, " levels deep"));
  }
  return builder.status();
}

}  // namespace

struct Decoder::Buffers {
  MessageBuilder builder;
};

Decoder::Decoder() : buffers_(std::make_unique<Buffers>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

absl::Status Decoder::Decode(const MessageTable& table, absl::string_view text,
                             const DecodeOptions& options, google::protobuf::Message* message,
                             Drift* drift) {
  MessageBuilder& builder = buffers_->builder;
  builder.Start(table, text, message);
  internal::SaxAdapter<MessageBuilder> reader(text, text, options.max_depth, &builder);
  if (reader.Run()) {
    if (drift != nullptr) Add(builder.drift(), drift);
    return absl::OkStatus();
  }
  absl::Status failure = Failure(reader, builder, options.max_depth);
  if (!reader.is_syntax_error()) return failure;

  const Repaired repaired = Repair(text, RepairStrings::kYes);
  if (!repaired.any()) return failure;
  builder.Start(table, repaired.text, message);
  internal::SaxAdapter<MessageBuilder> second(repaired.parser_text, repaired.text,
                                              options.max_depth, &builder);
  // Positions in the repaired text are not the caller's: of two syntax errors
  // the first is told.
  if (!second.Run()) {
    return second.is_syntax_error() ? failure : Failure(second, builder, options.max_depth);
  }
  if (drift != nullptr) {
    Add(builder.drift(), drift);
    drift->repaired_strings += repaired.strings;
  }
  return absl::OkStatus();
}

absl::Status Decode(const MessageTable& table, absl::string_view text,
                    const DecodeOptions& options, google::protobuf::Message* message,
                    Drift* drift) {
  return Decoder().Decode(table, text, options, message, drift);
}

}  // namespace fireworks::json
