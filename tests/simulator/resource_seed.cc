#include "tests/simulator/resource_seed.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/resource_example.h"
#include "tests/simulator/resource_json.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;

// kExampleTime.
constexpr std::int64_t kSeedUnixSeconds = 1'768'469'400;

// Adds a resource that has been there for long.
absl::Status Add(absl::string_view pattern, const std::string& name, const Json& given,
                 ResourceStore* store) {
  const ResourceType& type = *FindType(std::string(pattern));
  Json fields = EmptyMessage(*type.message);
  // The seeds below fit their types.
  static_cast<void>(MergeMessage(*type.message, given, &fields));
  const auto resource = store->Insert(type, name, std::move(fields));
  if (!resource.ok()) return resource.status();
  FinishLife(*resource);
  SetIfPresent("createTime", kExampleTime, &(*resource)->json);
  SetIfPresent("updateTime", kExampleTime, &(*resource)->json);
  return absl::OkStatus();
}

absl::Status AddAccount(const std::string& account, ResourceStore* store) {
  return Add("accounts/*", absl::StrCat("accounts/", account),
             {{"displayName", account}, {"email", absl::StrCat(account, "@example.com")}}, store);
}

absl::Status AddModel(const std::string& name, const std::string& kind, Json given,
                      ResourceStore* store) {
  const bool shared = absl::StartsWith(name, "accounts/fireworks/");
  given["kind"] = kind;
  given["public"] = shared;
  if (absl::Status status = Add("accounts/*/models/*", name, given, store); !status.ok()) {
    return status;
  }
  store->Find(name)->json["supportsServerless"] = shared;
  return absl::OkStatus();
}

// In the catalogue's own order of keys.
nlohmann::ordered_json CatalogueRow(const Resource& model) {
  const Json& json = model.json;
  const std::vector<std::string> parts = absl::StrSplit(model.name, '/');
  nlohmann::ordered_json row = {{"id", model.name},
                                {"object", "model"},
                                {"owned_by", parts[1]},
                                {"created", kSeedUnixSeconds},
                                {"kind", json["kind"].get<std::string>()},
                                {"supports_chat", json["kind"] != "EMBEDDING_MODEL"},
                                {"supports_image_input", json["supportsImageInput"].get<bool>()},
                                {"supports_tools", json["supportsTools"].get<bool>()}};
  // The real catalogue leaves the key out too where it knows no length.
  const int context_length = json["contextLength"].get<int>();
  if (context_length != 0) row["context_length"] = context_length;
  return row;
}

}  // namespace

absl::Status Seed(ResourceStore* store) {
  const Json base = {{"contextLength", 131072},
                     {"supportsTools", true},
                     {"baseModelDetails",
                      {{"worldSize", 8},
                       {"checkpointFormat", "HUGGINGFACE"},
                       {"parameterCount", "1000000000000"},
                       {"moe", true},
                       {"huggingfaceFiles", {"config.json", "model.safetensors"}}}}};
  const Json tuned = {{"peftDetails",
                       {{"baseModel", "accounts/fireworks/models/chat-small"},
                        {"r", 16},
                        {"targetModules", {"q_proj", "v_proj"}}}}};
  const Json own = {{"displayName", "Own base"},
                    {"deprecationDate", {{"year", 2027}, {"month", 6}}}};
  absl::Status status;
  status.Update(AddAccount("fireworks", store));
  status.Update(AddAccount("test-account", store));
  status.Update(AddModel("accounts/fireworks/models/chat-large", "HF_BASE_MODEL", base, store));
  status.Update(AddModel("accounts/fireworks/models/chat-small", "HF_BASE_MODEL", base, store));
  status.Update(
      AddModel("accounts/fireworks/models/reasoning-large", "HF_BASE_MODEL", base, store));
  status.Update(AddModel("accounts/fireworks/models/vision-large", "CUSTOM_MODEL",
                         {{"supportsImageInput", true}}, store));
  status.Update(AddModel("accounts/fireworks/models/embedding-small", "EMBEDDING_MODEL",
                         {{"contextLength", 40960}}, store));
  status.Update(AddModel("accounts/test-account/models/tuned-chat", "HF_PEFT_ADDON", tuned, store));
  status.Update(AddModel("accounts/test-account/models/own-base", "CUSTOM_MODEL", own, store));
  return status;
}

std::string ModelCatalogue(ResourceStore* store) {
  nlohmann::ordered_json data = nlohmann::ordered_json::array();
  for (const Resource* account : store->Children(*FindType("accounts/*"), "")) {
    for (const Resource* model : store->Children(*FindType("accounts/*/models/*"), account->name)) {
      if (model->json["state"] == "READY") data.push_back(CatalogueRow(*model));
    }
  }
  return nlohmann::ordered_json({{"object", "list"}, {"data", std::move(data)}}).dump();
}

}  // namespace fireworks::simulator
