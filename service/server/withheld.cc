#include "service/server/withheld.h"

#include "service/server/extra_json.h"

namespace fireworks::server {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

// What came in an unexpected form stands there under the field's key, as a whole.
void RemoveMisfit(Message* holder, const FieldDescriptor* field) {
  const FieldDescriptor* extra = ExtraJsonField(holder->GetDescriptor());
  if (extra != nullptr) RemoveExtra(extra, field->json_name(), holder);
}

}  // namespace

void WithholdSecrets(const contract::MarkedFields& secrets, Message* answer) {
  // Also of what would hold the secret: a list with one element too strange to be read is
  // kept as text with all its elements.
  secrets.VisitWays(answer, RemoveMisfit);
  const absl::Status visited =
      secrets.Visit(answer, [](Message* holder, const FieldDescriptor* field) {
        holder->GetReflection()->ClearField(holder, field);
        RemoveMisfit(holder, field);
        return absl::OkStatus();
      });
  visited.IgnoreError();  // The visitor never fails.
}

}  // namespace fireworks::server
