#include "tests/simulator/resource_methods.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/simulator/resource_json.h"
#include "tests/simulator/resource_rules.h"

namespace fireworks::simulator {
namespace {

using Body = OperationFacts::Body;
using Json = nlohmann::json;

constexpr std::size_t kMaxIdBytes = 63;

bool IsId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

// A create request, taken apart.
struct Creation {
  Json fields;
  // Empty when the caller leaves it to the server.
  std::string id;
};

// The resource in the body, beside its id and, perhaps, more of its fields: the
// model's cluster.
Creation FromWhole(const ResourceType& type, const Type& body, Json message) {
  Creation creation;
  std::string member;
  for (const Field& field : body.fields) {
    if (field.type == type.message && member.empty()) member = field.key;
  }
  creation.fields = std::move(message[member]);
  if (creation.fields.is_null()) creation.fields = EmptyMessage(*type.message);
  for (const Field& field : body.fields) {
    if (field.key == member + "Id") {
      creation.id = message[field.key];
    } else if (field.key != member && type.message->Find(field.key) != nullptr) {
      creation.fields[field.key] = message[field.key];
    }
  }
  return creation;
}

// The body is the resource; its id is the query's one parameter that ends in
// "Id" or, where the name is the client's to give, in the name.
Creation FromField(const ResourceRequest& request, const ResourceType& type, Json message) {
  Creation creation{std::move(message), ""};
  for (const Field& field : request.facts().query) {
    if (absl::EndsWith(field.key, "Id")) creation.id = request.Query(field.key);
  }
  const Field* const name = type.message->Find("name");
  if (creation.id.empty() && name != nullptr && !name->read_only) {
    const std::string given = creation.fields["name"];
    creation.id = given.substr(given.rfind('/') + 1);
  }
  return creation;
}

absl::StatusOr<Creation> ReadCreation(const ResourceRequest& request, const ResourceType& type,
                                      ResourceStore* store) {
  absl::StatusOr<Json> message = ReadMessage(request);
  if (!message.ok()) return message.status();
  Creation creation = request.facts().body_kind == Body::kWhole
                          ? FromWhole(type, *request.facts().body, *std::move(message))
                          : FromField(request, type, *std::move(message));
  if (creation.id.empty()) creation.id = absl::StrCat("generated-", store->NextNumber());
  if (!IsId(creation.id)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the id \"", creation.id, "\" must be 1 to 63 lower-case letters, digits and hyphens"));
  }
  return creation;
}

// The name of what `name`, of that type, belongs to.
std::string ParentName(const ResourceType& type, const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  const auto depth = std::count(type.parent.begin(), type.parent.end(), '/') + 1;
  return absl::StrJoin(parts.begin(), parts.begin() + depth, "/");
}

// What create and update answer: the resource or, where the operation says so,
// the version that it has become.
Json Answer(const ResourceRequest& request, const Resource& resource, Json view,
            ResourceStore* store) {
  if (request.facts().response == resource.type->message) return view;
  const Resource* const version = store->NewestVersion(resource);
  return version == nullptr ? std::move(view) : version->json;
}

}  // namespace

absl::Status NoSuchResource() {
  return absl::NotFoundError("resource not found");
}

Json View(const Resource& resource) {
  Json json = resource.json;
  Conceal(*resource.type, &json);
  return json;
}

absl::StatusOr<Json> GetResource(const ResourceRequest& request, ResourceStore* store) {
  Resource* const resource = store->Find(request.match.target);
  if (resource == nullptr) return NoSuchResource();
  Json json = View(*resource);
  const absl::Status masked = ApplyReadMask(request, *resource->type->message, &json);
  if (!masked.ok()) return masked;
  StepLife(resource);
  return json;
}

absl::StatusOr<Json> CreateResource(const ResourceRequest& request, ResourceStore* store) {
  const ResourceType& type = *request.operation().type;
  const std::string& parent = request.match.target;
  if (store->Find(parent) == nullptr) return absl::NotFoundError("parent not found");
  absl::StatusOr<Creation> creation = ReadCreation(request, type, store);
  if (!creation.ok()) return creation.status();
  if (absl::Status status = CheckNew(type, creation->fields); !status.ok()) return status;
  const std::string name = absl::StrCat(parent, "/", type.collection(), "/", creation->id);
  if (request.Flag("validateOnly")) {
    return ResourceStore::Make(type, name, std::move(creation->fields)).json;
  }
  const auto resource = store->Insert(type, name, std::move(creation->fields));
  if (!resource.ok()) return resource.status();
  CompleteNew(*resource);
  return Answer(request, **resource, (*resource)->json, store);
}

absl::StatusOr<Json> UpdateResource(const ResourceRequest& request, ResourceStore* store) {
  const ResourceType& type = *request.operation().type;
  const absl::StatusOr<Json> change = ParseBody(request.http->body);
  if (!change.ok()) return change.status();
  Resource* resource = store->Find(request.match.target);
  if (resource == nullptr && request.Flag("allowMissing") &&
      store->Find(ParentName(type, request.match.target)) != nullptr) {
    const auto added = store->Insert(type, request.match.target, EmptyMessage(*type.message));
    if (!added.ok()) return added.status();
    resource = *added;
  }
  if (resource == nullptr) return NoSuchResource();
  const absl::Status merged = MergeMessage(*type.message, *change, &resource->json);
  if (!merged.ok()) return merged;
  // The name is in the path; a body cannot move the resource.
  if (type.identity == "name") resource->json["name"] = resource->name;
  BeginUpdate(resource);
  if (absl::Status status = store->AddVersion(*resource); !status.ok()) return status;
  return Answer(request, *resource, View(*resource), store);
}

absl::StatusOr<Json> DeleteResource(const ResourceRequest& request, ResourceStore* store) {
  const bool hard = request.Flag("hard");
  Resource* resource = store->Find(request.match.target);
  if (resource == nullptr && hard) resource = store->FindDeleted(request.match.target);
  if (resource == nullptr) return NoSuchResource();
  if (resource->type->undeletable && !hard) {
    MarkDeleted(resource);
  } else {
    store->Erase(request.match.target);
  }
  return Json::object();
}

}  // namespace fireworks::simulator
