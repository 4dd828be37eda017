#include "tests/simulator/resource_request.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/simulator/resource_json.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;

std::string SnakeCase(absl::string_view camel) {
  std::string snake;
  for (const char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      snake += '_';
      snake += static_cast<char>(c - 'A' + 'a');
    } else {
      snake += c;
    }
  }
  return snake;
}

}  // namespace

std::string ResourceRequest::Query(absl::string_view key) const {
  const std::string text = http->Query(key);
  return text.empty() ? http->Query(SnakeCase(key)) : text;
}

absl::Status CheckQuery(const ResourceRequest& request) {
  for (const Field& field : request.facts().query) {
    const std::string text = request.Query(field.key);
    if (text.empty()) {
      if (!field.required) continue;
      return absl::InvalidArgumentError(absl::StrCat(field.key, " is required"));
    }
    if (field.type->kind == Type::Kind::kMap) continue;
    const absl::StatusOr<Json> value = ParseText(*field.type, text);
    if (!value.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(value.status().message(), " for parameter ", field.key));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> ReadMessage(const ResourceRequest& request) {
  const absl::StatusOr<Json> body = ParseBody(request.http->body);
  if (!body.ok()) return body.status();
  const Type& type = *request.facts().body;
  if (absl::Status status = CheckRequired(type, *body); !status.ok()) return status;
  Json message = EmptyMessage(type);
  if (absl::Status status = MergeMessage(type, *body, &message); !status.ok()) return status;
  return message;
}

absl::Status ApplyReadMask(const ResourceRequest& request, const Type& message, Json* json) {
  const std::string mask = request.Query("readMask");
  if (mask.empty() || mask == "*") return absl::OkStatus();
  std::set<std::string> kept;
  for (const absl::string_view path : absl::StrSplit(mask, ',')) {
    const absl::StatusOr<FieldPath> found = FindPath(message, path);
    if (!found.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("read_mask: ", found.status().message()));
    }
    kept.insert(found->keys.front());
  }
  for (const Field& field : message.fields) {
    if (kept.count(field.key) == 0) (*json)[field.key] = UnsetValue(*field.type);
  }
  return absl::OkStatus();
}

}  // namespace fireworks::simulator
