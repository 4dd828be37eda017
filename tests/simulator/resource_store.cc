#include "tests/simulator/resource_store.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/resource_example.h"
#include "tests/simulator/resource_json.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;

constexpr char kUser[] = "user@example.com";

std::string LastPart(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

// Of a version: it is its id.
int NumberOf(const Resource& version) {
  int number = 0;
  static_cast<void>(absl::SimpleAtoi(LastPart(version.name), &number));
  return number;
}

std::string CollectionName(const ResourceType& type, const std::string& parent) {
  return parent.empty() ? type.collection() : absl::StrCat(parent, "/", type.collection());
}

// The types of what belongs to resources of `type` and comes with them.
std::vector<const ResourceType*> Dependents(const ResourceType& type) {
  std::vector<const ResourceType*> dependents;
  for (const auto& [pattern, candidate] : OperationTable::Upstream().types()) {
    if (candidate.parent == type.pattern && !candidate.creatable) dependents.push_back(&candidate);
  }
  return dependents;
}

// Versions that come by themselves; those of models are created by callers.
const ResourceType* VersionsOf(const ResourceType& type) {
  for (const ResourceType* dependent : Dependents(type)) {
    if (dependent->is_version) return dependent;
  }
  return nullptr;
}

}  // namespace

const ResourceType* FindType(const std::string& pattern) {
  const auto& types = OperationTable::Upstream().types();
  const auto found = types.find(pattern);
  return found == types.end() ? nullptr : &found->second;
}

ResourceStore::ResourceStore(std::size_t capacity) : capacity_(capacity) {}

void ResourceStore::Clear() {
  resources_.clear();
  last_number_ = 0;
}

Resource* ResourceStore::Find(const std::string& name) {
  const auto found = resources_.find(name);
  return found == resources_.end() || found->second.deleted ? nullptr : &found->second;
}

Resource* ResourceStore::FindDeleted(const std::string& name) {
  const auto found = resources_.find(name);
  return found == resources_.end() || !found->second.deleted ? nullptr : &found->second;
}

Resource ResourceStore::Make(const ResourceType& type, const std::string& name, Json fields) {
  Resource resource;
  resource.type = &type;
  resource.name = name;
  resource.json = std::move(fields);
  Json* const json = &resource.json;
  if (!type.identity.empty()) {
    (*json)[type.identity] = type.identity == "name" ? name : LastPart(name);
  }
  SetIfPresent("createTime", NowText(), json);
  SetIfPresent("createdBy", kUser, json);
  const Field* const status = type.message->Find("status");
  if (status != nullptr && status->type->kind == Type::Kind::kMessage) {
    (*json)["status"] = {{"code", "OK"}, {"message", ""}};
  }
  Touch(&resource);
  BeginLife(&resource);
  return resource;
}

absl::StatusOr<Resource*> ResourceStore::Insert(const ResourceType& type, const std::string& name,
                                                Json fields) {
  if (resources_.count(name) == 1) {
    return absl::AlreadyExistsError(absl::StrCat(name, " exists already"));
  }
  if (resources_.size() >= capacity_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the simulator holds at most ", capacity_, " resources"));
  }
  Resource* const resource =
      &resources_.emplace(name, Make(type, name, std::move(fields))).first->second;
  const absl::Status status = InsertDependents(*resource);
  if (status.ok()) return resource;
  Erase(name);
  return status;
}

absl::Status ResourceStore::InsertDependents(const Resource& resource) {
  for (const ResourceType* type : Dependents(*resource.type)) {
    if (type->is_version) {
      if (absl::Status status = AddVersion(resource); !status.ok()) return status;
      continue;
    }
    std::string name = CollectionName(*type, resource.name);
    if (!type->singleton()) absl::StrAppend(&name, "/default");
    Json fields = ExampleMessage(*type->message, name);
    // It goes through no states, so that who lists it finds it ready.
    const Field* const state = type->message->Find("state");
    if (state != nullptr) fields["state"] = UnsetValue(*state->type);
    const auto added = Insert(*type, name, std::move(fields));
    if (!added.ok()) return added.status();
    FinishLife(*added);
  }
  return absl::OkStatus();
}

absl::Status ResourceStore::AddVersion(const Resource& resource) {
  const ResourceType* const type = VersionsOf(*resource.type);
  if (type == nullptr) return absl::OkStatus();
  const Resource* const newest = NewestVersion(resource);
  const std::string name = absl::StrCat(CollectionName(*type, resource.name), "/",
                                        newest == nullptr ? 1 : NumberOf(*newest) + 1);
  Json fields = EmptyMessage(*type->message);
  fields["snapshot"] = resource.json;
  return Insert(*type, name, std::move(fields)).status();
}

Resource* ResourceStore::NewestVersion(const Resource& resource) {
  const ResourceType* const type = VersionsOf(*resource.type);
  Resource* newest = nullptr;
  if (type == nullptr) return newest;
  for (Resource* version : Children(*type, resource.name)) {
    if (newest == nullptr || NumberOf(*version) > NumberOf(*newest)) newest = version;
  }
  return newest;
}

void ResourceStore::Erase(const std::string& name) {
  resources_.erase(name);
  const std::string below = absl::StrCat(name, "/");
  auto first = resources_.lower_bound(below);
  auto last = first;
  while (last != resources_.end() && absl::StartsWith(last->first, below)) ++last;
  resources_.erase(first, last);
}

std::vector<Resource*> ResourceStore::Children(const ResourceType& type,
                                               const std::string& parent) {
  const std::string below = absl::StrCat(CollectionName(type, parent), "/");
  std::vector<Resource*> children;
  for (auto at = resources_.lower_bound(below);
       at != resources_.end() && absl::StartsWith(at->first, below); ++at) {
    if (at->second.type == &type) children.push_back(&at->second);
  }
  return children;
}

}  // namespace fireworks::simulator
