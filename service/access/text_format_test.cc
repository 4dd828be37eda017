#include "service/access/text_format.h"

#include <string>

#include "fireworks/service/v1/policy.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

using fireworks::service::v1::Policy;
using testing::HasSubstr;

TEST(ParsedTextTest, SyntaxErrorsAndUnknownFieldsHaveLineAndColumn) {
  Policy policy;
  EXPECT_THAT(ParsedText().Parse("rules {\n  name \"a\"\n}", "p", &policy).message(),
              HasSubstr("p:2:8: "));
  EXPECT_THAT(ParsedText().Parse("rules {\n  nam: \"a\"\n}", "p", &policy).message(),
              HasSubstr("p:2:6: "));
  EXPECT_FALSE(ParsedText().Parse("rules { name: \"a\" name: \"b\" }", "p", &policy).ok());
}

TEST(ParsedTextTest, LaterErrorsSayWhereTheFieldStands) {
  ParsedText text;
  Policy policy;
  ASSERT_TRUE(text.Parse("rules { name: \"a\" }\nrules {\n  name: \"b\"\n  callers: \"x\"\n"
                         "  callers: \"y\"\n  quota { requests_per_minute: 1 }\n}",
                         "p", &policy)
                  .ok());
  const TextPlace rule = text.place().In("rules", 1);
  EXPECT_EQ(rule.Error("name", "wrong").message(), "p:3:3: rules[1].name: wrong");
  EXPECT_EQ(rule.Error("callers", "wrong", 1).message(), "p:5:3: rules[1].callers[1]: wrong");
  EXPECT_EQ(rule.Error("callers", "wrong").message(), "p:4:3: rules[1].callers: wrong");
  EXPECT_EQ(rule.In("quota").Error("requests_per_minute", "wrong").message(),
            "p:6:11: rules[1].quota.requests_per_minute: wrong");
}

TEST(ParsedTextTest, WhatIsMissingIsMissedInItsMessage) {
  ParsedText text;
  Policy policy;
  ASSERT_TRUE(text.Parse("\n rules { name: \"a\" }", "p", &policy).ok());
  EXPECT_EQ(text.place().In("rules", 0).Error("callers", "required").message(),
            "p:2:2: rules[0].callers: required");
  EXPECT_EQ(text.place().In("rules", 0).In("quota").Error("concurrent_streams", "no").message(),
            "p: rules[0].quota.concurrent_streams: no");
}

TEST(ParsedTextTest, WithoutATextThereAreNoPlaces) {
  EXPECT_EQ(TextPlace("policy").In("rules", 0).Error("name", "wrong").message(),
            "policy.rules[0].name: wrong");
}

}  // namespace
}  // namespace fireworks::access
