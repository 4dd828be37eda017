// Messages' `extra_json` by its keys.
#ifndef FIREWORKS_SERVICE_SERVER_EXTRA_JSON_H_
#define FIREWORKS_SERVICE_SERVER_EXTRA_JSON_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace fireworks::server {

// The `extra_json` of a message type; null when it has none.
const google::protobuf::FieldDescriptor* ExtraJsonField(const google::protobuf::Descriptor* type);

// `extra` is ExtraJsonField of the message's type. Keys are compared without regard to
// case.
std::vector<std::string> ExtraKeys(const google::protobuf::FieldDescriptor* extra,
                                   const google::protobuf::Message& message);
bool HasExtra(const google::protobuf::FieldDescriptor* extra, absl::string_view key,
              const google::protobuf::Message& message);
void RemoveExtra(const google::protobuf::FieldDescriptor* extra, absl::string_view key,
                 google::protobuf::Message* message);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_EXTRA_JSON_H_
