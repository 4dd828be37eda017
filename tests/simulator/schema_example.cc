#include "tests/simulator/schema_example.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "tests/simulator/token_text.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 8;
// More than any schema means: an example is no place for a million elements.
constexpr std::size_t kMaxItems = 64;
constexpr std::size_t kMaxTextBytes = 4096;

class Example {
 public:
  explicit Example(const Json& root) : root_(root) {}

  Json Of(const Json& schema, std::uint64_t seed, int depth) const {
    if (!schema.is_object() || depth > kMaxDepth) return nullptr;
    if (const auto it = schema.find("const"); it != schema.end()) return *it;
    if (const auto it = schema.find("default"); it != schema.end()) return *it;
    if (const auto it = schema.find("enum"); it != schema.end() && it->is_array() && !it->empty()) {
      return (*it)[seed % it->size()];
    }
    if (const auto it = schema.find("$ref"); it != schema.end()) {
      return Of(Resolve(*it), seed, depth + 1);
    }
    for (const char* key : {"anyOf", "oneOf"}) {
      const auto it = schema.find(key);
      if (it != schema.end() && it->is_array() && !it->empty()) {
        return Of(it->front(), seed, depth + 1);
      }
    }
    if (const auto it = schema.find("allOf"); it != schema.end() && it->is_array()) {
      return AllOf(*it, seed, depth);
    }
    return OfType(Type(schema), schema, seed, depth);
  }

 private:
  Json Resolve(const Json& reference) const {
    if (!reference.is_string()) return nullptr;
    std::string pointer = reference.get<std::string>();
    if (!absl::StartsWith(pointer, "#")) return nullptr;
    pointer.erase(0, 1);
    // A pointer that does not parse throws: keep it from the caller.
    try {
      const Json::json_pointer target(pointer);
      return root_.contains(target) ? root_.at(target) : Json();
    } catch (const Json::exception&) {
      return nullptr;
    }
  }

  Json AllOf(const Json& parts, std::uint64_t seed, int depth) const {
    Json merged = Json::object();
    for (const Json& part : parts) {
      const Json value = Of(part, seed, depth + 1);
      if (value.is_object()) merged.update(value);
    }
    return merged;
  }

  static std::string Type(const Json& schema) {
    const auto it = schema.find("type");
    if (it != schema.end() && it->is_string()) return it->get<std::string>();
    if (it != schema.end() && it->is_array() && !it->empty() && it->front().is_string()) {
      return it->front().get<std::string>();
    }
    return schema.contains("properties") ? "object" : "string";
  }

  Json OfType(const std::string& type, const Json& schema, std::uint64_t seed, int depth) const {
    if (type == "object") return Object(schema, seed, depth);
    if (type == "array") return Array(schema, seed, depth);
    if (type == "boolean") return seed % 2 == 0;
    if (type == "integer") return Minimum(schema, 1) + static_cast<std::int64_t>(seed % 9);
    if (type == "number") return static_cast<double>(Minimum(schema, 1)) + 0.5;
    if (type == "string") return Text(schema, seed);
    return nullptr;
  }

  Json Object(const Json& schema, std::uint64_t seed, int depth) const {
    Json object = Json::object();
    const auto properties = schema.find("properties");
    if (properties == schema.end() || !properties->is_object()) return object;
    for (const auto& [key, value] : properties->items()) {
      object[key] = Of(value, Mix(seed, StableHash(key)), depth + 1);
    }
    return object;
  }

  Json Array(const Json& schema, std::uint64_t seed, int depth) const {
    Json array = Json::array();
    const std::size_t size = Count(schema, "minItems", 1, kMaxItems);
    for (std::size_t i = 0; i < size && schema.contains("items"); ++i) {
      array.push_back(Of(schema["items"], Mix(seed, i), depth + 1));
    }
    return array;
  }

  static std::string Text(const Json& schema, std::uint64_t seed) {
    std::string text = TokenText::Generated(seed, 2).All();
    const std::size_t length = Count(schema, "minLength", 0, kMaxTextBytes);
    if (text.size() < length) text.append(length - text.size(), 'x');
    return text;
  }

  static std::int64_t Minimum(const Json& schema, std::int64_t otherwise) {
    const auto it = schema.find("minimum");
    return it != schema.end() && it->is_number() ? it->get<std::int64_t>() : otherwise;
  }

  static std::size_t Count(const Json& schema, const char* key, std::size_t otherwise,
                           std::size_t limit) {
    const auto it = schema.find(key);
    if (it == schema.end() || !it->is_number_unsigned()) return otherwise;
    return std::min(it->get<std::size_t>(), limit);
  }

  const Json& root_;
};

}  // namespace

nlohmann::ordered_json SchemaExample(const nlohmann::ordered_json& schema, std::uint64_t seed) {
  return Example(schema).Of(schema, seed, 0);
}

}  // namespace fireworks::simulator
