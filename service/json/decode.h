// JSON to message, without loss: whatever does not fit the contract is kept as
// verbatim JSON text in the message's `extra_json` (see docs/json-mapping.md).
#ifndef FIREWORKS_SERVICE_JSON_DECODE_H_
#define FIREWORKS_SERVICE_JSON_DECODE_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "google/protobuf/message.h"
#include "service/json/drift.h"
#include "service/json/field_watch.h"
#include "service/json/schema.h"

namespace fireworks::json {

struct DecodeOptions {
  // Nesting of objects and arrays. Deeper text is RESOURCE_EXHAUSTED.
  int max_depth = 128;
};

// Clears `message`, which must be of the table's type, and fills it from `text`.
// Contract drift never fails; it is kept and counted in `drift`, if given.
//
// Errors: INVALID_ARGUMENT when `text` is no JSON or not of the JSON type that
// the message's shape needs (with the byte position), RESOURCE_EXHAUSTED when
// it is nested too deeply. `message` is then unspecified.
absl::Status Decode(const MessageTable& table, absl::string_view text,
                    const DecodeOptions& options, google::protobuf::Message* message,
                    Drift* drift);

// The same with buffers that are kept from one text to the next, for streams,
// and with the knowledge of which keys follow each other. A message that is kept
// too is read into the memory that it has. The schemas of the tables must
// outlive the decoder. Thread-compatible.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // As the function Decode.
  absl::Status Decode(const MessageTable& table, absl::string_view text,
                      const DecodeOptions& options, google::protobuf::Message* message,
                      Drift* drift);

  // The same for one who has no more use for the text: of a large one there are never
  // more than two copies at a time, as text, as wire format or in the message.
  absl::Status DecodeAndFree(const MessageTable& table, std::string text,
                             const DecodeOptions& options, google::protobuf::Message* message,
                             Drift* drift);

  // For a reader that hands on what has none of the fields `watch`. Where the text is
  // such, and fits the contract, `*wire` has the text's message in Protobuf's wire format,
  // until the next call. Else `*wire` is none, and all is as with Decode into the message
  // that `message` gives, which is asked only then.
  absl::Status Skim(const MessageTable& table, absl::string_view text,
                    const DecodeOptions& options, const FieldWatch& watch,
                    absl::FunctionRef<google::protobuf::Message*()> message, Drift* drift,
                    absl::optional<absl::string_view>* wire);

 private:
  // Parses what the transcoder has written.
  bool TakeWire(google::protobuf::Message* message, Drift* drift);
  absl::Status DecodeUnusual(const MessageTable& table, absl::string_view text,
                             const DecodeOptions& options, google::protobuf::Message* message,
                             Drift* drift);

  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_DECODE_H_
