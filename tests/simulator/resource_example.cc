#include "tests/simulator/resource_example.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using Kind = Type::Kind;

constexpr int kMaxDepth = 4;
constexpr char kFile[] = "data.jsonl";

bool IsAddress(absl::string_view key) {
  return absl::EndsWith(key, "Url") || absl::EndsWith(key, "Urls") || absl::EndsWith(key, "Uri") ||
         absl::EndsWith(key, "Uris");
}

std::string ExampleText(absl::string_view key, absl::string_view name) {
  if (key == "name") return std::string(name);
  if (IsAddress(key)) return SignedUrl(name, kFile);
  if (absl::EndsWith(key, "email")) return "user@example.com";
  return absl::StrCat("some ", key);
}

// The first value of an enum that is not its zero.
std::string ExampleEnum(const Type& type) {
  const auto found = std::find_if(type.values.begin(), type.values.end(),
                                  [&](const std::string& value) { return value != type.zero; });
  return found == type.values.end() ? type.zero : *found;
}

Json ExampleFields(const Type& message, absl::string_view name, int depth);

Json ExampleValue(const Type& type, absl::string_view key, absl::string_view name, int depth) {
  switch (type.kind) {
    case Kind::kString:
      return ExampleText(key, name);
    case Kind::kBool:
      return true;
    case Kind::kInt32:
    case Kind::kInt64:
      return 7;
    case Kind::kInt64Text:
      return "7000000000";
    case Kind::kFloat:
    case Kind::kDouble:
      return 0.5;
    case Kind::kEnum:
      return ExampleEnum(type);
    case Kind::kTimestamp:
      return kExampleTime;
    case Kind::kDuration:
      return "60s";
    case Kind::kMessage:
      return depth == 0 ? Json() : ExampleFields(type, name, depth - 1);
    case Kind::kList:
    case Kind::kMap: {
      // Elements are never null.
      if (depth <= 1) return type.kind == Kind::kList ? Json::array() : Json::object();
      Json element = ExampleValue(*type.element, key, name, depth - 1);
      if (type.kind == Kind::kList) return Json::array({std::move(element)});
      return Json::object({{IsAddress(key) ? kFile : "some-key", std::move(element)}});
    }
    case Kind::kJsonObject:
    case Kind::kJsonValue:
      return Json::object({{"some", "value"}});
  }
  return nullptr;
}

Json ExampleFields(const Type& message, absl::string_view name, int depth) {
  Json example = Json::object();
  for (const Field& field : message.fields) {
    example[field.key] = ExampleValue(*field.type, field.key, name, depth);
  }
  // What a google.protobuf.Any would hold.
  if (message.open) example["@type"] = "type.googleapis.com/google.protobuf.Empty";
  return example;
}

}  // namespace

Json ExampleMessage(const Type& message, absl::string_view name) {
  return ExampleFields(message, name, kMaxDepth);
}

std::string SignedUrl(absl::string_view name, absl::string_view file) {
  return absl::StrCat("https://storage.example.com/", name, "/", file,
                      "?X-Goog-Expires=599&X-Goog-Signature=0123456789abcdef");
}

}  // namespace fireworks::simulator
