#include "service/json/sax_decode.h"

#include "absl/strings/str_cat.h"
#include "service/json/reader.h"
#include "service/json/repair.h"

namespace fireworks::json {
namespace {

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

absl::Status SaxDecode(const MessageTable& table, absl::string_view text, int max_depth,
                       MessageBuilder* builder, google::protobuf::Message* message, Drift* drift) {
  builder->Start(table, text, message);
  internal::SaxAdapter<MessageBuilder> reader(text, text, max_depth, builder);
  if (reader.Run()) {
    drift->Add(builder->drift());
    return absl::OkStatus();
  }
  absl::Status failure = Failure(reader, *builder, max_depth);
  if (!reader.is_syntax_error()) return failure;

  const Repaired repaired = Repair(text, RepairStrings::kYes);
  if (!repaired.any()) return failure;
  builder->Start(table, repaired.text, message);
  internal::SaxAdapter<MessageBuilder> second(repaired.parser_text, repaired.text, max_depth,
                                              builder);
  // Positions in the repaired text are not the caller's: of two syntax errors
  // the first is told.
  if (!second.Run()) {
    return second.is_syntax_error() ? failure : Failure(second, *builder, max_depth);
  }
  drift->Add(builder->drift());
  drift->repaired_strings += repaired.strings;
  return absl::OkStatus();
}

}  // namespace fireworks::json
