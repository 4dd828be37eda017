#include "service/json/variant.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "service/json/number.h"

namespace fireworks::json {
namespace {

bool Contains(const std::vector<std::string>& list, absl::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool IsFloat(Kind kind) { return kind == Kind::kDouble || kind == Kind::kFloat; }

// The arm that takes scalars of `type`. An integer arm goes before a float arm
// where the number is an integer.
const FieldTable* PickScalarArm(const MessageTable& table, JsonType type, absl::string_view text) {
  const FieldTable* picked = nullptr;
  for (const FieldTable* arm : table.arms) {
    if (arm->kind == Kind::kRawJson || !AcceptedTypes(*arm).Has(type)) continue;
    if (type != JsonType::kNumber || arm->kind == Kind::kMessage) return arm;
    if (picked == nullptr || IsFloat(arm->kind) != LooksIntegral(text)) picked = arm;
  }
  return picked;
}

const FieldTable* PickArrayArm(const MessageTable& table, absl::string_view text) {
  TypeSet types;
  bool empty = true;
  ForEachElement(text, [&](absl::string_view element) {
    types.Add(TypeOfValue(element[0]));
    empty = false;
    return true;
  });
  for (const FieldTable* arm : table.arms) {
    if (arm->kind == Kind::kRawJson || !AcceptedTypes(*arm).Has(JsonType::kArray)) continue;
    // Something else than a list, such as a union within: its own to decide.
    if (!IsArrayArm(*arm) || empty || AcceptedElements(*arm).Covers(types)) return arm;
  }
  return nullptr;
}

// The arm that a discriminator's value, a string with its quotes, names.
const FieldTable* ArmNamed(const MessageTable& table, absl::string_view quoted) {
  for (const FieldTable* arm : table.arms) {
    for (const std::string& value : arm->discriminator_values) {
      if (QuotedEquals(quoted, value)) return arm;
    }
  }
  return nullptr;
}

// What of an object's members decides between arms.
struct Members {
  absl::optional<std::string> discriminator;
  std::vector<const FieldTable*> probed;  // arms with a probe key among the members
};

Members ReadMembers(const MessageTable& table, absl::string_view text) {
  Members members;
  ForEachMember(text, [&](absl::string_view quoted, absl::string_view value) {
    if (QuotedEquals(quoted, table.discriminator) && TypeOfValue(value[0]) == JsonType::kString) {
      members.discriminator = Unquote(value);
    }
    for (const FieldTable* arm : table.arms) {
      for (const std::string& key : arm->probe_keys) {
        if (QuotedEquals(quoted, key)) members.probed.push_back(arm);
      }
    }
    return true;
  });
  return members;
}

const FieldTable* PickObjectArm(const MessageTable& table, absl::string_view text) {
  std::vector<const FieldTable*> candidates;
  bool decided_by_type = true;
  for (const FieldTable* arm : table.arms) {
    if (arm->kind == Kind::kRawJson || !AcceptedTypes(*arm).Has(JsonType::kObject)) continue;
    candidates.push_back(arm);
    decided_by_type &=
        arm->discriminator_values.empty() && arm->probe_keys.empty() && !arm->fallback;
  }
  if (candidates.empty()) return nullptr;
  if (candidates.size() == 1 && decided_by_type) return candidates[0];

  const Members members = ReadMembers(table, text);
  if (members.discriminator.has_value()) {
    for (const FieldTable* arm : candidates) {
      if (Contains(arm->discriminator_values, *members.discriminator)) return arm;
    }
  }
  for (const FieldTable* arm : candidates) {
    // A discriminator that names another arm rules this one out.
    if (members.discriminator.has_value() && !arm->discriminator_values.empty()) continue;
    if (std::find(members.probed.begin(), members.probed.end(), arm) != members.probed.end()) {
      return arm;
    }
  }
  for (const FieldTable* arm : candidates) {
    if (arm->fallback) return arm;
  }
  return nullptr;
}

}  // namespace

TypeSet AcceptedTypes(const MessageTable& table) {
  switch (table.shape) {
    case Shape::kObject:
      return JsonType::kObject;
    case Shape::kUnwrap:
      return table.fields[0].cardinality == Cardinality::kMap ? JsonType::kObject
                                                              : JsonType::kArray;
    case Shape::kTaggedUnion:
      return table.unknown_variant == nullptr ? TypeSet(JsonType::kObject) : TypeSet::AllButNull();
    case Shape::kUntaggedUnion: {
      if (table.unknown_variant != nullptr) return TypeSet::AllButNull();
      TypeSet types;
      for (const FieldTable* arm : table.arms) types.Add(AcceptedTypes(*arm));
      return types;
    }
    case Shape::kTimestamp:
    case Shape::kDuration:
    case Shape::kFieldMask:
      return JsonType::kString;
  }
  return TypeSet();
}

TypeSet AcceptedTypes(const FieldTable& field) {
  switch (field.kind) {
    case Kind::kBool:
      return JsonType::kBool;
    case Kind::kInt32:
    case Kind::kUint32:
    case Kind::kInt64:
    case Kind::kUint64:
    case Kind::kFloat:
    case Kind::kDouble:
      return JsonType::kNumber;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kEnum:
      return JsonType::kString;
    case Kind::kMessage:
      return AcceptedTypes(*field.message);
    case Kind::kRawJson:
      return TypeSet::AllButNull();
  }
  return TypeSet();
}

bool IsArrayArm(const FieldTable& arm) {
  return arm.kind == Kind::kMessage && arm.message->shape == Shape::kUnwrap &&
         arm.message->fields[0].cardinality == Cardinality::kRepeated;
}

TypeSet AcceptedElements(const FieldTable& arm) { return AcceptedTypes(arm.message->fields[0]); }

const FieldTable* PickUntaggedArm(const MessageTable& table, absl::string_view text) {
  const JsonType type = TypeOfValue(text[0]);
  const FieldTable* arm = nullptr;
  if (type == JsonType::kObject) {
    arm = PickObjectArm(table, text);
  } else if (type == JsonType::kArray) {
    arm = PickArrayArm(table, text);
  } else {
    arm = PickScalarArm(table, type, text);
  }
  if (arm != nullptr || type == JsonType::kNull) return arm;
  // A raw_json arm that is not the one for drift takes what typed arms leave.
  for (const FieldTable* raw : table.arms) {
    if (raw->kind == Kind::kRawJson) return raw;
  }
  return nullptr;
}

const FieldTable* PickTaggedArm(const MessageTable& table, absl::string_view text,
                                Duplicates duplicates) {
  const FieldTable* arm = nullptr;
  ForEachMember(text, [&](absl::string_view quoted, absl::string_view member) {
    if (!QuotedEquals(quoted, table.discriminator)) return true;
    arm = TypeOfValue(member[0]) == JsonType::kString ? ArmNamed(table, member) : nullptr;
    return arm == nullptr || duplicates == Duplicates::kLastWins;
  });
  return arm;
}

}  // namespace fireworks::json
