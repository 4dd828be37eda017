#include "service/json/decode.h"

#include <clocale>
#include <limits>

#include "absl/strings/str_cat.h"
#include "service/json/codec_fixture.h"

namespace fireworks::json::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// --- What fits ---------------------------------------------------------------

TEST(DecodeTest, EveryKindOfField) {
  const auto plain = Decoded<Plain>(R"({
      "truth": true, "small": -2147483648, "large": "-9223372036854775808",
      "smallUnsigned": 4294967295, "largeUnsigned": "18446744073709551615",
      "single": 0.5, "real": -1.25e-3, "text": "täxt \u00e9 \ud83d\ude00 \u0000",
      "data": "AP8=", "color": "GREEN", "child": {"small": 1},
      "createTime": "2024-02-29T12:34:56.789Z", "idleTime": "-3.5s",
      "readMask": "displayName,baseModel.kind",
      "smalls": [1, 2], "texts": ["a", ""], "children": [{}, {"small": 2}],
      "largeByName": {"a": "1", "b": 2}, "childByName": {"x": {"truth": false}},
      "name": "n", "pageSize": 3, "number": 0})");
  EXPECT_TRUE(plain.truth());
  EXPECT_EQ(plain.small(), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(plain.large(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(plain.small_unsigned(), std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(plain.large_unsigned(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(plain.single(), 0.5f);
  EXPECT_EQ(plain.real(), -1.25e-3);
  EXPECT_EQ(plain.text(), std::string("täxt é 😀 \0", 15));
  EXPECT_EQ(plain.data(), std::string("\0\xff", 2));
  EXPECT_EQ(plain.color(), Plain::GREEN);
  EXPECT_EQ(plain.child().small(), 1);
  EXPECT_EQ(plain.create_time().seconds(), 1709210096);
  EXPECT_EQ(plain.create_time().nanos(), 789000000);
  EXPECT_EQ(plain.idle_time().seconds(), -3);
  EXPECT_EQ(plain.idle_time().nanos(), -500000000);
  EXPECT_THAT(plain.read_mask().paths(), ElementsAre("display_name", "base_model.kind"));
  EXPECT_THAT(plain.smalls(), ElementsAre(1, 2));
  EXPECT_THAT(plain.texts(), ElementsAre("a", ""));
  EXPECT_EQ(plain.children_size(), 2);
  EXPECT_THAT(plain.large_by_name(), UnorderedElementsAre(Pair("a", 1), Pair("b", 2)));
  EXPECT_TRUE(plain.child_by_name().at("x").has_truth());
  EXPECT_EQ(plain.choice_case(), Plain::kNumber);
}

TEST(DecodeTest, NullIsUnset) {
  Drift drift;
  const auto plain = Decoded<Plain>(
      R"({"truth": null, "texts": null, "child": null, "textByName": null, "createTime": null})",
      &drift);
  EXPECT_EQ(plain.ByteSizeLong(), 0u);
  EXPECT_FALSE(drift.any());
}

TEST(DecodeTest, ZeroIsNotUnset) {
  const auto plain = Decoded<Plain>(R"({"truth": false, "small": 0, "text": "", "real": -0.0})");
  EXPECT_TRUE(plain.has_truth());
  EXPECT_TRUE(plain.has_small());
  EXPECT_TRUE(plain.has_text());
  EXPECT_TRUE(std::signbit(plain.real()));
}

TEST(DecodeTest, TheMessageIsClearedFirst) {
  Plain plain;
  plain.set_small(1);
  ASSERT_TRUE(Decode(TableOf<Plain>(), "{}", {}, &plain, nullptr).ok());
  EXPECT_FALSE(plain.has_small());
}

TEST(DecodeTest, IntegersHaveManySpellings) {
  for (const char* text : {"1000", "1e3", "1E+3", "1000.0", "1000.000", "10000e-1", "\"1000\""}) {
    EXPECT_EQ(Decoded<Chat>(std::string("{\"seed\":") + text + "}").seed(), 1000) << text;
  }
  EXPECT_EQ(Decoded<Chat>(R"({"seed": 1750216721.0})").seed(), 1750216721);
  EXPECT_EQ(Decoded<Chat>(R"({"seed": 9007199254740993.0})").seed(), 9007199254740993);
  EXPECT_EQ(Decoded<Chat>(R"({"seed": 0e999999999999999999999})").seed(), 0);
}

TEST(DecodeTest, FloatsOfProtoJsonHaveNames) {
  EXPECT_TRUE(std::isnan(Decoded<Plain>(R"({"real": "NaN"})").real()));
  EXPECT_EQ(Decoded<Plain>(R"({"real": "-Infinity"})").real(),
            -std::numeric_limits<double>::infinity());
  Drift drift;
  EXPECT_THAT(Extras(Decoded<Chat>(R"({"temperature": "NaN"})", &drift)),
              ElementsAre(Pair("temperature", "\"NaN\"")));
  EXPECT_EQ(drift.type_mismatches, 1u);
}

TEST(DecodeTest, TheLocaleIsOfNoConsequence) {
  // Not installed everywhere; where it is, its decimal point is a comma.
  const char* set = std::setlocale(LC_NUMERIC, "de_DE.UTF-8");
  EXPECT_EQ(Decoded<Chat>(R"({"temperature": 0.75})").temperature(), 0.75);
  EXPECT_EQ(Encoded(FromText<Chat>("temperature: 0.75"), AsAnswer()), R"({"temperature":0.75})");
  if (set != nullptr) std::setlocale(LC_NUMERIC, "C");
}

TEST(DecodeTest, KeysWithHyphensAndEscapesAreFound) {
  EXPECT_EQ(Decoded<Chat>(R"({"prompt-tokens": 7})").prompt_tokens(), 7);
  EXPECT_EQ(Decoded<Chat>(R"({"mod\u0065l": "m"})").model(), "m");
}

// --- What does not fit -------------------------------------------------------

TEST(DecodeTest, UnknownKeysAreKeptVerbatim) {
  Drift drift;
  const auto chat = Decoded<Chat>(
      R"({"a": {"x" : [1,  2.50, {"y":"\u00e9"}]} ,"b":1e400, "c" :"s","d":true,"e" : [ ] ,)"
      R"("model":"m","f":123456789012345678901234567890 ,"g":-0})",
      &drift);
  EXPECT_THAT(Extras(chat),
              UnorderedElementsAre(Pair("a", R"({"x" : [1,  2.50, {"y":"\u00e9"}]})"),
                                   Pair("b", "1e400"), Pair("c", "\"s\""), Pair("d", "true"),
                                   Pair("e", "[ ]"), Pair("f", "123456789012345678901234567890"),
                                   Pair("g", "-0")));
  EXPECT_EQ(chat.model(), "m");
  EXPECT_EQ(drift.unknown_keys, 7u);
  EXPECT_EQ(drift.repaired_strings, 0u);
}

TEST(DecodeTest, AnUnknownKeyThatIsNullIsAbsent) {
  Drift drift;
  EXPECT_THAT(Extras(Decoded<Chat>(R"({"new": null})", &drift)), IsEmpty());
  EXPECT_EQ(drift.unknown_keys, 1u);
}

TEST(DecodeTest, TheNamesOfOurFieldsAreNoKeys) {
  EXPECT_THAT(Extras(Decoded<Resource>(R"({"display_name": "x", "extraJson": {}})")),
              UnorderedElementsAre(Pair("display_name", "\"x\""), Pair("extraJson", "{}")));
}

struct Misfit {
  const char* key;
  const char* value;
};

TEST(DecodeTest, ValuesThatDoNotFitAreKeptVerbatim) {
  const Misfit kMisfits[] = {
      {"model", "1"},
      {"model", "{\"a\":[{}]}"},
      {"model", "[]"},
      {"seed", "1.5"},
      {"seed", "true"},
      {"seed", "\"1.0\""},
      {"seed", "\"\""},
      {"seed", "\" 1\""},
      {"seed", "9223372036854775808"},
      {"seed", "1e19"},
      {"seed", "1e-1"},
      {"seed", "1e999999999999999999999"},
      {"temperature", "\"1\""},
      {"temperature", "1e309"},
      {"temperature", "1e-400"},
      {"prompt-tokens", "2147483648"},
      {"prompt-tokens", "\"1\""},
      {"no_extra", "[]"},
      {"noExtra", "[]"},
      {"numbers", "1"},
      {"numbers", "{}"},
      {"numbers", "[1, 2, \"3\"]"},
      {"numbers", "[1, null]"},
      {"numbers", "[[1], 2]"},
      {"tools", "[{}, null, 1]"},
      {"schemas", "{\"a\": {}, \"b\": null}"},
      {"schemas", "[]"},
      {"bias", "{\"a\": 1, \"b\": \"x\", \"c\": {}}"},
      {"bias", "{\"a\": {\"b\": {}}}"},
      {"matrix", "[[1], [2, \"x\", [3]], 4]"},
      {"topScores", "[{\"a\": 1}, {\"b\": null}]"},
      {"modes", "[\"FAST\", \"NEWER\", {\"a\": 1}]"},
      {"mode", "true"},
  };
  for (const Misfit& misfit : kMisfits) {
    const std::string text =
        std::string("{\"") + misfit.key + "\" : " + misfit.value + " , \"type\":\"t\"}";
    Drift drift;
    const auto chat = Decoded<Chat>(text, &drift);
    EXPECT_THAT(Extras(chat), ElementsAre(Pair(misfit.key, misfit.value)));
    EXPECT_TRUE(drift.any()) << text;
    Chat rest = chat;
    rest.clear_extra_json();
    EXPECT_THAT(rest, EqualsText("type: 't'")) << text;
  }
}

TEST(DecodeTest, EnumsComeByNameOrKnownNumber) {
  Drift drift;
  EXPECT_EQ(Decoded<Chat>(R"({"mode": 2})", &drift).mode(), Chat::SLOW);
  EXPECT_FALSE(drift.any());
  EXPECT_THAT(Extras(Decoded<Chat>(R"({"mode": "NEWER"})", &drift)),
              ElementsAre(Pair("mode", "\"NEWER\"")));
  EXPECT_THAT(Extras(Decoded<Chat>(R"({"mode": 17})", &drift)), ElementsAre(Pair("mode", "17")));
  EXPECT_THAT(Extras(Decoded<Chat>(R"({"modes": ["FAST", "NEWER"]})", &drift)),
              ElementsAre(Pair("modes", R"(["FAST", "NEWER"])")));
  EXPECT_EQ(drift.unknown_enum_values, 3u);
  EXPECT_EQ(drift.type_mismatches, 0u);
}

TEST(DecodeTest, TimesThatATimestampCannotHoldAreKept) {
  EXPECT_THAT(Extras(Decoded<Resource>(R"({"updateTime": "2016-12-31T23:59:60Z"})")),
              ElementsAre(Pair("updateTime", "\"2016-12-31T23:59:60Z\"")));
  EXPECT_THAT(Extras(Decoded<Resource>(R"({"updateTime": 17})")),
              ElementsAre(Pair("updateTime", "17")));
  EXPECT_THAT(Extras(Decoded<Resource>(R"({"readMask": "a_b"})")),
              ElementsAre(Pair("readMask", "\"a_b\"")));
}

TEST(DecodeTest, TheInnermostMessageKeepsWhatDoesNotFit) {
  const auto chat = Decoded<Chat>(R"({"parts": [{"type": "text", "text": 1, "new": 2}]})");
  EXPECT_THAT(Extras(chat), IsEmpty());
  EXPECT_THAT(Extras(chat.parts(0).text()),
              UnorderedElementsAre(Pair("text", "1"), Pair("new", "2")));
}

TEST(DecodeTest, AMessageWithoutExtrasDropsAndCounts) {
  Drift drift;
  const auto chat = Decoded<Chat>(R"({"noExtra": {"value": "x", "new": {"a": [1]}}})", &drift);
  EXPECT_THAT(chat, EqualsText("no_extra {}"));
  EXPECT_EQ(drift.type_mismatches, 1u);
  EXPECT_EQ(drift.unknown_keys, 1u);
}

TEST(DecodeTest, OfTwoMembersOfAOneofTheSecondIsKeptAsText) {
  Drift drift;
  const auto flag = Decoded<Chat>(R"({"flag": {"left": "l", "right": 1}})", &drift).flag();
  EXPECT_EQ(flag.left(), "l");
  EXPECT_THAT(Extras(flag), ElementsAre(Pair("right", "1")));
  EXPECT_EQ(drift.type_mismatches, 1u);
  EXPECT_EQ(Decoded<Chat>(R"({"flag": {"left": null, "right": 1}})").flag().right(), 1);
}

// --- Duplicates --------------------------------------------------------------

TEST(DecodeTest, OfDuplicateKeysTheLastWins) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"({"model": "a", "model": "b"})", "model: 'b'"},
      {R"({"model": "a", "model": 1})", "extra_json {key: 'model' value: '1'}"},
      {R"({"model": 1, "model": "b"})", "model: 'b'"},
      {R"({"model": 1, "model": 2})", "extra_json {key: 'model' value: '2'}"},
      {R"({"model": "a", "model": null})", ""},
      {R"({"model": 1, "model": null})", ""},
      {R"({"numbers": [1, 2], "numbers": [3]})", "numbers: 3"},
      {R"({"noExtra": {"value": 1}, "noExtra": {}})", "no_extra {}"},
      {R"({"bias": {"a": 1, "a": 2}})", "bias {key: 'a' value: 2}"},
      {R"({"new": 1, "new": 2})", "extra_json {key: 'new' value: '2'}"},
      {R"({"new": 1, "new": null})", ""},
      {R"({"part": {"type": "image", "type": "text", "text": "t"}})",
       "part {text {text: 't'}}"},
  };
  for (const auto& [text, expected] : kCases) {
    Drift drift;
    EXPECT_THAT(Decoded<Chat>(text, &drift), EqualsText(expected)) << text;
    EXPECT_EQ(drift.duplicate_keys, 1u) << text;
  }
}

TEST(DecodeTest, ManyDuplicatesInAMapLeaveOneEntryEach) {
  Drift drift;
  const auto chat = Decoded<Chat>(
      R"({"bias": {"a":1,"b":1,"a":2,"c":1,"b":2,"a":3,"d":1}})", &drift);
  EXPECT_THAT(chat.bias(), UnorderedElementsAre(Pair("a", 3), Pair("b", 2), Pair("c", 1),
                                                Pair("d", 1)));
  EXPECT_EQ(drift.duplicate_keys, 3u);
  EXPECT_EQ(chat.GetReflection()->FieldSize(chat, Chat::descriptor()->FindFieldByName("bias")), 4);
}

// --- Text that is not as it should be ----------------------------------------

TEST(DecodeTest, InvalidUtf8BecomesReplacementCharacters) {
  Drift drift;
  const auto chat = Decoded<Chat>(
      "{\"model\":\"a\xff\xe2\x82z\",\"new\":\"\xc0\\ud800x\",\"x\":\"\\udc00\\ud83d\\ude00\"}",
      &drift);
  EXPECT_EQ(chat.model(), "a\uFFFD\uFFFDz");
  EXPECT_THAT(Extras(chat),
              UnorderedElementsAre(Pair("new", "\"\uFFFD\uFFFDx\""),
                                   Pair("x", "\"\uFFFD\\ud83d\\ude00\"")));
  EXPECT_EQ(drift.repaired_strings, 3u);
  // The first pass has left nothing behind.
  EXPECT_EQ(drift.unknown_keys, 2u);
}

TEST(DecodeTest, OneByteOrderMarkIsSkipped) {
  EXPECT_EQ(Decoded<Chat>("\xEF\xBB\xBF {\"model\":\"m\",\"new\": 1}").model(), "m");
  EXPECT_FALSE(DecodeStatus<Chat>("\xEF\xBB\xBF\xEF\xBB\xBF{}").ok());
}

TEST(DecodeTest, ErrorsSayWhereAndWhatWasExpected) {
  const std::pair<std::string, const char*> kCases[] = {
      {"", "invalid JSON at byte 1: while parsing value - unexpected end of input"},
      {"{\"a\" 1}", "invalid JSON at byte 6: while parsing object separator - unexpected number "
                    "literal; expected ':'"},
      {"{\"a\":1}x", "invalid JSON at byte 8: while parsing value - invalid literal; expected end "
                     "of input"},
      {"{\"a\":[1,]}", "invalid JSON at byte 9: while parsing value - unexpected ']'"},
      {std::string("{}\0", 3), "invalid JSON at byte 3: unexpected NUL; expected end of input"},
      {std::string("{}\0{}", 5), "invalid JSON at byte 3: unexpected NUL; expected end of input"},
      {"{\"a\":01}", "invalid JSON at byte 7"},
      // Of what looks like one number the parser reads the first digit.
      {"{\"seed\":01e}", "invalid JSON at byte 12"},
      {"{\"seed\":01e", "invalid JSON at byte 12"},
      {"{\"a\":1e999x}", "invalid JSON at byte"},
      {"{\"a\":\"\n\"}", "invalid JSON at byte 7"},
      {"{\"a\":NaN}", "invalid JSON at byte"},
      {"\xff{}", "invalid JSON at byte 1"},
      {"[]", "byte 1: expected the JSON form of fireworks.json.testing.Chat"},
      {" null", "byte 2: expected the JSON form of fireworks.json.testing.Chat"},
  };
  for (const auto& [text, words] : kCases) {
    const absl::Status status = DecodeStatus<Chat>(text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(words)) << text;
  }
}

TEST(DecodeTest, AnExponentOfAnySizeDoesNotOverflow) {
  for (const char* number : {"10e9223372036854775807", "0.1e-9223372036854775808",
                             "1e99999999999999999999", "10e-99999999999999999999"}) {
    const auto chat = Decoded<Chat>(absl::StrCat("{\"seed\":", number, "}"));
    EXPECT_FALSE(chat.has_seed()) << number;
    EXPECT_EQ(Extras(chat)["seed"], number);
  }
}

TEST(DecodeTest, EveryPrefixIsRefused) {
  const std::string text =
      R"({"model":"a\u00e9\"","numbers":[1,2],"new":{"x":[true,null]},"parts":[{"type":"text"}]})";
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(DecodeStatus<Chat>(text.substr(0, length)).ok()) << text.substr(0, length);
  }
}

