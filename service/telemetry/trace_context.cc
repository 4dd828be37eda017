#include "service/telemetry/trace_context.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace fireworks::telemetry {
namespace {

// "00-<trace id>-<parent id>-<flags>"
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kTraceIdSize = 32;
constexpr std::size_t kSpanIdAt = 36;
constexpr std::size_t kSpanIdSize = 16;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kTraceparentSize = 55;

constexpr std::size_t kMaxTracestateSize = 512;
constexpr std::size_t kMaxMembers = 32;
constexpr std::size_t kMaxPartSize = 256;  // of a member's key, and of its value

// Capitals are not allowed.
bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool IsId(absl::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != absl::string_view::npos;
}

int HexDigit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

bool IsKey(absl::string_view key) {
  const bool legal = std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-' || c == '*' ||
           c == '/' || c == '@';
  });
  return legal && !key.empty() && key.size() <= kMaxPartSize &&
         (absl::ascii_islower(key.front()) || absl::ascii_isdigit(key.front()));
}

// May end in no blank; those around a member are stripped before.
bool IsValue(absl::string_view value) {
  return value.size() <= kMaxPartSize && std::all_of(value.begin(), value.end(), [](char c) {
    return c >= 0x20 && c < 0x7f && c != ',' && c != '=';
  });
}

bool IsTracestate(absl::string_view text) {
  if (text.size() > kMaxTracestateSize) return false;
  absl::flat_hash_set<absl::string_view> keys;
  for (absl::string_view member : absl::StrSplit(text, ',')) {
    member = absl::StripAsciiWhitespace(member);
    if (member.empty()) continue;
    const std::vector<absl::string_view> parts = absl::StrSplit(member, absl::MaxSplits('=', 1));
    if (parts.size() != 2 || !IsKey(parts[0]) || parts[1].empty() || !IsValue(parts[1])) {
      return false;
    }
    if (!keys.insert(parts[0]).second) return false;
  }
  return keys.size() <= kMaxMembers;
}

// A later version may say more behind what this one does.
bool IsVersion(absl::string_view traceparent) {
  const absl::string_view version = traceparent.substr(0, 2);
  if (!IsHex(version) || version == "ff") return false;
  if (traceparent.size() == kTraceparentSize) return true;
  return version != "00" && traceparent[kTraceparentSize] == '-';
}

}  // namespace

absl::optional<TraceContext> ParseTraceContext(absl::string_view traceparent,
                                               absl::string_view tracestate) {
  traceparent = absl::StripAsciiWhitespace(traceparent);
  if (traceparent.size() < kTraceparentSize || !IsVersion(traceparent)) return absl::nullopt;
  for (const std::size_t dash : {kTraceIdAt - 1, kSpanIdAt - 1, kFlagsAt - 1}) {
    if (traceparent[dash] != '-') return absl::nullopt;
  }
  const absl::string_view trace_id = traceparent.substr(kTraceIdAt, kTraceIdSize);
  const absl::string_view span_id = traceparent.substr(kSpanIdAt, kSpanIdSize);
  const absl::string_view flags = traceparent.substr(kFlagsAt, 2);
  if (!IsId(trace_id) || !IsId(span_id) || !IsHex(flags)) return absl::nullopt;

  TraceContext context;
  context.trace_id = std::string(trace_id);
  context.span_id = std::string(span_id);
  context.sampled = HexDigit(flags[1]) % 2 == 1;
  if (IsTracestate(tracestate)) context.tracestate = std::string(tracestate);
  return context;
}

std::string Traceparent(const TraceContext& context) {
  return absl::StrCat("00-", context.trace_id, "-", context.span_id, "-",
                      context.sampled ? "01" : "00");
}

}  // namespace fireworks::telemetry
