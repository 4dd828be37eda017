#include "service/access/strict_json.h"

#include <string>

#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

TEST(ParseJsonObjectTest, ReadsAnObject) {
  const auto value = ParseJsonObject(R"({"a": {"b": ["c", 1]}, "d": {"b": 2}})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ((*value)["a"]["b"][0], "c");
}

TEST(ParseJsonObjectTest, RefusesWhatIsNoObject) {
  for (const char* text : {"", "{", "[]", "\"a\"", "1", "null", "{} {}", "{}x", "{\"a\":1e999}",
                           "{\"a\":NaN}", "{'a':1}", "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}",
                           "{\"a\":\"\\ud800\"}"}) {
    EXPECT_FALSE(ParseJsonObject(text).ok()) << text;
  }
  EXPECT_FALSE(ParseJsonObject(absl::string_view("{}\0", 3)).ok());
  EXPECT_FALSE(ParseJsonObject(absl::string_view("{}\0{", 4)).ok());
  EXPECT_FALSE(ParseJsonObject(absl::string_view("{\0}", 3)).ok());
}

TEST(ParseJsonObjectTest, RefusesAKeyThatIsThereTwiceAtAnyDepth) {
  EXPECT_FALSE(ParseJsonObject(R"({"a": 1, "a": 1})").ok());
  EXPECT_FALSE(ParseJsonObject(R"({"a": {"b": 1, "b": 2}})").ok());
  EXPECT_FALSE(ParseJsonObject(R"({"a": [{"b": 1, "c": 1, "b": 2}]})").ok());
  EXPECT_FALSE(ParseJsonObject("{\"a\": 1, \"\\u0061\": 2}").ok());
  EXPECT_TRUE(ParseJsonObject(R"({"a": [{"b": 1}, {"b": 2}], "b": 3})").ok());
}

TEST(ParseJsonObjectTest, RefusesWhatIsNestedTooDeep) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(ParseJsonObject(nested(31)).ok());
  EXPECT_FALSE(ParseJsonObject(nested(32)).ok());
  EXPECT_FALSE(ParseJsonObject(nested(5000)).ok());
}

TEST(DecodeBase64UrlTest, OneTextForEachValue) {
  EXPECT_EQ(DecodeBase64Url(""), "");
  EXPECT_EQ(DecodeBase64Url("-_8"), "\xfb\xff");
  EXPECT_FALSE(DecodeBase64Url("-_9"));  // bits beyond the last byte
  EXPECT_FALSE(DecodeBase64Url("-_8="));
  EXPECT_FALSE(DecodeBase64Url("+/8"));
  EXPECT_FALSE(DecodeBase64Url("-_ 8"));
  EXPECT_FALSE(DecodeBase64Url("A"));
  EXPECT_FALSE(DecodeBase64Url(absl::string_view("AA\0", 3)));
}

}  // namespace
}  // namespace fireworks::access
