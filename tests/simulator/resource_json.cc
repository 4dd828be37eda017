#include "tests/simulator/resource_json.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/simulator/resource_value.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using Kind = Type::Kind;

absl::Status BadValue(absl::string_view path) {
  return absl::InvalidArgumentError(absl::StrCat("invalid value for field \"", path, "\""));
}

absl::Status UnknownField(absl::string_view path) {
  return absl::InvalidArgumentError(absl::StrCat("unknown field \"", path, "\""));
}

std::string Member(const std::string& path, absl::string_view key) {
  return path.empty() ? std::string(key) : absl::StrCat(path, ".", key);
}

absl::Status MergeFields(const Type& message, const Json& change, const std::string& path,
                         Json* target);

// A value of a field, list or map: whole, over nothing.
absl::StatusOr<Json> ReadValue(const Type& type, const Json& value, const std::string& path);

absl::StatusOr<Json> ReadList(const Type& type, const Json& value, const std::string& path) {
  if (!value.is_array()) return BadValue(path);
  Json list = Json::array();
  for (const Json& item : value) {
    absl::StatusOr<Json> read =
        ReadValue(*type.element, item, absl::StrCat(path, "[", list.size(), "]"));
    if (!read.ok()) return read.status();
    list.push_back(*std::move(read));
  }
  return list;
}

absl::StatusOr<Json> ReadMap(const Type& type, const Json& value, const std::string& path) {
  if (!value.is_object()) return BadValue(path);
  Json map = Json::object();
  for (const auto& [key, item] : value.items()) {
    absl::StatusOr<Json> read =
        ReadValue(*type.element, item, absl::StrCat(path, "[\"", key, "\"]"));
    if (!read.ok()) return read.status();
    map[key] = *std::move(read);
  }
  return map;
}

absl::StatusOr<Json> ReadValue(const Type& type, const Json& value, const std::string& path) {
  if (type.kind == Kind::kList) return ReadList(type, value, path);
  if (type.kind == Kind::kMap) return ReadMap(type, value, path);
  if (type.kind == Kind::kMessage) {
    Json message = EmptyMessage(type);
    const absl::Status status = MergeFields(type, value, path, &message);
    if (!status.ok()) return status;
    return message;
  }
  std::optional<Json> canonical = CanonicalScalar(type, value);
  if (!canonical) return BadValue(path);
  return *std::move(canonical);
}

absl::Status MergeField(const Type& type, const Json& value, const std::string& path,
                        Json* member) {
  if (value.is_null()) {
    *member = UnsetValue(type);
    return absl::OkStatus();
  }
  if (type.kind == Kind::kMessage && member->is_object()) {
    return MergeFields(type, value, path, member);
  }
  absl::StatusOr<Json> read = ReadValue(type, value, path);
  if (read.ok()) *member = *std::move(read);
  return read.status();
}

absl::Status MergeFields(const Type& message, const Json& change, const std::string& path,
                         Json* target) {
  if (!change.is_object()) return BadValue(path);
  for (const auto& [key, value] : change.items()) {
    const Field* const field = message.Find(key);
    if (field == nullptr && !message.open) return UnknownField(Member(path, key));
    if (field == nullptr) {
      (*target)[key] = value;
    } else if (!field->read_only) {
      const absl::Status status =
          MergeField(*field->type, value, Member(path, field->key), &(*target)[field->key]);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

// The member of `object` that is called `key` in either spelling; null when it
// has none.
const Json* Given(const Type& message, const Json& object, const std::string& key) {
  for (const auto& [given, value] : object.items()) {
    const Field* const field = message.Find(given);
    if (field != nullptr && field->key == key) return &value;
  }
  return nullptr;
}

absl::Status CheckRequiredAt(const Type& message, const Json& given, const std::string& path) {
  for (const Field& field : message.fields) {
    if (field.read_only) continue;
    const Json* const value = Given(message, given, field.key);
    const bool present = value != nullptr && !value->is_null();
    if (field.required && !present) {
      return absl::InvalidArgumentError(absl::StrCat(Member(path, field.key), " is required"));
    }
    if (!present || field.type->kind != Kind::kMessage || !value->is_object()) continue;
    const absl::Status status = CheckRequiredAt(*field.type, *value, Member(path, field.key));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

Json UnsetValue(const Type& type) {
  switch (type.kind) {
    case Kind::kString:
      return "";
    case Kind::kBool:
      return false;
    case Kind::kInt32:
    case Kind::kInt64:
    case Kind::kFloat:
    case Kind::kDouble:
      return 0;
    case Kind::kInt64Text:
      return "0";
    case Kind::kEnum:
      return type.zero;
    case Kind::kList:
      return Json::array();
    case Kind::kMap:
      return Json::object();
    case Kind::kTimestamp:
    case Kind::kDuration:
    case Kind::kMessage:
    case Kind::kJsonObject:
    case Kind::kJsonValue:
      return nullptr;
  }
  return nullptr;
}

Json EmptyMessage(const Type& message) {
  Json empty = Json::object();
  for (const Field& field : message.fields) empty[field.key] = UnsetValue(*field.type);
  return empty;
}

void SetIfPresent(absl::string_view key, Json value, Json* message) {
  const auto member = message->find(std::string(key));
  if (member != message->end()) *member = std::move(value);
}

absl::StatusOr<Json> ParseBody(const std::string& body) {
  if (body.empty()) return Json::object();
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return absl::InvalidArgumentError("the body is not valid JSON");
  if (!json.is_object()) return absl::InvalidArgumentError("the body must be a JSON object");
  return json;
}

absl::Status MergeMessage(const Type& message, const Json& change, Json* target) {
  Json merged = *target;
  const absl::Status status = MergeFields(message, change, "", &merged);
  if (status.ok()) *target = std::move(merged);
  return status;
}

absl::Status CheckRequired(const Type& message, const Json& given) {
  return CheckRequiredAt(message, given, "");
}

absl::StatusOr<Json> ParseText(const Type& type, const std::string& text) {
  if (type.kind == Kind::kList) return ParseText(*type.element, text);
  std::optional<Json> value;
  if (type.kind == Kind::kBool) {
    if (text == "true" || text == "false") value = text == "true";
  } else {
    value = CanonicalScalar(type, text);
  }
  if (!value) return absl::InvalidArgumentError(absl::StrCat("invalid value \"", text, "\""));
  return *std::move(value);
}

absl::StatusOr<FieldPath> FindPath(const Type& message, absl::string_view path) {
  FieldPath found;
  found.type = &message;
  for (const absl::string_view part : absl::StrSplit(path, '.')) {
    if (found.type->kind == Kind::kMap) {
      found.keys.emplace_back(part);
      found.type = found.type->element;
      continue;
    }
    const Field* const field =
        found.type->kind == Kind::kMessage ? found.type->Find(part) : nullptr;
    if (field == nullptr) return UnknownField(path);
    found.keys.push_back(field->key);
    found.type = field->type;
  }
  return found;
}

Json ValueAt(const Json& message, const FieldPath& path) {
  const Json* at = &message;
  for (const std::string& key : path.keys) {
    const auto found = at->is_object() ? at->find(key) : at->end();
    if (!at->is_object() || found == at->end()) return UnsetValue(*path.type);
    at = &*found;
  }
  return *at;
}

}  // namespace fireworks::simulator
