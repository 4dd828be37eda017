// A JSON value together with the facts that it was made from, so that each
// walker (to JSON text, into a message, against a message) knows what a value is
// without guessing.
//
// Values borrow facts from the inventory. Thread-compatible.
#ifndef FIREWORKS_TESTS_CONFORMANCE_VALUE_H_
#define FIREWORKS_TESTS_CONFORMANCE_VALUE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/inventory.h"

namespace fireworks::conformance {

struct Value {
  enum class Kind {
    kNull,    // JSON null; no field is set
    kScalar,  // `scalar`
    kRaw,     // free-form JSON: `raw`
    kList,    // `parts`
    kMap,     // `parts` with keys
    kObject,  // `parts` with keys, and `unknown`
    kUnion,   // the arm number `arm`: `parts[0]`
  };

  Kind kind = Kind::kNull;
  std::string key;             // in the object or map around it
  const Json* fact = nullptr;  // as it stands in the schema around it
  const Json* node = nullptr;  // the same, or the schema that it refers to
  Json scalar;
  std::string raw;
  std::vector<Value> parts;
  std::size_t arm = 0;
  // Keys that no contract knows, with the text of their values.
  std::vector<std::pair<std::string, std::string>> unknown;
};

// The kind of a value that is all that `node` says.
Value::Kind KindOf(const Json& node);

// Whether the fact has that mark: "required", "nullable", "read_only".
bool Is(const Json& fact, const char* mark);

enum class Direction {
  kRequest,  // without what only the upstream sets
  kAnswer,
};

// As JSON text.
std::string ToJsonText(const Value& value, Direction direction);

// Adds the texts that must arrive byte by byte to `texts`.
void CollectVerbatim(const Value& value, Direction direction, std::vector<std::string>* texts);

// The part of that key; null when there is none.
Value* FindPart(Value* object, const std::string& key);

// Takes the part of that key out, if there is one.
void RemovePart(Value* object, const std::string& key);

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_VALUE_H_
