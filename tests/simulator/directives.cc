#include "tests/simulator/directives.h"

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace fireworks::simulator {
namespace {

constexpr std::uint32_t kMaxNumber = 1'000'000'000;

// Sets one directive; false when the value is not one of its values.
using Setter = std::function<bool(absl::string_view value, Directives* directives)>;

bool ParseNumber(absl::string_view value, std::size_t* number) {
  std::uint32_t parsed;
  if (!absl::SimpleAtoi(value, &parsed) || parsed > kMaxNumber) return false;
  *number = parsed;
  return true;
}

Setter Number(std::size_t Directives::*field, std::size_t minimum = 0) {
  return [field, minimum](absl::string_view value, Directives* directives) {
    return ParseNumber(value, &(directives->*field)) && directives->*field >= minimum;
  };
}

Setter Number(std::optional<std::size_t> Directives::*field) {
  return [field](absl::string_view value, Directives* directives) {
    return ParseNumber(value, &(directives->*field).emplace());
  };
}

Setter Switch(bool Directives::*field) {
  return [field](absl::string_view value, Directives* directives) {
    directives->*field = value == "1";
    return value == "0" || value == "1";
  };
}

Setter Word(std::string Directives::*field) {
  return [field](absl::string_view value, Directives* directives) {
    directives->*field = std::string(value);
    return true;
  };
}

bool SetPace(absl::string_view value, Directives* directives) {
  std::size_t milliseconds;
  if (!ParseNumber(value, &milliseconds)) return false;
  directives->pace = std::chrono::milliseconds(milliseconds);
  return true;
}

bool SetUsage(absl::string_view value, Directives* directives) {
  static const auto* const kValues = new absl::flat_hash_map<absl::string_view, Directives::Usage>{
      {"finish", Directives::Usage::kFinish},
      {"extra", Directives::Usage::kExtra},
      {"none", Directives::Usage::kNone},
  };
  const auto found = kValues->find(value);
  if (found == kValues->end()) return false;
  directives->usage = found->second;
  return true;
}

bool SetStatus(absl::string_view value, Directives* directives) {
  std::size_t status;
  if (!ParseNumber(value, &status) || status < 200 || status > 599) return false;
  directives->status = static_cast<int>(status);
  return true;
}

bool SetHang(absl::string_view value, Directives* directives) {
  if (value == "headers") {
    directives->hang_headers = true;
    return true;
  }
  directives->hang_after = 0;
  return value == "events";
}

bool AddHeader(absl::string_view value, Directives* directives) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(value, absl::MaxSplits(':', 1));
  directives->headers.emplace_back(std::string(absl::StripAsciiWhitespace(parts.first)),
                                   std::string(absl::StripAsciiWhitespace(parts.second)));
  return !directives->headers.back().first.empty();
}

bool SetHead(absl::string_view value, Directives* directives) {
  return absl::Base64Unescape(value, &directives->head);
}

bool SetAnswer(absl::string_view value, Directives* directives) {
  return absl::Base64Unescape(value, &directives->answer.emplace());
}

const absl::flat_hash_map<absl::string_view, Setter>& Setters() {
  static const auto* const kSetters = new absl::flat_hash_map<absl::string_view, Setter>{
      {"pace_ms", SetPace},
      {"step", Switch(&Directives::step)},
      {"chunk_tokens", Number(&Directives::chunk_tokens, 1)},
      {"tokens", Number(&Directives::tokens)},
      {"events", Number(&Directives::events)},
      {"bytes", Number(&Directives::pad_bytes)},
      {"blast", Switch(&Directives::blast)},
      {"blast_bytes", Number(&Directives::blast_bytes)},
      {"stamp", Switch(&Directives::stamp)},
      {"usage", SetUsage},
      {"done", Switch(&Directives::done)},
      {"comment_every", Number(&Directives::comment_every)},
      {"crlf", Switch(&Directives::crlf)},
      {"finish", Word(&Directives::finish)},
      {"status", SetStatus},
      {"body", Word(&Directives::body)},
      {"hang", SetHang},
      {"error_after", Number(&Directives::error_after)},
      {"close_after", Number(&Directives::close_after)},
      {"reset_after", Number(&Directives::reset_after)},
      {"hang_after", Number(&Directives::hang_after)},
      {"header", AddHeader},
      {"head", SetHead},
      {"answer", SetAnswer},
      {"repeat", Number(&Directives::repeat, 1)},
      {"piece", Number(&Directives::piece)},
      {"keep", Switch(&Directives::keep)},
  };
  return *kSetters;
}

}  // namespace

absl::StatusOr<Directives> ParseDirectives(absl::string_view text) {
  Directives directives;
  for (absl::string_view item : absl::StrSplit(text, ';', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits('=', 1));
    const absl::string_view key = absl::StripAsciiWhitespace(parts.first);
    const auto setter = Setters().find(key);
    if (setter == Setters().end()) {
      return absl::InvalidArgumentError(absl::StrCat("unknown simulator directive '", key, "'"));
    }
    if (!setter->second(absl::StripAsciiWhitespace(parts.second), &directives)) {
      return absl::InvalidArgumentError(
          absl::StrCat("simulator directive '", key, "' does not take '", parts.second, "'"));
    }
  }
  return directives;
}

absl::StatusOr<Directives> FindDirectives(const Headers& headers, absl::string_view metadata) {
  if (const absl::string_view own = FindHeader(headers, "x-simulator"); !own.empty()) {
    return ParseDirectives(own);
  }
  absl::string_view affinity = FindHeader(headers, "x-session-affinity");
  if (absl::ConsumePrefix(&affinity, "sim:")) return ParseDirectives(affinity);
  return ParseDirectives(metadata);
}

}  // namespace fireworks::simulator
