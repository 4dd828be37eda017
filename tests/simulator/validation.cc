#include "tests/simulator/validation.h"

#include "absl/strings/str_cat.h"
#include "tests/simulator/json_member.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

std::string Quote(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Join(const std::string& at, const std::string& key) {
  return at.empty() ? key : absl::StrCat(at, ".", key);
}

}  // namespace

namespace rule {

Rule Text() {
  return {[](const Json& value) { return value.is_string(); }, "a string"};
}

Rule Bool() {
  return {[](const Json& value) { return value.is_boolean(); }, "a boolean"};
}

Rule Integer() {
  return {[](const Json& value) { return value.is_number_integer(); }, "an integer"};
}

Rule Integer(std::int64_t minimum, std::int64_t maximum) {
  return {[=](const Json& value) {
            return value.is_number_integer() && value.get<double>() >= minimum &&
                   value.get<double>() <= maximum;
          },
          absl::StrCat("an integer between ", minimum, " and ", maximum)};
}

Rule Number(double minimum, double maximum) {
  return {[=](const Json& value) {
            return value.is_number() && value.get<double>() >= minimum &&
                   value.get<double>() <= maximum;
          },
          absl::StrCat("a number between ", minimum, " and ", maximum)};
}

Rule OneOf(std::set<std::string> words) {
  std::string list;
  for (const std::string& word : words) absl::StrAppend(&list, list.empty() ? "" : ", ", word);
  return {[words](const Json& value) {
            return value.is_string() && words.count(value.get<std::string>()) == 1;
          },
          absl::StrCat("one of ", list)};
}

Rule Object() {
  return {[](const Json& value) { return value.is_object(); }, "an object"};
}

Rule Array(std::size_t minimum) {
  return {[minimum](const Json& value) { return value.is_array() && value.size() >= minimum; },
          minimum == 0 ? "an array" : absl::StrCat("an array of ", minimum, " or more elements")};
}

Rule ArrayOf(Rule element, std::size_t minimum, std::size_t maximum) {
  const std::string wants = absl::StrCat("an array of ", element.wants);
  return {[element, minimum, maximum](const Json& value) {
            if (!value.is_array() || value.size() < minimum || value.size() > maximum) return false;
            for (const Json& item : value) {
              if (!element.accepts(item)) return false;
            }
            return true;
          },
          wants};
}

Rule Either(Rule a, Rule b) {
  return {[a, b](const Json& value) { return a.accepts(value) || b.accepts(value); },
          absl::StrCat(a.wants, " or ", b.wants)};
}

}  // namespace rule

void Validator::Fields(const Json& object, const std::string& at, const Rules& rules,
                       std::initializer_list<const char*> required) {
  if (!object.is_object()) {
    Refuse(at.empty() ? "the body must be a JSON object"
                      : absl::StrCat("Input should be an object, field: '", at, "'"));
    return;
  }
  for (const auto& [key, value] : object.items()) {
    const auto rule = rules.find(key);
    if (rule == rules.end()) {
      if (!lax_) Refuse("Extra inputs are not permitted", Join(at, key), value);
    } else if (!value.is_null() && !rule->second.accepts(value)) {
      Refuse(absl::StrCat("Input should be ", rule->second.wants), Join(at, key), value);
    }
  }
  for (const char* key : required) {
    if (!Has(object, key)) Refuse(absl::StrCat("Field required, field: '", Join(at, key), "'"));
  }
}

void Validator::Nested(const Json& object, const char* key, const std::string& at,
                       const Rules& rules, std::initializer_list<const char*> required) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_object()) return;
  Fields(object[key], Join(at, key), rules, required);
}

void Validator::Each(const Json& object, const char* key, const std::string& at,
                     const Element& element) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_array()) return;
  const Json& array = object[key];
  for (std::size_t i = 0; i < array.size(); ++i) {
    element(array[i], absl::StrCat(Join(at, key), ".", i));
  }
}

void Validator::NotTogether(const Json& object, const char* first, const char* second) {
  if (!object.is_object() || !Has(object, first) || !Has(object, second)) return;
  Refuse(absl::StrCat(first, " and ", second, " cannot be specified together"));
}

void Validator::Refuse(const std::string& words, const std::string& field, const Json& value) {
  Refuse(absl::StrCat(words, ", field: '", field, "', value: ", Quote(value)));
}

}  // namespace fireworks::simulator
