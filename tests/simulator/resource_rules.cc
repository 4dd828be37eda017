#include "tests/simulator/resource_rules.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;

// Fields that answers never carry. The inventory has no word for it.
struct Concealed {
  const char* schema;
  const char* key;
};

constexpr Concealed kConcealed[] = {
    {"gatewayApiKey", "key"},   // told by CreateApiKey alone
    {"gatewaySecret", "value"}  // taken, never told
};

constexpr std::size_t kKeyPrefixBytes = 8;

}  // namespace

absl::Status CheckNew(const ResourceType& type, const Json& fields) {
  // Seen on the wire; the document calls the count optional.
  if (type.message->schema == "gatewayDataset" && !fields["userUploaded"].is_null() &&
      fields["exampleCount"] == "0") {
    return absl::InvalidArgumentError("example_count is required for uploaded datasets");
  }
  return absl::OkStatus();
}

void CompleteNew(Resource* resource) {
  Json& json = resource->json;
  const std::string& schema = resource->type->message->schema;
  if (schema == "gatewayApiKey") {
    const std::string key = absl::StrCat("fw_simulated-", json["keyId"].get<std::string>());
    json["key"] = key;
    json["prefix"] = key.substr(0, kKeyPrefixBytes);
    json["email"] = "user@example.com";
  } else if (schema == "gatewayDeployment") {
    resource->ledger.push_back(
        {{"timestamp", json["createTime"]},
         {"value", absl::StrCat(json["minReplicaCount"].get<std::int64_t>())}});
  }
}

void Conceal(const ResourceType& type, Json* json) {
  for (const Concealed& concealed : kConcealed) {
    if (type.message->schema == concealed.schema) (*json)[concealed.key] = "";
  }
}

}  // namespace fireworks::simulator
