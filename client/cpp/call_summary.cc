#include "client/cpp/call_summary.h"

#include <cstdint>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::UsageInfo;
using Count = absl::optional<std::int64_t>;

Count ParseCount(absl::string_view text) {
  std::int64_t value = 0;
  return absl::SimpleAtoi(text, &value) ? Count(value) : absl::nullopt;
}

struct Counts {
  Count prompt, cached, completion, reasoning, total;
};

Counts FromTrailers(const TrailerLookup& trailer) {
  Counts counts;
  counts.prompt = ParseCount(trailer("x-usage-prompt-tokens"));
  counts.cached = ParseCount(trailer("x-usage-cached-tokens"));
  counts.completion = ParseCount(trailer("x-usage-completion-tokens"));
  return counts;
}

Counts FromUsage(const UsageInfo& usage) {
  Counts counts;
  if (usage.has_prompt_tokens()) counts.prompt = usage.prompt_tokens();
  if (usage.has_completion_tokens()) counts.completion = usage.completion_tokens();
  if (usage.has_total_tokens()) counts.total = usage.total_tokens();
  if (usage.prompt_tokens_details().has_cached_tokens()) {
    counts.cached = usage.prompt_tokens_details().cached_tokens();
  }
  if (usage.completion_tokens_details().has_reasoning_tokens()) {
    counts.reasoning = usage.completion_tokens_details().reasoning_tokens();
  } else if (usage.output_tokens_details().has_reasoning_tokens()) {
    counts.reasoning = usage.output_tokens_details().reasoning_tokens();
  }
  return counts;
}

std::string WithShare(Count count, absl::string_view what, Count share,
                      absl::string_view share_name) {
  std::string text = absl::StrCat(*count, " ", what, " tokens");
  if (share) absl::StrAppend(&text, " (", *share, " ", share_name, ")");
  return text;
}

std::string UsageLine(const Counts& counts) {
  std::vector<std::string> parts;
  if (counts.prompt) parts.push_back(WithShare(counts.prompt, "prompt", counts.cached, "cached"));
  if (counts.completion) {
    parts.push_back(WithShare(counts.completion, "completion", counts.reasoning, "reasoning"));
  }
  if (counts.total) parts.push_back(absl::StrCat(*counts.total, " in all"));
  return absl::StrCat("usage: ", parts.empty() ? "not told" : absl::StrJoin(parts, ", "), "\n");
}

std::string CallLine(const TrailerLookup& trailer) {
  std::vector<std::string> parts;
  const auto add_duration = [&](absl::string_view what, absl::string_view name) {
    if (Count microseconds = ParseCount(trailer(name))) {
      parts.push_back(
          absl::StrCat(what, absl::FormatDuration(absl::Microseconds(*microseconds))));
    }
  };
  const auto add = [&](absl::string_view what, absl::string_view name) {
    if (!trailer(name).empty()) parts.push_back(absl::StrCat(what, trailer(name)));
  };
  add_duration("overhead ", "x-gateway-overhead-us");
  add_duration("first event after ", "x-time-to-first-event-us");
  add("attempts ", "x-upstream-attempts");
  add("request id ", "x-request-id");
  add("upstream request id ", "x-upstream-request-id");
  return parts.empty() ? "" : absl::StrCat("call: ", absl::StrJoin(parts, ", "), "\n");
}

}  // namespace

std::string SummarizeCall(const absl::optional<UsageInfo>& usage, const TrailerLookup& trailer) {
  return absl::StrCat(UsageLine(usage ? FromUsage(*usage) : FromTrailers(trailer)),
                      CallLine(trailer));
}

}  // namespace fireworks::client
