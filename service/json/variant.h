// Which arm of a union takes a JSON value.
#ifndef FIREWORKS_SERVICE_JSON_VARIANT_H_
#define FIREWORKS_SERVICE_JSON_VARIANT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "service/json/table.h"
#include "service/json/text_scan.h"

namespace fireworks::json {

// A set of JsonType.
class TypeSet {
 public:
  constexpr TypeSet() = default;
  constexpr TypeSet(JsonType type) : bits_(1u << static_cast<unsigned>(type)) {}
  static constexpr TypeSet AllButNull() {
    TypeSet all;
    all.bits_ = 0x3e;
    return all;
  }

  constexpr bool Has(JsonType type) const {
    return (bits_ & (1u << static_cast<unsigned>(type))) != 0;
  }
  constexpr bool Overlaps(TypeSet other) const { return (bits_ & other.bits_) != 0; }
  // Whether all of `other` is in this set.
  constexpr bool Covers(TypeSet other) const { return (other.bits_ & ~bits_) == 0; }
  void Add(TypeSet other) { bits_ |= other.bits_; }

 private:
  std::uint8_t bits_ = 0;
};

// The JSON types that a message, and one value of a field, can come from.
TypeSet AcceptedTypes(const MessageTable& table);
TypeSet AcceptedTypes(const FieldTable& field);

// The types that the elements of an arm that is an array can come from. `arm`
// is a message of shape kUnwrap around a repeated field.
TypeSet AcceptedElements(const FieldTable& arm);

// Whether `arm` is a message of shape kUnwrap around a repeated field.
bool IsArrayArm(const FieldTable& arm);

// The arm of the untagged union `table` for the value that `text` begins with
// (bytes after the value are ignored); null when none fits. An arm that is
// returned may still turn out not to fit, such as a number out of range.
const FieldTable* PickUntaggedArm(const MessageTable& table, absl::string_view text);

// What is done about keys that come twice.
enum class Duplicates : std::uint8_t {
  kLastWins,
  kRefusedLater,  // whoever asks finds them later: no need to look to the end
};

// The arm of the tagged union `table` for the object that `text` begins with;
// null when its discriminator is missing or names no arm.
const FieldTable* PickTaggedArm(const MessageTable& table, absl::string_view text,
                                Duplicates duplicates);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_VARIANT_H_
