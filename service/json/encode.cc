#include "service/json/encode.h"

#include "service/json/message_writer.h"

namespace fireworks::json {

absl::Status Encode(const MessageTable& table, const google::protobuf::Message& message,
                    const EncodeOptions& options, std::string* out) {
  return MessageWriter(options, out).Write(table, message);
}

}  // namespace fireworks::json
