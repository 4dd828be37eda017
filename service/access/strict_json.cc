#include "service/access/strict_json.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace fireworks::access {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 32;

// Looks at a text as it is parsed.
class Strictness {
 public:
  bool See(json::parse_event_t event, const json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        keys_.emplace_back();
        if (keys_.size() > kMaxDepth) strict_ = false;
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        keys_.pop_back();
        break;
      case json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get_ref<const std::string&>()).second) strict_ = false;
        break;
      case json::parse_event_t::value:
        break;
    }
    return true;  // false would leave the value out
  }

  bool strict() const { return strict_; }

 private:
  std::vector<std::set<std::string>> keys_;  // of each object or array that is open
  bool strict_ = true;
};

}  // namespace

absl::StatusOr<json> ParseJsonObject(absl::string_view text) {
  // The parser takes a NUL for the end of the text, and what follows for nothing.
  if (text.find('\0') != absl::string_view::npos) return absl::InvalidArgumentError("no JSON");
  Strictness strictness;
  json value = json::parse(
      text.begin(), text.end(),
      [&strictness](int, json::parse_event_t event, json& parsed) {
        return strictness.See(event, parsed);
      },
      /*allow_exceptions=*/false);
  if (value.is_discarded()) return absl::InvalidArgumentError("no JSON");
  if (!strictness.strict()) return absl::InvalidArgumentError("a key twice, or nested too deep");
  if (!value.is_object()) return absl::InvalidArgumentError("no JSON object");
  return value;
}

absl::optional<std::string> DecodeBase64Url(absl::string_view text) {
  // The decoder below would skip spaces and take padding.
  const bool legal = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
  std::string bytes;
  if (!legal || !absl::WebSafeBase64Unescape(text, &bytes)) return absl::nullopt;
  if (absl::WebSafeBase64Escape(bytes) != text) return absl::nullopt;
  return bytes;
}

const std::string* FindString(const json& object, const char* key) {
  const auto member = object.find(key);
  return member == object.end() ? nullptr : member->get_ptr<const std::string*>();
}

}  // namespace fireworks::access
