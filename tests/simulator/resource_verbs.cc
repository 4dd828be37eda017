#include "tests/simulator/resource_verbs.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/simulator/resource_example.h"
#include "tests/simulator/resource_json.h"
#include "tests/simulator/resource_methods.h"
#include "tests/simulator/resource_upload.h"

namespace fireworks::simulator {
namespace {

using Body = OperationFacts::Body;
using Json = nlohmann::json;

constexpr std::size_t kMaxFiles = 1000;
constexpr std::size_t kMaxLedger = 100;
constexpr std::int64_t kMinChunk = 200;
constexpr std::int64_t kMaxChunks = 100;
constexpr char kOutputFile[] = "output.jsonl";

// A custom method at work.
struct CustomCall {
  const ResourceRequest& request;
  ResourceStore* store;
  // What the body says; an empty object where there is none.
  Json message;
  // What it acts on; null when that is nothing stored.
  Resource* resource;
  // What will be answered, unless the method answers the resource.
  Json answer;
};

using Rule = std::function<absl::Status(CustomCall*)>;

absl::Status CancelJob(CustomCall* call) {
  return Cancel(call->resource);
}

absl::Status ResumeJob(CustomCall* call) {
  return Resume(call->resource);
}

absl::Status UndeleteResource(CustomCall* call) {
  return Undelete(call->resource);
}

absl::Status Scale(CustomCall* call) {
  const Json& count = call->message["replicaCount"];
  if (count < 0) return absl::InvalidArgumentError("replicaCount must not be negative");
  SetIfPresent("desiredReplicaCount", count, &call->resource->json);
  SetIfPresent("replicaCount", count, &call->resource->json);
  BeginUpdate(call->resource);
  Json& ledger = call->resource->ledger;
  if (ledger.size() == kMaxLedger) ledger.erase(ledger.begin());
  ledger.push_back({{"timestamp", NowText()}, {"value", absl::StrCat(count.get<std::int64_t>())}});
  return absl::OkStatus();
}

// Answers an address for each file, under every key that maps file names.
void AnswerAddresses(const std::vector<std::string>& files, CustomCall* call) {
  for (auto& [key, value] : call->answer.items()) {
    if (!absl::StartsWith(key, "filenameTo")) continue;
    value = Json::object();
    for (const std::string& file : files) value[file] = SignedUrl(call->resource->name, file);
  }
}

absl::Status AddFile(const std::string& file, std::int64_t bytes, Resource* resource) {
  if (resource->files.size() >= kMaxFiles && resource->files.count(file) == 0) {
    return absl::ResourceExhaustedError(absl::StrCat("at most ", kMaxFiles, " files"));
  }
  resource->files[file] = bytes;
  return absl::OkStatus();
}

absl::Status OfferUpload(CustomCall* call) {
  std::vector<std::string> files;
  for (const auto& [file, size] : call->message["filenameToSize"].items()) {
    std::int64_t bytes = 0;
    static_cast<void>(absl::SimpleAtoi(size.get<std::string>(), &bytes));
    if (absl::Status status = AddFile(file, bytes, call->resource); !status.ok()) return status;
    files.push_back(file);
  }
  AnswerAddresses(files, call);
  return absl::OkStatus();
}

absl::Status OfferDownload(CustomCall* call) {
  std::vector<std::string> files;
  for (const auto& [file, bytes] : call->resource->files) files.push_back(file);
  if (files.empty()) files.emplace_back(kOutputFile);
  AnswerAddresses(files, call);
  return absl::OkStatus();
}

absl::Status TakeUpload(CustomCall* call) {
  const absl::StatusOr<UploadedFile> file = FindUploadedFile(*call->request.http);
  if (!file.ok()) return file.status();
  const auto bytes = static_cast<std::int64_t>(file->bytes);
  if (absl::Status status = AddFile(file->filename, bytes, call->resource); !status.ok()) {
    return status;
  }
  EndUpload(call->resource);
  call->answer = {{"id", call->resource->name},
                  {"object", "file"},
                  {"bytes", bytes},
                  {"created_at", absl::ToUnixSeconds(absl::Now())},
                  {"filename", file->filename},
                  {"purpose", "dataset"}};
  return absl::OkStatus();
}

absl::Status ValidateUpload(CustomCall* call) {
  FinishLife(call->resource);
  if (call->answer.contains("warnings")) call->answer["warnings"] = Json::array();
  return absl::OkStatus();
}

absl::Status ImportFiles(CustomCall* call) {
  EndUpload(call->resource);
  return absl::OkStatus();
}

absl::Status DeleteApiKey(CustomCall* call) {
  const std::string name =
      absl::StrCat(call->resource->name, "/apiKeys/", call->message["keyId"].get<std::string>());
  if (call->store->Find(name) == nullptr) return NoSuchResource();
  call->store->Erase(name);
  return absl::OkStatus();
}

absl::Status AnswerLedger(CustomCall* call) {
  call->answer["ledger"] = call->resource->ledger;
  return absl::OkStatus();
}

absl::Status ResetLedger(CustomCall* call) {
  call->resource->ledger = Json::array();
  return absl::OkStatus();
}

absl::Status CountVersions(CustomCall* call) {
  const ResourceType* const versions =
      FindType(absl::StrCat(call->resource->type->pattern, "/versions/*"));
  call->answer["count"] = call->store->Children(*versions, call->resource->name).size();
  return absl::OkStatus();
}

absl::Status AddAlias(CustomCall* call) {
  call->resource->json["alternateIds"].push_back(call->message["aliasId"]);
  return absl::OkStatus();
}

absl::Status ActivateVersion(CustomCall* call) {
  Resource* const deployment = call->store->Find(call->message["deployment"]);
  if (deployment != nullptr) deployment->json["activeModelVersion"] = call->resource->name;
  return absl::OkStatus();
}

// A dataset becomes several of `chunkSize` rows each.
absl::Status SplitDataset(CustomCall* call) {
  const Resource& dataset = *call->resource;
  std::int64_t rows = 0;
  static_cast<void>(absl::SimpleAtoi(dataset.json["exampleCount"].get<std::string>(), &rows));
  const std::int64_t size = std::max(call->message["chunkSize"].get<std::int64_t>(), kMinChunk);
  const std::int64_t chunks = rows / size + (rows % size != 0);
  if (chunks > kMaxChunks) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxChunks, " chunks"));
  }
  Json names = Json::array();
  for (std::int64_t i = 0; i < chunks; ++i) {
    Json fields = EmptyMessage(*dataset.type->message);
    fields["exampleCount"] = absl::StrCat(std::min(size, rows - i * size));
    fields["splitted"] = {{"sourceDatasetId", dataset.name}};
    const std::string name = absl::StrCat(dataset.name, "-chunk-", i);
    const auto chunk = call->store->Insert(*dataset.type, name, std::move(fields));
    if (!chunk.ok()) return chunk.status();
    FinishLife(*chunk);
    names.push_back(name);
  }
  call->answer = {{"chunkDatasetNames", std::move(names)},
                  {"chunksCreated", chunks},
                  {"totalExamples", absl::StrCat(rows)}};
  return absl::OkStatus();
}

