#include "service/json/union_check.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "service/json/variant.h"

namespace fireworks::json {
namespace {

absl::Status Refuse(const MessageTable& table, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(table.type->full_name(), ": ", why));
}

absl::Status Refuse(const FieldTable& field, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(field.field->full_name(), ": ", why));
}

absl::Status CheckUnwrap(const MessageTable& table) {
  if (table.fields.size() != 1 || table.fields[0].cardinality == Cardinality::kSingular ||
      table.extra != nullptr) {
    return Refuse(table, "SHAPE_UNWRAP needs exactly one field, repeated or a map");
  }
  return absl::OkStatus();
}

// An untagged union or a container that holds itself through nothing but such
// messages has no JSON form that ends.
bool ReachesItself(const MessageTable& table, const MessageTable& target, int depth) {
  if (table.shape != Shape::kUntaggedUnion || depth > 16) return depth > 16;
  for (const FieldTable* arm : table.arms) {
    if (arm->kind != Kind::kMessage) continue;
    if (arm->message == &target || ReachesItself(*arm->message, target, depth + 1)) return true;
  }
  return false;
}

bool HasObjectRule(const FieldTable& arm) {
  return !arm.discriminator_values.empty() || !arm.probe_keys.empty() || arm.fallback;
}

bool IsNumber(Kind kind) {
  return kind == Kind::kInt32 || kind == Kind::kInt64 || kind == Kind::kUint32 ||
         kind == Kind::kUint64 || kind == Kind::kFloat || kind == Kind::kDouble;
}

bool IsFloat(Kind kind) { return kind == Kind::kFloat || kind == Kind::kDouble; }

// Whether a value can be found that both arms would take.
absl::Status CheckPair(const FieldTable& a, const FieldTable& b) {
  const std::string pair = absl::StrCat("cannot be told from ", b.field->name());
  if (a.kind == Kind::kRawJson || b.kind == Kind::kRawJson) {
    return a.kind == b.kind ? Refuse(a, pair) : absl::OkStatus();
  }
  const TypeSet types = AcceptedTypes(a);
  const TypeSet others = AcceptedTypes(b);
  for (JsonType type : {JsonType::kBool, JsonType::kNumber, JsonType::kString}) {
    if (!types.Has(type) || !others.Has(type)) continue;
    const bool integer_or_float =
        IsNumber(a.kind) && IsNumber(b.kind) && IsFloat(a.kind) != IsFloat(b.kind);
    if (!integer_or_float) return Refuse(a, pair);
  }
  if (types.Has(JsonType::kArray) && others.Has(JsonType::kArray) &&
      (!IsArrayArm(a) || !IsArrayArm(b) || AcceptedElements(a).Overlaps(AcceptedElements(b)))) {
    return Refuse(a, pair);
  }
  if (types.Has(JsonType::kObject) && others.Has(JsonType::kObject) &&
      (!HasObjectRule(a) || !HasObjectRule(b) || (a.fallback && b.fallback))) {
    return Refuse(a, absl::StrCat(pair, ": both are objects; each needs a discriminator_value, "
                                        "a probe_key, or one of them fallback"));
  }
  return absl::OkStatus();
}

absl::Status CheckUntagged(const MessageTable& table) {
  const std::size_t in_oneof = table.arms.size() + (table.unknown_variant != nullptr ? 1 : 0);
  if (table.extra != nullptr || table.fields.size() != in_oneof) {
    return Refuse(table, "SHAPE_UNTAGGED_UNION has no fields outside the oneof `kind`");
  }
  for (std::size_t i = 0; i < table.arms.size(); ++i) {
    const FieldTable& arm = *table.arms[i];
    if (!arm.discriminator_values.empty() && table.discriminator.empty()) {
      return Refuse(arm, "discriminator_value needs the message's discriminator");
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (absl::Status status = CheckPair(arm, *table.arms[k]); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTaggedArm(const MessageTable& table, const FieldTable& arm) {
  if (arm.kind != Kind::kMessage || arm.message->shape != Shape::kObject) {
    return Refuse(arm, "an arm of a tagged union must be a message that is a JSON object");
  }
  if (arm.discriminator_values.empty()) return Refuse(arm, "needs a discriminator_value");
  if (arm.message->by_key.contains(table.discriminator)) {
    return Refuse(arm, absl::StrCat("has the discriminator ", table.discriminator, " as a field"));
  }
  for (const auto& [key, field] : table.by_key) {
    if (arm.message->by_key.contains(key)) {
      return Refuse(arm, absl::StrCat("repeats the key ", key, " of the union"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTagged(const MessageTable& table) {
  if (table.discriminator.empty()) {
    return Refuse(table, "SHAPE_TAGGED_UNION needs a discriminator");
  }
  if (table.by_key.contains(table.discriminator)) {
    return Refuse(table, "has its discriminator as a field");
  }
  absl::flat_hash_set<absl::string_view> values;
  for (const FieldTable* arm : table.arms) {
    if (absl::Status status = CheckTaggedArm(table, *arm); !status.ok()) return status;
    for (const std::string& value : arm->discriminator_values) {
      if (!values.insert(value).second) {
        return Refuse(*arm, absl::StrCat("shares the discriminator_value ", value));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckShapes(absl::Span<const MessageTable* const> tables) {
  // What the checks of unions rely on goes first.
  for (const MessageTable* table : tables) {
    if (table->shape != Shape::kUnwrap) continue;
    if (absl::Status status = CheckUnwrap(*table); !status.ok()) return status;
  }
  for (const MessageTable* table : tables) {
    if (ReachesItself(*table, *table, 0)) return Refuse(*table, "an untagged union within itself");
  }
  for (const MessageTable* table : tables) {
    absl::Status status;
    if (table->shape == Shape::kUntaggedUnion) status = CheckUntagged(*table);
    if (table->shape == Shape::kTaggedUnion) status = CheckTagged(*table);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace fireworks::json
