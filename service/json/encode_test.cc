#include "service/json/encode.h"

#include <cmath>
#include <limits>

#include "service/json/codec_fixture.h"

namespace fireworks::json::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// --- Values ------------------------------------------------------------------

TEST(EncodeTest, OnlyWhatIsSet) {
  EXPECT_EQ(Encoded(Plain()), "{}");
  EXPECT_EQ(Encoded(FromText<Plain>("small: 0 text: '' truth: false child {} name: ''")),
            R"({"truth":false,"small":0,"text":"","child":{}})");
}

TEST(EncodeTest, EveryKindOfField) {
  const auto plain = FromText<Plain>(R"(
      truth: true small: -1 large: -2 small_unsigned: 3 large_unsigned: 4 single: 0.1 real: 0.1
      text: "t" data: "\000\377" color: GREEN child {small: 1}
      create_time {seconds: 1709210096 nanos: 789000000} idle_time {seconds: -3 nanos: -500000000}
      read_mask {paths: "display_name" paths: "a.b_c"} smalls: 1 smalls: 2 texts: ""
      large_by_name {key: "b" value: 2} large_by_name {key: "a" value: 1} name: "n" number: 0)");
  EXPECT_EQ(Encoded(plain),
            R"({"truth":true,"small":-1,"large":"-2","smallUnsigned":3,"largeUnsigned":"4",)"
            R"("single":0.1,"real":0.1,"text":"t","data":"AP8=","color":"GREEN",)"
            R"("child":{"small":1},"createTime":"2024-02-29T12:34:56.789Z","idleTime":"-3.500s",)"
            R"("readMask":"displayName,a.bC","smalls":[1,2],"texts":[""],)"
            R"("largeByName":{"a":"1","b":"2"},"name":"n","number":0})");
}

TEST(EncodeTest, InferenceWritesIntegersAsNumbers) {
  EXPECT_EQ(Encoded(FromText<Chat>("seed: 9007199254740993 citation: 'c' type: 'x'")),
            R"({"seed":9007199254740993,"citation":"c","type":"x"})");
}

