// The engine's strictness, as tables: which keys an object may have and what
// their values must look like. Unknown keys are refused.
//
// Rules are immutable; a Validator is thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_VALIDATION_H_
#define FIREWORKS_TESTS_SIMULATOR_VALIDATION_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "nlohmann/json.hpp"

namespace fireworks::simulator {

// A predicate over JSON values with the words for those that fail it.
struct Rule {
  std::function<bool(const nlohmann::ordered_json&)> accepts;
  std::string wants;
};
// By key.
using Rules = absl::flat_hash_map<std::string, Rule>;

namespace rule {

inline constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int32_t>::max();

Rule Text();
Rule Bool();
Rule Integer();
Rule Integer(std::int64_t minimum, std::int64_t maximum);
Rule Number(double minimum, double maximum);
Rule OneOf(std::set<std::string> words);
Rule Object();
// An array of at least `minimum` elements.
Rule Array(std::size_t minimum = 0);
// An array whose elements all meet `element`, at least `minimum` of them.
Rule ArrayOf(Rule element, std::size_t minimum = 0,
             std::size_t maximum = std::numeric_limits<std::size_t>::max());
Rule Either(Rule a, Rule b);

}  // namespace rule

// Collects what is wrong with one request body. Null members count as absent.
class Validator {
 public:
  using Json = nlohmann::ordered_json;
  using Element = std::function<void(const Json&, const std::string& at)>;

  // With `lax`, unknown keys are no fault.
  explicit Validator(bool lax) : lax_(lax) {}

  // Checks an object, which stands at the path `at` ("" for the body itself).
  void Fields(const Json& object, const std::string& at, const Rules& rules,
              std::initializer_list<const char*> required);

  // The same for the member `key` of `object`, if it is an object.
  void Nested(const Json& object, const char* key, const std::string& at, const Rules& rules,
              std::initializer_list<const char*> required);

  // Calls `element` with each element of the member `key`, if it is an array.
  void Each(const Json& object, const char* key, const std::string& at, const Element& element);

  // Refuses `first` beside `second`.
  void NotTogether(const Json& object, const char* first, const char* second);

  void Refuse(std::string words) { refusals_.push_back(std::move(words)); }

  // One line per fault; empty when there is none.
  std::vector<std::string> TakeRefusals() { return std::move(refusals_); }

 private:
  void Refuse(const std::string& words, const std::string& field, const Json& value);

  const bool lax_;
  std::vector<std::string> refusals_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_VALIDATION_H_
