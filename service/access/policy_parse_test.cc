#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/access/policy.h"

namespace fireworks::access {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::vector<std::string> kMethods = {"a.B/C", "a.B/D"};

std::string Error(const std::string& text) {
  return std::string(Policy::Parse(text, "p", kMethods).status().message());
}

// What is wrong with a rule of this name, these callers and methods, and `more`.
std::string TermsError(const std::string& more) {
  return Error(
      absl::StrCat("rules {\n name: \"r\" callers: \"*\" methods: \"*\"\n ", more, "\n}"));
}

TEST(PolicyParseTest, SyntaxIsStrict) {
  EXPECT_THAT(Error("rules {"), StartsWith("p:1:"));
  EXPECT_THAT(Error("rule { }"), HasSubstr("p:1:6: "));
  EXPECT_THAT(TermsError("modles: \"x\""), StartsWith("p:3:"));
  EXPECT_THAT(TermsError("max_tokens: \"1\""), StartsWith("p:3:"));
  EXPECT_THAT(TermsError("method_classes: METHOD_CLASS_ANY"), HasSubstr("METHOD_CLASS_ANY"));
  EXPECT_THAT(TermsError("name: \"again\""), StartsWith("p:3:"));
}

TEST(PolicyParseTest, APolicyHasRules) {
  EXPECT_THAT(Error(""), HasSubstr("needs at least one"));
  EXPECT_THAT(Error("# nothing"), HasSubstr("needs at least one"));
}

TEST(PolicyParseTest, ARuleHasANameOfItsOwn) {
  EXPECT_THAT(Error("\nrules { callers: \"*\" methods: \"*\" }"),
              StartsWith("p:2:1: rules[0].name: must be"));
  EXPECT_THAT(Error("rules { name: \"a b\" callers: \"*\" methods: \"*\" }"),
              HasSubstr("rules[0].name: must be"));
  EXPECT_EQ(Error("rules { name: \"r\" callers: \"*\" methods: \"*\" }\n"
                  "rules { name: \"r\" callers: \"*\" methods: \"*\" }"),
            "p:2:9: rules[1].name: another rule has it");
}

TEST(PolicyParseTest, ARuleSaysWhoAndWhat) {
  EXPECT_THAT(Error("rules { name: \"r\" methods: \"*\" }"), HasSubstr("callers: required"));
  EXPECT_THAT(Error("rules { name: \"r\" callers: \"\" methods: \"*\" }"),
              HasSubstr("p:1:19: rules[0].callers[0]: must be visible"));
  EXPECT_THAT(Error("rules { name: \"r\" callers: \"*\" }"),
              HasSubstr("methods: or `method_classes` is required"));
  EXPECT_THAT(
      Error("rules { name: \"r\" callers: \"*\" method_classes: METHOD_CLASS_UNSPECIFIED }"),
      HasSubstr("method_classes[0]: must name a class"));
}

TEST(PolicyParseTest, PatternsOfMethodsDescribeSome) {
  EXPECT_EQ(Error("rules { name: \"r\" callers: \"*\"\n methods: \"a.B/C\"\n"
                  "  methods: \"a.B/X*\" }"),
            "p:3:3: rules[0].methods[1]: `a.B/X*` describes no method; they are called like "
            "`package.Service/Method`");
  EXPECT_THAT(Error("rules { name: \"r\" callers: \"*\" methods: \"/a.B/C\" }"),
              HasSubstr("describes no method"));
  EXPECT_THAT(Error("rules { name: \"r\" callers: \"*\" methods: \"\" }"),
              HasSubstr("describes no method"));
  EXPECT_EQ(Error("rules { name: \"r\" callers: \"*\" methods: \"a.B/*\" methods: \"*D\" }"), "");
}

TEST(PolicyParseTest, NumbersAreNotNegative) {
  EXPECT_THAT(TermsError("max_tokens: -1"), StartsWith("p:3:2: rules[0].max_tokens: "));
  EXPECT_THAT(TermsError("quota { concurrent_streams: -1 }"),
              StartsWith("p:3:10: rules[0].quota.concurrent_streams: "));
  EXPECT_THAT(TermsError("quota { requests_per_minute: -1 }"), HasSubstr("requests_per_minute"));
  EXPECT_THAT(TermsError("quota { tokens_per_minute: -1 }"), HasSubstr("tokens_per_minute"));
}

TEST(PolicyParseTest, AliasesAreBareAndStandForModels) {
  EXPECT_THAT(TermsError("model_aliases { key: \"a/b\" value: \"m\" }"),
              HasSubstr("key `a/b`: must be"));
  EXPECT_THAT(TermsError("model_aliases { key: \"a\" }"), HasSubstr("must stand for a model"));
  EXPECT_THAT(TermsError("model_aliases { key: \"a\" value: \"b\" }\n"
                         "model_aliases { key: \"b\" value: \"m\" }"),
              HasSubstr("not for an alias"));
  EXPECT_THAT(TermsError("model_aliases { key: \"a\" value: \"a\" }"),
              HasSubstr("not for an alias"));
}

TEST(PolicyParseTest, ADenialGrantsNothing) {
  for (const char* terms :
       {"models: \"*\"", "max_tokens: 1", "quota {}", "upstream_key: \"k\"",
        "model_aliases { key: \"a\" value: \"m\" }",
        "prompt_cache_isolation: PROMPT_CACHE_ISOLATION_OFF", "media_urls: MEDIA_URLS_ALLOW",
        "upstream_key_from_caller: CALLER_KEY_NEVER", "session_affinity: SESSION_AFFINITY_OFF"}) {
    EXPECT_THAT(TermsError(absl::StrCat("deny: true ", terms)), StartsWith("p:3:2: rules[0].deny"))
        << terms;
  }
  EXPECT_EQ(TermsError("deny: true"), "");
}

TEST(PolicyParseTest, OtherNamesAreChecked) {
  EXPECT_THAT(TermsError("models: \"\""), HasSubstr("models[0]: must be visible"));
  EXPECT_THAT(TermsError("upstream_key: \"a b\""), HasSubstr("upstream_key: must be"));
}

// In proto3 they parse, and would mean the default.
TEST(PolicyParseTest, NumbersWithoutANameAreNoValues) {
  for (const char* field : {"prompt_cache_isolation", "media_urls", "upstream_key_from_caller",
                            "session_affinity"}) {
    EXPECT_THAT(TermsError(absl::StrCat(field, ": 99")), HasSubstr(field));
  }
}

TEST(PolicyParseTest, ARequiredKeyOfTheCallersExcludesOurs) {
  EXPECT_THAT(TermsError("upstream_key_from_caller: CALLER_KEY_REQUIRED upstream_key: \"k\""),
              HasSubstr("upstream_key: is never used"));
  EXPECT_EQ(TermsError("upstream_key_from_caller: CALLER_KEY_OPTIONAL upstream_key: \"k\""), "");
}

TEST(PolicyParseTest, ContentIsLoggedOfNamedCallersUntilATime) {
  const auto rule = [](const std::string& callers, const std::string& log_content) {
    return absl::StrCat("rules { name: \"r\" methods: \"*\"\n callers: ", callers,
                        "\n log_content { ", log_content, " } }");
  };
  const std::string until = "until: \"2026-05-01T18:00:00+02:00\"";
  const auto policy = Policy::Parse(rule("\"token:a\"", until), "p", kMethods);
  ASSERT_TRUE(policy.ok()) << policy.status();
  const PolicyRule& parsed = (*policy)->rules().front();
  ASSERT_TRUE(parsed.log_content.has_value());
  EXPECT_EQ(parsed.log_content->until, absl::FromUnixSeconds(1777651200));
  EXPECT_EQ(parsed.log_content->max_bytes, 4096u);

  EXPECT_THAT(Error(rule("[\"token:a\", \"token:*\"]", until)),
              HasSubstr("rules[0].callers[1]: must be named one by one"));
  for (const char* wrong : {"", "until: \"tomorrow\"", "until: \"infinite-future\"",
                            "until: \"2026-05-01\""}) {
    EXPECT_THAT(Error(rule("\"token:a\"", wrong)), HasSubstr("log_content.until: must be a time"))
        << wrong;
  }
  for (const char* wrong : {" max_bytes: -1", " max_bytes: 65537"}) {
    EXPECT_THAT(Error(rule("\"token:a\"", until + wrong)),
                HasSubstr("log_content.max_bytes: must be between 1 and 65536"));
  }
  EXPECT_THAT(Error("rules { name: \"r\" callers: \"a\" methods: \"*\" deny: true log_content {} }"),
              HasSubstr("a rule that denies has nothing but"));
}

TEST(PolicyParseTest, BytesThatAreNoTextAreAnError) {
  EXPECT_NE(Error(std::string("rules\0{}", 8)), "");
  EXPECT_NE(Error("\xff\xfe\x00"), "");
  EXPECT_NE(Error("rules { name: \"r\" callers: \"\\377\" methods: \"*\" }"), "");
  EXPECT_NE(Error("rules { name: \"r\" callers: \"a b\" methods: \"*\" }"), "");
}

}  // namespace
}  // namespace fireworks::access
