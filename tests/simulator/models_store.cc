#include "tests/simulator/models_store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/simulator/errors.h"
#include "tests/simulator/model_json.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;

// google.rpc.Code values.
constexpr int kInvalidArgument = 3;
constexpr int kNotFound = 5;
constexpr int kAlreadyExists = 6;
constexpr int kUnimplemented = 12;

constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 200;
constexpr char kSeedTime[] = "2026-01-15T09:30:00.123456Z";
constexpr std::int64_t kSeedUnixSeconds = 1'768'469'400;

HttpResponse Ok(const Json& body) {
  return JsonResponse(200, body.dump());
}

HttpResponse NoSuchModel() {
  return StatusError(kNotFound, "model not found");
}

// Nine fractional digits, as the gateway prints new resources.
std::string NowText() {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E9SZ", absl::Now(), absl::UTCTimeZone());
}

bool IsModelId(absl::string_view id) {
  if (id.empty() || id.size() > 63) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

// The page size asked for; 0 when it is not a number or negative.
int PageSize(const HttpRequest& request) {
  const std::string text = request.Query("pageSize");
  int size = 0;
  if (text.empty()) return kDefaultPageSize;
  if (!absl::SimpleAtoi(text, &size) || size < 0) return 0;
  return size == 0 ? kDefaultPageSize : std::min(size, kMaxPageSize);
}

}  // namespace

ModelsStore::ModelsStore() {
  Reset();
}

void ModelsStore::Reset() {
  std::lock_guard<std::mutex> lock(mutex_);
  models_.clear();
  const Json base = {{"contextLength", 131072},
                     {"supportsTools", true},
                     {"baseModelDetails",
                      {{"worldSize", 8},
                       {"checkpointFormat", "HUGGINGFACE"},
                       {"parameterCount", "1000000000000"},
                       {"moe", true},
                       {"huggingfaceFiles", {"config.json", "model.safetensors"}}}}};
  Seed("accounts/fireworks/models/chat-large", "HF_BASE_MODEL", base);
  Seed("accounts/fireworks/models/chat-small", "HF_BASE_MODEL", base);
  Seed("accounts/fireworks/models/reasoning-large", "HF_BASE_MODEL", base);
  Seed("accounts/fireworks/models/vision-large", "CUSTOM_MODEL", {{"supportsImageInput", true}});
  Seed("accounts/fireworks/models/embedding-small", "EMBEDDING_MODEL", {{"contextLength", 40960}});
  Seed("accounts/test-account/models/tuned-chat", "HF_PEFT_ADDON",
       {{"peftDetails",
         {{"baseModel", "accounts/fireworks/models/chat-small"},
          {"r", 16},
          {"targetModules", {"q_proj", "v_proj"}}}}});
  Seed("accounts/test-account/models/own-base", "CUSTOM_MODEL",
       {{"displayName", "Own base"}, {"deprecationDate", {{"year", 2027}, {"month", 6}}}});
}

void ModelsStore::Seed(absl::string_view name, absl::string_view kind, Json fields) {
  Json model = EmptyModel();
  // The seeds above fit the model's fields.
  static_cast<void>(MergeModel(fields, &model));
  model["name"] = std::string(name);
  model["kind"] = std::string(kind);
  model["state"] = "READY";
  model["status"] = {{"code", "OK"}, {"message", ""}};
  model["createTime"] = kSeedTime;
  model["updateTime"] = kSeedTime;
  model["public"] = absl::StartsWith(name, "accounts/fireworks/");
  model["supportsServerless"] = model["public"];
  models_[std::string(name)] = std::move(model);
}

HttpResponse ModelsStore::Handle(const HttpRequest& request) {
  // ["", "v1", "accounts", account, "models", model]
  const std::vector<std::string> parts = absl::StrSplit(request.path(), '/');
  const std::string account = PercentDecode(parts[3]);
  if (parts.size() == 5) {
    if (request.method == "GET") return List(request, account);
    if (request.method == "POST") return Create(request, account);
    return StatusError(kUnimplemented, "Method Not Allowed");
  }
  const std::string id = PercentDecode(parts[5]);
  const std::string name = absl::StrCat("accounts/", account, "/models/", id);
  if (parts.size() > 6 || absl::StrContains(id, ':')) return StatusError(kNotFound, "Not Found");
  if (request.method == "GET") return Get(name);
  if (request.method == "PATCH") return Update(request, name);
  if (request.method == "DELETE") return Delete(name);
  return StatusError(kUnimplemented, "Method Not Allowed");
}

