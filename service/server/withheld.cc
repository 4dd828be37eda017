#include "service/server/withheld.h"

#include "service/server/extra_json.h"

namespace fireworks::server {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void WithholdSecrets(const contract::MarkedFields& secrets, Message* answer) {
  const absl::Status visited =
      secrets.Visit(answer, [](Message* holder, const FieldDescriptor* field) {
        holder->GetReflection()->ClearField(holder, field);
        const FieldDescriptor* extra = ExtraJsonField(holder->GetDescriptor());
        if (extra != nullptr) RemoveExtra(extra, field->json_name(), holder);
        return absl::OkStatus();
      });
  visited.IgnoreError();  // The visitor never fails.
}

}  // namespace fireworks::server
