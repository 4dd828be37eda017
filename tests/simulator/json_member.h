// Reading JSON that may leave members out, or give null for them.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_JSON_MEMBER_H_
#define FIREWORKS_TESTS_SIMULATOR_JSON_MEMBER_H_

#include "nlohmann/json.hpp"

namespace fireworks::simulator {

// The member `key` as a T, or `otherwise` when it is absent or null. `object`
// must be an object, and the member must have a T's type.
template <typename T>
T Get(const nlohmann::ordered_json& object, const char* key, T otherwise) {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? otherwise : it->template get<T>();
}

// Whether the member is there and not null.
inline bool Has(const nlohmann::ordered_json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && !it->is_null();
}

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_JSON_MEMBER_H_
