// Decoding through the SAX parser and reflection: slow, and right about
// everything. What Decoder does with text that is in any way unusual.
#ifndef FIREWORKS_SERVICE_JSON_SAX_DECODE_H_
#define FIREWORKS_SERVICE_JSON_SAX_DECODE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "service/json/drift.h"
#include "service/json/message_builder.h"

namespace fireworks::json {

// As Decode, with the buffers of `builder`. `drift` must be given.
absl::Status SaxDecode(const MessageTable& table, absl::string_view text, int max_depth,
                       MessageBuilder* builder, google::protobuf::Message* message, Drift* drift);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_SAX_DECODE_H_