TEST(DecodeTest, DepthIsCapped) {
  const auto nested = [](int depth) {
    return "{\"new\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(DecodeStatus<Chat>(nested(128)).ok());
  const absl::Status status = DecodeStatus<Chat>(nested(129));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  DecodeOptions options;
  options.max_depth = 2;
  EXPECT_TRUE(DecodeStatus<Chat>(nested(2), options).ok());
  EXPECT_FALSE(DecodeStatus<Chat>(nested(3), options).ok());
  // Invalid further on: the cap comes first.
  EXPECT_EQ(DecodeStatus<Chat>("{\"a\":" + std::string(100000, '[')).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(DecodeTest, ADecoderForgetsWhatCameBefore) {
  Decoder decoder;
  Chat chat;
  Drift drift;
  for (const char* broken : {"{\"new\":[1", "{\"parts\":[{\"type\":\"text\",\"a\":", "[", "{}"}) {
    (void)decoder.Decode(TableOf<Chat>(), broken, {}, &chat, &drift);
    ASSERT_TRUE(decoder.Decode(TableOf<Chat>(), R"({"new":1,"numbers":[4]})", {}, &chat, &drift)
                    .ok());
    EXPECT_THAT(chat, EqualsText("numbers: 4 extra_json {key: 'new' value: '1'}"));
  }
  EXPECT_EQ(drift.unknown_keys, 4u);
}

}  // namespace
}  // namespace fireworks::json::testing