// A checkpoint, which is no resource by itself, becomes a model.
absl::Status PromoteCheckpoint(CustomCall* call) {
  std::string name = call->message["outputModel"];
  if (!absl::StartsWith(name, "accounts/")) {
    name = absl::StrCat(call->resource->name, "/models/", name);
  }
  const ResourceType& type = *FindType("accounts/*/models/*");
  const auto model = call->store->Insert(type, name, EmptyMessage(*type.message));
  if (!model.ok()) return model.status();
  FinishLife(*model);
  call->answer["model"] = (*model)->json;
  return absl::OkStatus();
}

// A code can be redeemed once by each account.
absl::Status RedeemCode(CustomCall* call) {
  const std::string account = call->message["name"];
  if (call->store->Find(account) == nullptr) return NoSuchResource();
  const ResourceType& type = *FindType("accounts/*/creditRedemptions/*");
  Json fields = EmptyMessage(*type.message);
  fields["creditCode"] = call->message["code"];
  const std::string name =
      absl::StrCat(account, "/creditRedemptions/",
                   absl::AsciiStrToLower(call->message["code"].get<std::string>()));
  return call->store->Insert(type, name, std::move(fields)).status();
}

// By verb, or by RPC for what one operation does alone. A method without a rule
// changes nothing.
const Rule* FindRule(const Operation& operation) {
  static const auto* const kRules = new std::map<std::string, Rule>{
      {"cancel", CancelJob},
      {"resume", ResumeJob},
      {"undelete", UndeleteResource},
      {"scale", Scale},
      {"getUploadEndpoint", OfferUpload},
      {"getDownloadEndpoint", OfferDownload},
      {"getSourceCodeSignedUrl", OfferDownload},
      {"upload", TakeUpload},
      {"validateUpload", ValidateUpload},
      {"import", ImportFiles},
      {"alias", AddAlias},
      {"count", CountVersions},
      {"splitDataset", SplitDataset},
      {"promote", PromoteCheckpoint},
      {"deploy", ActivateVersion},
      // The one deletion that is a POST, because a key's id is in the body.
      {"DeleteApiKey", DeleteApiKey},
      // Paths below a resource that are no resources.
      {"GetLedger", AnswerLedger},
      {"ResetLedger", ResetLedger},
      // Its account is in the body, not in the path.
      {"RedeemCreditCode", RedeemCode},
  };
  for (const std::string& key : {operation.facts->rpc, operation.verb}) {
    const auto found = kRules->find(key);
    if (found != kRules->end()) return &found->second;
  }
  return nullptr;
}

