#include "tests/simulator/operation.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/simulator/http_message.h"

namespace fireworks::simulator {
namespace {

using Body = OperationFacts::Body;
using Kind = Operation::Kind;
using Segments = std::vector<std::string>;

constexpr char kAny[] = "*";

// "/v1/{name=accounts/*/models/*}/x/{id}" -> "accounts/*/models/*/x/*".
std::string Flatten(absl::string_view path) {
  absl::ConsumePrefix(&path, "/v1/");
  std::string flat;
  while (!path.empty()) {
    const std::size_t open = path.find('{');
    flat += std::string(path.substr(0, open));
    if (open == absl::string_view::npos) break;
    const std::size_t close = path.find('}', open);
    const absl::string_view variable = path.substr(open + 1, close - open - 1);
    const std::size_t pattern = variable.find('=');
    flat += pattern == absl::string_view::npos ? kAny : std::string(variable.substr(pattern + 1));
    path.remove_prefix(close + 1);
  }
  return flat;
}

std::string Join(const Segments& segments, std::size_t count) {
  return absl::StrJoin(segments.begin(), segments.begin() + count, "/");
}

std::string Join(const Segments& segments) {
  return Join(segments, segments.size());
}

// How many segments there are up to and with the last that a request fills.
std::size_t NamedSegments(const Segments& segments, std::size_t count) {
  while (count > 0 && segments[count - 1] != kAny) --count;
  return count;
}

std::string ParentOf(const std::string& pattern) {
  const Segments segments = absl::StrSplit(pattern, '/');
  return Join(segments, NamedSegments(segments, segments.size() - 1));
}

// The member that tells resources of this type apart; empty when it is none.
std::string IdentityOf(const Type& message) {
  for (const char* key : {"name", "keyId", "id"}) {
    if (message.Find(key) != nullptr) return key;
  }
  return "";
}

// What a page holds; null when `response` is no page.
const Type* PageItem(const Type& response) {
  if (response.Find("nextPageToken") == nullptr) return nullptr;
  for (const Field& field : response.fields) {
    if (field.type->kind == Type::Kind::kList) return field.type->element;
  }
  return nullptr;
}

Kind Classify(const OperationFacts& facts, const Operation& operation) {
  if (!operation.verb.empty()) return Kind::kCustom;
  const bool names_one = operation.segments.back() == kAny;
  if (facts.verb == "GET") {
    if (PageItem(*facts.response) != nullptr) return Kind::kList;
    return names_one || facts.response->Find("name") != nullptr ? Kind::kGet : Kind::kCustom;
  }
  if (facts.verb == "DELETE") return names_one ? Kind::kDelete : Kind::kCustom;
  if (facts.verb == "PATCH") return Kind::kUpdate;
  return IdentityOf(*facts.response).empty() ? Kind::kCustom : Kind::kCreate;
}

Operation Read(const OperationFacts& facts) {
  Operation operation;
  operation.facts = &facts;
  std::string path = Flatten(facts.path);
  const std::size_t colon = path.find(':');
  if (colon != std::string::npos) {
    operation.verb = path.substr(colon + 1);
    path.resize(colon);
  }
  operation.segments = absl::StrSplit(path, '/');
  operation.kind = Classify(facts, operation);
  return operation;
}

// What a create request brings: the body, or the message in it.
const Type* CreatedMessage(const OperationFacts& facts) {
  if (facts.body_kind == Body::kField) return facts.body;
  for (const Field& field : facts.body->fields) {
    if (field.type->kind == Type::Kind::kMessage) return field.type;
  }
  return facts.response;
}

// The last part of a path without its verb, when it has `verb`.
bool TakeVerb(const std::string& verb, absl::string_view* last) {
  const std::size_t colon = last->rfind(':');
  if (verb.empty()) return colon == absl::string_view::npos;
  if (colon == absl::string_view::npos || last->substr(colon + 1) != verb) return false;
  *last = last->substr(0, colon);
  return true;
}

bool Matches(const Operation& operation, std::vector<absl::string_view> parts) {
  if (parts.size() != operation.segments.size()) return false;
  if (!TakeVerb(operation.verb, &parts.back())) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& segment = operation.segments[i];
    if (segment == kAny ? parts[i].empty() : segment != parts[i]) return false;
  }
  return true;
}

std::string TargetOf(const Operation& operation, std::vector<absl::string_view> parts) {
  TakeVerb(operation.verb, &parts.back());
  Segments decoded;
  for (std::size_t i = 0; i < operation.target_segments; ++i) {
    decoded.push_back(PercentDecode(parts[i]));
  }
  return Join(decoded);
}

}  // namespace

bool ResourceType::singleton() const {
  return !absl::EndsWith(pattern, kAny);
}

