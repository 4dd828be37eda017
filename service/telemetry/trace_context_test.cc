#include "service/telemetry/trace_context.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace fireworks::telemetry {
namespace {

constexpr char kTraceId[] = "5bd66ef5095369c7b0d1f8f4bd33716a";
constexpr char kSpanId[] = "c532cb4098ac3dd2";

std::string With(const std::string& version, const std::string& trace_id,
                 const std::string& span_id, const std::string& flags) {
  return absl::StrCat(version, "-", trace_id, "-", span_id, "-", flags);
}

std::string Valid() { return With("00", kTraceId, kSpanId, "01"); }

bool IsValid(const std::string& traceparent) {
  return ParseTraceContext(traceparent, "").has_value();
}

// What is left of a tracestate beside a valid traceparent.
std::string Kept(const std::string& tracestate) {
  return ParseTraceContext(Valid(), tracestate)->tracestate;
}

TEST(TraceContextTest, ReadsTheParts) {
  const auto context = ParseTraceContext(Valid(), "vendor=opaque");
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->trace_id, kTraceId);
  EXPECT_EQ(context->span_id, kSpanId);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->tracestate, "vendor=opaque");
}

TEST(TraceContextTest, IsWrittenAsItWasRead) {
  for (const char* flags : {"00", "01"}) {
    const std::string text = With("00", kTraceId, kSpanId, flags);
    EXPECT_EQ(Traceparent(*ParseTraceContext(text, "")), text);
  }
}

TEST(TraceContextTest, OnlyTheLastBitOfTheFlagsMeansSampled) {
  for (const auto& [flags, sampled] : std::vector<std::pair<const char*, bool>>{
           {"00", false}, {"02", false}, {"fe", false}, {"01", true}, {"03", true}, {"ff", true}}) {
    const auto context = ParseTraceContext(With("00", kTraceId, kSpanId, flags), "");
    ASSERT_TRUE(context.has_value()) << flags;
    EXPECT_EQ(context->sampled, sampled) << flags;
  }
}

TEST(TraceContextTest, WhatIsNoTraceparent) {
  for (const std::string& text : std::vector<std::string>{
           "", "00", "junk",
           With("00", std::string(32, '0'), kSpanId, "01"),
           With("00", kTraceId, std::string(16, '0'), "01"),
           With("00", "5BD66EF5095369C7B0D1F8F4BD33716A", kSpanId, "01"),
           With("00", "5bd66ef5095369c7b0d1f8f4bd33716", kSpanId, "01"),
           With("00", kTraceId, "c532cb4098ac3dg2", "01"),
           With("00", kTraceId, kSpanId, "0x"),
           With("00", kTraceId, kSpanId, "1"),
           With("00", kTraceId, kSpanId, "01-more"),
           With("ff", kTraceId, kSpanId, "01"),
           With("0x", kTraceId, kSpanId, "01"),
           absl::StrCat("00_", kTraceId, "-", kSpanId, "-01"),
           absl::StrCat("00-", kTraceId, "_", kSpanId, "-01"),
           absl::StrCat("00-", kTraceId, "-", kSpanId, "_01"),
           absl::StrCat(Valid(), ",", Valid()),
           With("cc", kTraceId, kSpanId, "01.more"),
       }) {
    EXPECT_FALSE(IsValid(text)) << text;
  }
  // Every beginning of one.
  for (std::size_t size = 0; size < Valid().size(); ++size) {
    EXPECT_FALSE(IsValid(Valid().substr(0, size))) << size;
  }
}

TEST(TraceContextTest, LaterVersionsMaySayMore) {
  EXPECT_TRUE(IsValid(With("cc", kTraceId, kSpanId, "01")));
  EXPECT_TRUE(IsValid(With("01", kTraceId, kSpanId, "01-what-comes-then")));
}

TEST(TraceContextTest, TracestateIsKeptWhenValid) {
  for (const std::string& text : std::vector<std::string>{
           "", "a=1", "a=1,b=2", "a=1 , b=2", "a=1,,b=2,", "tenant@system=x y",
           "0k_-*/=!\"#$%&'()+-./:;<>?@[]^`{|}~", absl::StrCat("k=", std::string(256, 'v'))}) {
    EXPECT_EQ(Kept(text), text);
  }
}

TEST(TraceContextTest, TracestateIsLeftOutWhenNot) {
  std::vector<std::string> many;
  for (int i = 0; i < 33; ++i) many.push_back(absl::StrCat("k", i, "=v"));
  for (const std::string& text : std::vector<std::string>{
           "a", "=1", "a=", "A=1", "a=1=2", "a=\x01", "a=\xc3\xa9", "-a=1", "a b=1", "a=1,a=2",
           absl::StrCat("k=", std::string(257, 'v')), absl::StrCat(std::string(257, 'k'), "=v"),
           absl::StrJoin(many, ","), absl::StrCat("k=", std::string(511, 'v'))}) {
    EXPECT_EQ(Kept(text), "") << text;
  }
  many.pop_back();
  EXPECT_EQ(Kept(absl::StrJoin(many, ",")), absl::StrJoin(many, ","));
}

}  // namespace
}  // namespace fireworks::telemetry
