#include "client/cpp/call_summary.h"

#include <map>
#include <string>

#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::UsageInfo;

std::string Summarize(const absl::optional<UsageInfo>& usage,
                      const std::map<std::string, std::string>& trailers) {
  return SummarizeCall(usage, [&trailers](absl::string_view name) -> absl::string_view {
    auto found = trailers.find(std::string(name));
    return found == trailers.end() ? absl::string_view() : absl::string_view(found->second);
  });
}

TEST(SummarizeCall, TellsAllThatIsKnown) {
  UsageInfo usage;
  usage.set_prompt_tokens(12);
  usage.mutable_prompt_tokens_details()->set_cached_tokens(4);
  usage.set_completion_tokens(30);
  usage.mutable_completion_tokens_details()->set_reasoning_tokens(10);
  usage.set_total_tokens(42);
  EXPECT_EQ(Summarize(usage, {{"x-gateway-overhead-us", "310"},
                                           {"x-time-to-first-event-us", "41200"},
                                           {"x-upstream-attempts", "1"},
                                           {"x-request-id", "req_1"},
                                           {"x-upstream-request-id", "up_1"}}),
            "usage: 12 prompt tokens (4 cached), 30 completion tokens (10 reasoning), 42 in all\n"
            "call: overhead 310us, first event after 41.2ms, attempts 1, request id req_1, "
            "upstream request id up_1\n");
}

TEST(SummarizeCall, CountsFromTheTrailersStandInForMissingUsage) {
  EXPECT_EQ(Summarize(absl::nullopt, {{"x-usage-prompt-tokens", "5"},
                                                   {"x-usage-cached-tokens", "0"},
                                                   {"x-usage-completion-tokens", "7"}}),
            "usage: 5 prompt tokens (0 cached), 7 completion tokens\n");
}

TEST(SummarizeCall, ReasoningMayStandUnderTheOtherName) {
  UsageInfo usage;
  usage.set_completion_tokens(3);
  usage.mutable_output_tokens_details()->set_reasoning_tokens(2);
  EXPECT_EQ(Summarize(usage, {}), "usage: 3 completion tokens (2 reasoning)\n");
}

TEST(SummarizeCall, NothingKnownIsSaid) {
  EXPECT_EQ(Summarize(absl::nullopt, {}), "usage: not told\n");
}

TEST(SummarizeCall, MalformedNumbersAreLeftOut) {
  EXPECT_EQ(Summarize(absl::nullopt, {{"x-gateway-overhead-us", "soon"},
                                                   {"x-usage-prompt-tokens", ""}}),
            "usage: not told\n");
}

}  // namespace
}  // namespace fireworks::client
