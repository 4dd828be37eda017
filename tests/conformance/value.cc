#include "tests/conformance/value.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace fireworks::conformance {
namespace {

bool Travels(const Value& part, Direction direction) {
  return direction == Direction::kAnswer || !Is(*part.fact, "read_only");
}

class TextWriter {
 public:
  explicit TextWriter(Direction direction) : direction_(direction) {}

  void Write(const Value& value) {
    switch (value.kind) {
      case Value::Kind::kNull:
        text_ += "null";
        break;
      case Value::Kind::kScalar:
        text_ += value.scalar.dump();
        break;
      case Value::Kind::kRaw:
        text_ += value.raw;
        break;
      case Value::Kind::kUnion:
        Write(value.parts[0]);
        break;
      case Value::Kind::kList:
        WriteList(value);
        break;
      case Value::Kind::kMap:
      case Value::Kind::kObject:
        WriteObject(value);
        break;
    }
  }

  std::string Take() { return std::move(text_); }

 private:
  void WriteList(const Value& value) {
    text_ += '[';
    const char* separator = "";
    for (const Value& part : value.parts) {
      text_ += separator;
      Write(part);
      separator = ", ";
    }
    text_ += ']';
  }

  void WriteObject(const Value& value) {
    text_ += '{';
    const char* separator = "";
    for (const auto& [key, raw] : value.unknown) {
      absl::StrAppend(&text_, separator, Json(key).dump(), ": ", raw);
      separator = ", ";
    }
    for (const Value& part : value.parts) {
      if (!Travels(part, direction_)) continue;
      absl::StrAppend(&text_, separator, Json(part.key).dump(), ": ");
      Write(part);
      separator = ", ";
    }
    text_ += '}';
  }

  const Direction direction_;
  std::string text_;
};

}  // namespace

Value::Kind KindOf(const Json& node) {
  const std::string type = node.value("type", "");
  if (type == "json" || Is(node, "open")) return Value::Kind::kRaw;
  if (type == "object") return Value::Kind::kObject;
  if (type == "union") return Value::Kind::kUnion;
  if (type == "array") return Value::Kind::kList;
  if (type == "map") return Value::Kind::kMap;
  return Value::Kind::kScalar;
}

bool Is(const Json& fact, const char* mark) { return fact.value(mark, false); }

std::string ToJsonText(const Value& value, Direction direction) {
  TextWriter writer(direction);
  writer.Write(value);
  return writer.Take();
}

void CollectVerbatim(const Value& value, Direction direction, std::vector<std::string>* texts) {
  if (value.kind == Value::Kind::kRaw) texts->push_back(value.raw);
  for (const auto& [key, raw] : value.unknown) texts->push_back(raw);
  for (const Value& part : value.parts) {
    if (Travels(part, direction)) CollectVerbatim(part, direction, texts);
  }
}

Value* FindPart(Value* object, const std::string& key) {
  const auto found = std::find_if(object->parts.begin(), object->parts.end(),
                                  [&](const Value& part) { return part.key == key; });
  return found == object->parts.end() ? nullptr : &*found;
}

void RemovePart(Value* object, const std::string& key) {
  object->parts.erase(std::remove_if(object->parts.begin(), object->parts.end(),
                                     [&](const Value& part) { return part.key == key; }),
                      object->parts.end());
}

}  // namespace fireworks::conformance