std::string ResourceType::collection() const {
  const Segments segments = absl::StrSplit(pattern, '/');
  return segments[segments.size() - (singleton() ? 1 : 2)];
}

const OperationTable& OperationTable::Upstream() {
  static const auto* const kTable = new OperationTable(Inventory::Upstream());
  return *kTable;
}

OperationTable::OperationTable(const Inventory& inventory) {
  for (const OperationFacts& facts : inventory.operations()) operations_.push_back(Read(facts));
  FindTypes();
  for (Operation& operation : operations_) {
    if (operation.kind == Kind::kCreate) FindCreated(&operation);
  }
  for (Operation& operation : operations_) FindTarget(&operation);
  FindVersions();
}

ResourceType* OperationTable::AddType(const std::string& pattern, const Type* message) {
  ResourceType& type = types_[pattern];
  if (type.message != nullptr) return &type;
  type.pattern = pattern;
  type.parent = ParentOf(pattern);
  type.message = message;
  type.identity = IdentityOf(*message);
  return &type;
}

const ResourceType* OperationTable::TypeOfMessage(const Type* message) const {
  for (const auto& [pattern, type] : types_) {
    if (type.message == message) return &type;
  }
  return nullptr;
}

// Types are what is listed, got and updated, where the path says.
void OperationTable::FindTypes() {
  for (const Operation& operation : operations_) {
    const std::string path = Join(operation.segments);
    if (operation.kind == Kind::kList && operation.segments.back() != kAny) {
      AddType(absl::StrCat(path, "/", kAny), PageItem(*operation.facts->response));
    }
    if (operation.kind == Kind::kGet) AddType(path, operation.facts->response);
    if (operation.kind == Kind::kUpdate) AddType(path, operation.facts->body);
  }
}

// What is created in a collection that nothing lists goes where its like are
// listed: evaluatorsV2 makes evaluators.
void OperationTable::FindCreated(Operation* operation) {
  const std::string path = Join(operation->segments);
  const Type* const message = CreatedMessage(*operation->facts);
  const auto listed = types_.find(absl::StrCat(path, "/", kAny));
  const ResourceType* const like = TypeOfMessage(message);
  ResourceType* created;
  if (listed != types_.end()) {
    created = &listed->second;
  } else if (like != nullptr && like->parent == ParentOf(path)) {
    created = &types_[like->pattern];
  } else {
    created = AddType(absl::StrCat(path, "/", kAny), message);
  }
  created->creatable = true;
  operation->type = created;
}

void OperationTable::FindTarget(Operation* operation) {
  const Segments& segments = operation->segments;
  const std::string path = Join(segments);
  operation->target_segments = NamedSegments(segments, segments.size());
  if (operation->kind == Kind::kList) {
    // The list without a collection in its path is found by what it holds.
    const auto in_path = types_.find(absl::StrCat(path, "/", kAny));
    operation->type = in_path != types_.end()
                          ? &in_path->second
                          : TypeOfMessage(PageItem(*operation->facts->response));
  } else if (operation->kind == Kind::kCustom) {
    FindActedOn(operation);
  } else if (operation->kind != Kind::kCreate) {
    operation->target_segments = segments.size();
    operation->type = &types_.at(path);
  }
}

// What a custom method acts on is the innermost resource of its path.
void OperationTable::FindActedOn(Operation* operation) {
  std::size_t count = operation->target_segments;
  while (count > 0 && types_.count(Join(operation->segments, count)) == 0) {
    count = NamedSegments(operation->segments, count - 1);
  }
  operation->target_segments = count;
  if (count == 0) return;
  ResourceType& type = types_[Join(operation->segments, count)];
  operation->type = &type;
  if (operation->verb == "undelete") type.undeletable = true;
}

void OperationTable::FindVersions() {
  for (auto& [pattern, type] : types_) {
    const Field* const snapshot = type.message->Find("snapshot");
    const auto parent = types_.find(type.parent);
    type.is_version = snapshot != nullptr && parent != types_.end() &&
                      parent->second.message == snapshot->type;
  }
}

absl::StatusOr<OperationMatch> OperationTable::Match(absl::string_view method,
                                                     absl::string_view path) const {
  if (!absl::ConsumePrefix(&path, "/v1/")) return absl::NotFoundError("Not Found");
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  bool known = false;
  for (const Operation& operation : operations_) {
    if (!Matches(operation, parts)) continue;
    if (operation.facts->verb == method) {
      return OperationMatch{&operation, TargetOf(operation, parts)};
    }
    known = true;
  }
  if (known) return absl::UnimplementedError("Method Not Allowed");
  return absl::NotFoundError("Not Found");
}

}  // namespace fireworks::simulator