TEST(EncodeTest, DoublesAreTheShortestThatReadBack) {
  const std::pair<double, const char*> kCases[] = {
      {0.1, "0.1"},       {1, "1"},      {-0.0, "-0"},
      {1e22, "1e+22"},    {5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"},
      {0.30000000000000004, "0.30000000000000004"},
  };
  for (const auto& [value, text] : kCases) {
    Chat chat;
    chat.set_temperature(value);
    EXPECT_EQ(Encoded(chat, AsAnswer()), std::string("{\"temperature\":") + text + "}");
  }
}

TEST(EncodeTest, StringsEscapeWhatTheyMust) {
  Plain plain;
  plain.set_text(std::string("\"\\/\b\f\n\r\t\0\x1f\x7f é 😀 \u2028", 23));
  EXPECT_EQ(Encoded(plain),
            "{\"text\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f é 😀 \u2028\"}");
}

TEST(EncodeTest, NaNAndInfinityAreErrorsOutsideOfProtoJson) {
  Plain plain;
  plain.add_reals(std::nan(""));
  plain.add_reals(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(Encoded(plain), R"({"reals":["NaN","-Infinity"]})");
  Chat chat;
  chat.mutable_top_scores()->Add()->mutable_values()->insert({"k", HUGE_VAL});
  EXPECT_THAT(Violations(chat),
              ElementsAre("top_scores[0].values[k]: NaN and infinity have no JSON form"));
}

TEST(EncodeTest, WhatHasNoJsonFormIsNamed) {
  Plain plain;
  plain.set_text("\xff");
  plain.mutable_child()->add_children()->set_color(static_cast<Plain::Color>(17));
  plain.mutable_create_time()->set_nanos(-1);
  plain.mutable_read_mask()->add_paths("camelCase");
  EXPECT_THAT(Violations(plain),
              ElementsAre("text: is not UTF-8",
                          "child.children[0].color: 17 is no value of "
                          "fireworks.json.testing.Plain.Color",
                          HasSubstr("create_time: a timestamp lies between"),
                          HasSubstr("read_mask: the path `camelCase`")));
}

// --- Shapes ------------------------------------------------------------------

TEST(EncodeTest, Shapes) {
  const std::pair<const char*, const char*> kCases[] = {
      {"matrix {}", R"({"matrix":[]})"},
      {"matrix {rows {} rows {values: 1}}", R"({"matrix":[[],[1]]})"},
      {"top_scores {} top_scores {values {key: 'a' value: 1}}", R"({"topScores":[{},{"a":1}]})"},
      {"content {text: ''}", R"({"content":""})"},
      {"content {parts {values {text {text: 't'}}}}",
       R"({"content":[{"type":"text","text":"t"}]})"},
      {"prompt {unknown_json: '[1, {\"b\" : 2}]'}", R"({"prompt":[1, {"b" : 2}]})"},
      {"part {image {url: 'u'} index: 1}", R"({"part":{"type":"image_url","index":1,"url":"u"}})"},
      {"part {unknown_json: '{\"type\": \"v\"}'}", R"({"part":{"type": "v"}})"},
      {"output {message {type: 'message'}}", R"({"output":{"type":"message"}})"},
      {"wrapped {scalar {count: 3}}", R"({"wrapped":3})"},
      {"schema: '{\"z\" : 1,\"a\":2}'", R"({"schema":{"z" : 1,"a":2}})"},
      {"tools: '1' tools: ' {} '", R"({"tools":[1, {} ]})"},
      {"schemas {key: 'k' value: 'null'}", R"({"schemas":{"k":null}})"},
  };
  for (const auto& [message, json] : kCases) {
    EXPECT_EQ(Encoded(FromText<Chat>(message), AsAnswer()), json);
  }
}

TEST(EncodeTest, AUnionNeedsAVariant) {
  EXPECT_THAT(Violations(FromText<Chat>("contents {text: 'a'} contents {} part {index: 1}")),
              ElementsAre("contents[1]: needs one of its variants",
                          "part: needs one of its variants"));
}

// --- Raw JSON and extras ------------------------------------------------------

TEST(EncodeTest, RawJsonMustBeOneValue) {
  for (const char* text : {"", " ", "{", "{} {}", "01", "nul", "\"\xff\"", "\"\\ud800\"", "1,2",
                           "}, \"admin\": {", "\xEF\xBB\xBF{}", "'a'", "1e5x", "1e999x"}) {
    Chat chat;
    chat.set_schema(text);
    EXPECT_THAT(Violations(chat), ElementsAre(HasSubstr("schema: invalid JSON at byte"))) << text;
  }
  Chat chat;
  chat.set_schema("1e999");
  EXPECT_THAT(Encoded(chat), HasSubstr("\"schema\":1e999"));
  chat.set_schema(std::string(128, '[') + std::string(128, ']'));
  EXPECT_THAT(Encoded(chat), HasSubstr("[[["));
  chat.set_schema(std::string(129, '[') + std::string(129, ']'));
  EXPECT_THAT(Violations(chat), ElementsAre("schema: nested more than 128 levels deep"));
  chat.set_schema(std::string("{}\0", 3));
  EXPECT_THAT(Violations(chat), ElementsAre(HasSubstr("schema: invalid JSON at byte 3")));
}

TEST(EncodeTest, InferenceSendsExtras) {
  const auto chat = FromText<Chat>(R"(
      extra_json {key: "z" value: "{\"b\" : 1}"} extra_json {key: "a\"" value: "1.50"}
      part {text {text: "t" extra_json {key: "new" value: "[]"}}})");
  EXPECT_EQ(Encoded(chat), R"({"part":{"type":"text","text":"t","new":[]},"citation":null,)"
                           R"("type":"chat","a\"":1.50,"z":{"b" : 1}})");
}

TEST(EncodeTest, ExtrasOfARequestMayNotRepeatKeysOfTheContract) {
  const auto chat = FromText<Chat>(R"(
      extra_json {key: "model" value: "1"} extra_json {key: "prompt-tokens" value: "1"}
      extra_json {key: "stream" value: "false"}
      part {text {text: "t" extra_json {key: "type" value: "1"}
                            extra_json {key: "index" value: "1"}}})");
  const std::pair<std::string, std::string> members[] = {{"stream", "true"}};
  EncodeOptions options;
  options.members = members;
  constexpr char kWords[] = ": repeats a key that is written from elsewhere";
  EXPECT_THAT(Violations(chat, options),
              ElementsAre(std::string("part.text.extra_json[index]") + kWords,
                          std::string("part.text.extra_json[type]") + kWords,
                          std::string("extra_json[model]") + kWords,
                          std::string("extra_json[prompt-tokens]") + kWords,
                          std::string("extra_json[stream]") + kWords));
}

TEST(EncodeTest, TheManagementApiTakesNoExtras) {
  const auto resource = FromText<Resource>(R"(
      display_name: "d" settings {region: "r" extra_json {key: "new" value: "1"}})");
  EXPECT_THAT(Violations(resource), ElementsAre(HasSubstr("settings.extra_json[new]: the upstream "
                                                          "takes no keys")));
}

TEST(EncodeTest, RawJsonOfExtrasIsChecked) {
  EXPECT_THAT(Violations(FromText<Chat>("extra_json {key: 'a' value: '1, \"b\": 2'}")),
              ElementsAre(HasSubstr("extra_json[a]: invalid JSON at byte 2")));
}

// --- Requests and answers -----------------------------------------------------

TEST(EncodeTest, RequestsHaveConstantsNullsAndRequiredFields) {
  EXPECT_EQ(Encoded(Chat()), R"({"citation":null,"type":"chat"})");
  EXPECT_EQ(Encoded(FromText<Chat>("citation: 'c' type: 'other'")),
            R"({"citation":"c","type":"other"})");
  EncodeOptions options;
  options.path_prefix = "resource";
  EXPECT_THAT(Violations(FromText<Resource>("settings {} history {region: 'r'} history {}"),
                         options),
              ElementsAre("resource.display_name: is required",
                          "resource.settings.region: is required",
                          "resource.history[1].region: is required"));
}

TEST(EncodeTest, OutputOnlyFieldsStayAtHome) {
  const auto resource = FromText<Resource>(R"(
      name: "n" display_name: "d" update_time {seconds: 1} settings {region: "r" status: "s"})");
  EXPECT_EQ(Encoded(resource),
            R"({"displayName":"d","settings":{"region":"r"},"format":"JSONL"})");
}

TEST(EncodeTest, AnAnswerHasWhatIsSetAndNothingElse) {
  EXPECT_EQ(Encoded(Chat(), AsAnswer()), "{}");
  const auto resource = FromText<Resource>(R"(
      name: "n" update_time {seconds: 1} settings {status: "s"}
      extra_json {key: "state" value: "\"NEWER\""})");
  EXPECT_EQ(Encoded(resource, AsAnswer()),
            R"({"name":"n","settings":{"status":"s"},"updateTime":"1970-01-01T00:00:01Z",)"
            R"("state":"NEWER"})");
  EXPECT_THAT(Violations(FromText<Resource>("state: READY extra_json {key: 'state' value: '1'}"),
                         AsAnswer()),
              ElementsAre("extra_json[state]: repeats a key that is written from elsewhere"));
  EXPECT_EQ(Encoded(FromText<Chat>("part {image {extra_json {key: 'type' value: '\"image\"'}}}"),
                    AsAnswer()),
            R"({"part":{"type":"image"}})");
}

TEST(EncodeTest, SkippedFieldsAndMembersAreOfTheOutermostObject) {
  const auto* name = Plain::descriptor()->FindFieldByName("name");
  const auto* small = Plain::descriptor()->FindFieldByName("small");
  const std::vector<const google::protobuf::FieldDescriptor*> skip = {name, small};
  const std::pair<std::string, std::string> members[] = {{"stream", "true"}, {"x", "[1]"}};
  EncodeOptions options;
  options.skip = skip;
  options.members = members;
  EXPECT_EQ(Encoded(FromText<Plain>("name: 'n' small: 1 child {small: 2}"), options),
            R"({"child":{"small":2},"stream":true,"x":[1]})");
  EXPECT_EQ(Encoded(Plain(), options), R"({"stream":true,"x":[1]})");
}

TEST(EncodeTest, AppendsToWhatIsThere) {
  std::string out = "x=";
  ASSERT_TRUE(Encode(TableOf<Plain>(), Plain(), {}, &out).ok());
  EXPECT_EQ(out, "x={}");
}

TEST(EncodeTest, ContainersAndUnionsCanBeTheWholeText) {
  std::string out;
  ASSERT_TRUE(Encode(TableOf<Part>(), FromText<Part>("text {text: 't'} index: 1"), {}, &out).ok());
  ASSERT_TRUE(Encode(TableOf<Matrix>(), FromText<Matrix>("rows {values: 1}"), {}, &out).ok());
  EXPECT_EQ(out, R"({"type":"text","index":1,"text":"t"}[[1]])");
}

}  // namespace
}  // namespace fireworks::json::testing