// google.longrunning.Operation: nothing can ask for one later, so it is done.
Json DoneOperation(CustomCall* call) {
  return {{"name", absl::StrCat(call->request.match.target, "/operations/operation-",
                                call->store->NextNumber())},
          {"metadata", nullptr},
          {"done", true},
          {"error", nullptr},
          {"response", {{"@type", "type.googleapis.com/google.protobuf.Empty"}}}};
}

// An example of the response that agrees with the request and the resource.
Json ExampleAnswer(CustomCall* call) {
  const Type& response = *call->request.facts().response;
  if (response.schema == "googlelongrunningOperation") return DoneOperation(call);
  Json answer = ExampleMessage(response, call->request.match.target);
  const Type* const body = call->request.facts().body;
  const Type* const resource = call->resource == nullptr ? nullptr : call->resource->type->message;
  for (const Field& field : response.fields) {
    const Field* const given = body == nullptr ? nullptr : body->Find(field.key);
    const Field* const stored = resource == nullptr ? nullptr : resource->Find(field.key);
    if (given != nullptr && given->type->kind == field.type->kind) {
      answer[field.key] = call->message[field.key];
    } else if (stored != nullptr && stored->type->kind == field.type->kind) {
      answer[field.key] = call->resource->json[field.key];
    }
  }
  return answer;
}

absl::StatusOr<Json> CustomMessage(const ResourceRequest& request) {
  const Body kind = request.facts().body_kind;
  if (kind == Body::kNone || kind == Body::kMultipart) return Json::object();
  return ReadMessage(request);
}

}  // namespace

absl::StatusOr<Json> CallCustom(const ResourceRequest& request, ResourceStore* store) {
  const Operation& operation = request.operation();
  Resource* resource = nullptr;
  if (operation.type != nullptr) {
    resource = store->Find(request.match.target);
    if (resource == nullptr && operation.verb == "undelete") {
      resource = store->FindDeleted(request.match.target);
    }
    if (resource == nullptr) return NoSuchResource();
  }
  absl::StatusOr<Json> message = CustomMessage(request);
  if (!message.ok()) return message.status();

  CustomCall call{request, store, *std::move(message), resource, Json()};
  call.answer = ExampleAnswer(&call);
  const Rule* const rule = FindRule(operation);
  if (rule != nullptr) {
    if (absl::Status status = (*rule)(&call); !status.ok()) return status;
  }
  const bool answers_resource =
      resource != nullptr && operation.facts->response == resource->type->message;
  return answers_resource ? View(*resource) : std::move(call.answer);
}

}  // namespace fireworks::simulator
