#include "service/access/media_urls.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace fireworks::access {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxShownPath = 256;

// Members that may hold a URL, or the content itself, or the name of a file: only what
// looks like a URL is taken for one.
constexpr absl::string_view kContentKeys[] = {
    "audio", "audios", "document", "documents", "file",   "files", "href",
    "image", "images", "media",    "source",    "src",    "video", "videos",
};

// Members whose values belong to tools and to earlier answers: JSON Schemas, arguments of
// calls, labels, citations.
constexpr absl::string_view kPassedOver[] = {
    "annotations", "arguments", "citations", "input_schema",
    "json_schema", "metadata",  "parameters", "schema",
};
// Of a tool call too; but a request's own `input` is what the model sees.
constexpr absl::string_view kPassedOverBelow = "input";

template <std::size_t N>
bool IsAmong(const absl::string_view (&keys)[N], absl::string_view key) {
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

// Whether a reader that skips what it likes could take `text` for a URL: it has a
// scheme, or the beginning of one without.
bool LooksLikeUrl(absl::string_view text) {
  // Blanks of Unicode too, which have bytes from 0x80 on.
  while (!text.empty() && (static_cast<unsigned char>(text.front()) <= 0x20 ||
                           static_cast<unsigned char>(text.front()) >= 0x80)) {
    text.remove_prefix(1);
  }
  if (absl::StartsWith(text, "//") || absl::StartsWith(text, "\\\\")) return true;
  std::size_t scheme = 0;
  for (const char c : text) {
    if (c == ':') return scheme > 1;  // One letter is a drive.
    // Blanks inside a scheme are skipped by those who read URLs as browsers do.
    if (c == '\t' || c == '\n' || c == '\r') continue;
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && !absl::StrContains("+-.", c)) {
      return false;
    }
    ++scheme;
  }
  return false;
}

// How the strings of a place are read.
enum class Reading {
  kText,     // as text: no URL
  kContent,  // as a URL if it looks like one
  kUrl,      // as a URL
  kNothing,  // not at all, nor anything below
};

Reading ReadingOf(absl::string_view key, std::size_t depth) {
  const std::string lower = absl::AsciiStrToLower(key);
  if (IsUrlKey(lower)) return Reading::kUrl;
  if (IsAmong(kContentKeys, lower)) return Reading::kContent;
  // In their own spelling only: in another one nobody knows them as such.
  if (IsAmong(kPassedOver, key) || (depth > 1 && key == kPassedOverBelow)) {
    return Reading::kNothing;
  }
  return Reading::kText;
}

// Takes the parser's events; stops at the first string that is not allowed.
class UrlSearch : public nlohmann::json_sax<json> {
 public:
  explicit UrlSearch(MediaUrls allowed) : allowed_(allowed) {}

  // The way to the member that is not allowed; empty: there is none.
  const std::string& found() const { return found_; }

  bool null() override { return Next(); }
  bool boolean(bool) override { return Next(); }
  bool number_integer(number_integer_t) override { return Next(); }
  bool number_unsigned(number_unsigned_t) override { return Next(); }
  bool number_float(number_float_t, const string_t&) override { return Next(); }
  bool binary(binary_t&) override { return Next(); }

  bool string(string_t& value) override {
    const Reading reading = here();
    const bool is_url = reading == Reading::kUrl
                            ? !value.empty()
                            : reading == Reading::kContent && LooksLikeUrl(value);
    if (is_url && !AllowsUrl(allowed_, value)) {
      found_ = Path();
      return false;
    }
    return Next();
  }

  bool start_object(std::size_t) override {
    // Its members say for themselves what they are.
    const bool pass = here() == Reading::kNothing;
    places_.push_back({"", -1, pass ? Reading::kNothing : Reading::kText, pass});
    return true;
  }
  bool key(string_t& name) override {
    Place& place = places_.back();
    if (!place.passed_over) place.reading = ReadingOf(name, places_.size());
    place.key = std::move(name);
    return true;
  }
  bool end_object() override { return End(); }

  bool start_array(std::size_t) override {
    const Reading reading = here();
    places_.push_back({"", 0, reading, reading == Reading::kNothing});
    return true;
  }
  bool end_array() override { return End(); }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  // An object or array that is open.
  struct Place {
    std::string key;     // of the member that is read
    std::int64_t index;  // of the element that is read; -1: an object
    Reading reading;     // of that member or element
    bool passed_over;    // with all that is in it
  };

  Reading here() const { return places_.empty() ? Reading::kText : places_.back().reading; }

  bool Next() {
    if (!places_.empty() && places_.back().index >= 0) ++places_.back().index;
    return true;
  }

  bool End() {
    places_.pop_back();
    return Next();
  }

  std::string Path() const {
    std::string path;
    for (const Place& place : places_) {
      if (place.index >= 0) {
        absl::StrAppend(&path, "[", place.index, "]");
      } else {
        absl::StrAppend(&path, path.empty() ? "" : ".", place.key);
      }
    }
    return path;
  }

  const MediaUrls allowed_;
  std::vector<Place> places_;
  std::string found_;
};

absl::string_view InWords(MediaUrls allowed) {
  return allowed == MediaUrls::kHttpsOnly ? "`https:` and `data:` URLs only" : "`data:` URLs only";
}

}  // namespace

bool AllowsUrl(MediaUrls allowed, absl::string_view url) {
  switch (allowed) {
    case MediaUrls::kAny:
      return true;
    case MediaUrls::kHttpsOnly:
      return absl::StartsWithIgnoreCase(url, "https://") ||
             absl::StartsWithIgnoreCase(url, "data:");
    case MediaUrls::kDataOnly:
      return absl::StartsWithIgnoreCase(url, "data:");
  }
  return false;
}

bool IsUrlKey(absl::string_view key) {
  for (const absl::string_view end : {"url", "urls", "uri", "uris"}) {
    if (absl::EndsWithIgnoreCase(key, end)) return true;
  }
  return false;
}

absl::Status CheckMediaUrls(MediaUrls allowed, absl::string_view body) {
  if (allowed == MediaUrls::kAny) return absl::OkStatus();
  UrlSearch search(allowed);
  // The parser takes a NUL for the end of the text, and what follows for nothing.
  const bool read = body.find('\0') == absl::string_view::npos &&
                    json::sax_parse(body.begin(), body.end(), &search);
  if (read) return absl::OkStatus();
  if (search.found().empty()) {
    return absl::InvalidArgumentError(
        "the request cannot be searched for URLs, which the policy limits: it has a number or "
        "text that not every reader of JSON understands");
  }
  // Keys are the caller's own text: as much of them as errors carry, and in ASCII.
  return absl::PermissionDeniedError(
      absl::StrCat("allows ", InWords(allowed), ", not what ",
                   absl::CEscape(search.found().substr(0, kMaxShownPath)), " names"));
}

}  // namespace fireworks::access
