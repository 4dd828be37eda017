#include "service/server/extra_json.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"

namespace fireworks::server {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

// The index of the entry `key`; -1: there is none. Some readers of JSON do not tell
// letters' cases apart.
int Find(const FieldDescriptor* extra, absl::string_view key, const Message& message) {
  const auto& reflection = *message.GetReflection();
  const FieldDescriptor* key_field = extra->message_type()->map_key();
  for (int i = 0; i < reflection.FieldSize(message, extra); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, extra, i);
    if (absl::EqualsIgnoreCase(entry.GetReflection()->GetString(entry, key_field), key)) return i;
  }
  return -1;
}

}  // namespace

const FieldDescriptor* ExtraJsonField(const Descriptor* type) {
  for (int i = 0; i < type->field_count(); ++i) {
    if (type->field(i)->options().GetExtension(fireworks::options::v1::field).extra()) {
      return type->field(i);
    }
  }
  return nullptr;
}

std::vector<std::string> ExtraKeys(const FieldDescriptor* extra, const Message& message) {
  const auto& reflection = *message.GetReflection();
  std::vector<std::string> keys;
  for (int i = 0; i < reflection.FieldSize(message, extra); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, extra, i);
    keys.push_back(entry.GetReflection()->GetString(entry, extra->message_type()->map_key()));
  }
  return keys;
}

bool HasExtra(const FieldDescriptor* extra, absl::string_view key, const Message& message) {
  return Find(extra, key, message) >= 0;
}

void RemoveExtra(const FieldDescriptor* extra, absl::string_view key, Message* message) {
  const auto& reflection = *message->GetReflection();
  // Entries of a map seen as a list may repeat a key.
  for (int i = Find(extra, key, *message); i >= 0; i = Find(extra, key, *message)) {
    reflection.SwapElements(message, extra, i, reflection.FieldSize(*message, extra) - 1);
    reflection.RemoveLast(message, extra);
  }
}

}  // namespace fireworks::server