// A page token is the name of the last model of the page before.
HttpResponse ModelsStore::List(const HttpRequest& request, const std::string& account) const {
  const int page_size = PageSize(request);
  if (page_size == 0) return StatusError(kInvalidArgument, "page_size must not be negative");
  std::string after;
  if (!absl::WebSafeBase64Unescape(request.Query("pageToken"), &after)) {
    return StatusError(kInvalidArgument, "page_token is not valid");
  }
  const std::string prefix = absl::StrCat("accounts/", account, "/models/");
  Json page = Json::array();
  std::string last;
  bool more = false;
  int total = 0;
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [name, model] : models_) {
    if (!absl::StartsWith(name, prefix)) continue;
    ++total;
    if (name <= after) continue;
    more = static_cast<int>(page.size()) == page_size;
    if (more) continue;
    page.push_back(model);
    last = name;
  }
  return Ok({{"models", std::move(page)},
             {"nextPageToken", more ? absl::WebSafeBase64Escape(last) : ""},
             {"totalSize", total}});
}

HttpResponse ModelsStore::Create(const HttpRequest& request, const std::string& account) {
  const Json body = Json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) return StatusError(kInvalidArgument, "the body must be a JSON object");
  const Json id = body.contains("modelId") ? body["modelId"] : body.value("model_id", Json());
  if (!id.is_string() || !IsModelId(id.get<std::string>())) {
    return StatusError(kInvalidArgument,
                       "model_id must be 1 to 63 lower-case letters, digits and hyphens");
  }
  Json model = EmptyModel();
  const absl::Status merged = MergeModel(body.value("model", Json::object()), &model);
  if (!merged.ok()) return StatusError(kInvalidArgument, merged.message());
  const std::string name = absl::StrCat("accounts/", account, "/models/", id.get<std::string>());
  model["name"] = name;
  model["cluster"] = body.value("cluster", "");
  model["state"] = "UPLOADING";
  model["status"] = {{"code", "OK"}, {"message", ""}};
  model["createTime"] = NowText();
  model["updateTime"] = model["createTime"];
  std::lock_guard<std::mutex> lock(mutex_);
  if (!models_.emplace(name, model).second) {
    return StatusError(kAlreadyExists, absl::StrCat(name, " exists already"));
  }
  return Ok(model);
}

HttpResponse ModelsStore::Get(const std::string& name) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = models_.find(name);
  return found == models_.end() ? NoSuchModel() : Ok(found->second);
}

HttpResponse ModelsStore::Update(const HttpRequest& request, const std::string& name) {
  const Json change = Json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = models_.find(name);
  if (found == models_.end()) return NoSuchModel();
  const absl::Status merged = MergeModel(change, &found->second);
  if (!merged.ok()) return StatusError(kInvalidArgument, merged.message());
  found->second["updateTime"] = NowText();
  return Ok(found->second);
}

HttpResponse ModelsStore::Delete(const std::string& name) {
  std::lock_guard<std::mutex> lock(mutex_);
  return models_.erase(name) == 1 ? Ok(Json::object()) : NoSuchModel();
}

std::string ModelsStore::Catalogue() const {
  nlohmann::ordered_json data = nlohmann::ordered_json::array();
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [name, model] : models_) {
    if (model["state"] != "READY") continue;
    const std::vector<std::string> parts = absl::StrSplit(name, '/');
    nlohmann::ordered_json row = {{"id", name},
                                  {"object", "model"},
                                  {"owned_by", parts[1]},
                                  {"created", kSeedUnixSeconds},
                                  {"kind", model["kind"].get<std::string>()},
                                  {"supports_chat", model["kind"] != "EMBEDDING_MODEL"},
                                  {"supports_image_input", model["supportsImageInput"].get<bool>()},
                                  {"supports_tools", model["supportsTools"].get<bool>()}};
    // The real catalogue leaves the key out too where it knows no length.
    const int context_length = model["contextLength"].get<int>();
    if (context_length > 0) row["context_length"] = context_length;
    data.push_back(std::move(row));
  }
  return nlohmann::ordered_json({{"object", "list"}, {"data", std::move(data)}}).dump();
}

}  // namespace fireworks::simulator
