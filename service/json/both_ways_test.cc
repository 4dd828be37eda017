// The fast way of decoding gives what the slow one gives, on samples and on all
// that is one byte away from them. property_test.cc does the same on random text.
#include "service/json/both_ways.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/json/codec_fixture.h"

namespace fireworks::json::testing {
namespace {

const std::vector<std::string>& Samples() {
  static const auto* const samples = new std::vector<std::string>{
      R"({"model":"m","seed":12,"temperature":-0.5e1,"content":"hi","numbers":[1,-2,3]})",
      R"( { "model" : "a b" , "seed" : null , "numbers" : [ ] , "new" : { "x" : [ 1 , {} ] } } )",
      R"({"content":[{"type":"text","text":"\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00"}]})",
      "{\"model\":\"Z\u00fcrich \u20ac \U0001F600 and on\",\"contents\":[\"\u00e9\",\"b\"]}",
      R"({"parts":[{"index":1,"type":"text","text":"a","index2":2},{"type":"image","url":"u"}]})",
      R"({"part":{"text":"a","index":7,"x":[true],"type":"text","y":"z"},"strict_part":{}})",
      R"({"strictPart":{"type":"text","text":"t","more":1},"parts":[{"type":"new","a":{}}]})",
      R"({"prompt":[[1,2],[3]],"matrix":[[],[1]],"topScores":[{"a":1.5,"b":2},{}]})",
      R"({"prompt":["a","b"],"choice":7,"wrapped":0.25,"arguments":{"a":1e999}})",
      R"({"output":{"type":"message","content":"c"},"outputs":[{"tool_call_id":"i"},{"id":"x"}]})",
      R"({"schema":{"b":1,"a":[null]},"tools":[1,"\u0041"],"schemas":{"s":{}},"bias":{"x":-1}})",
      R"({"mode":"FAST","modes":["SLOW",1],"flag":{"left":"l"},"prompt-tokens":3})",
      R"({"contentByName":{"a":"t","b":[{"type":"text"}]},"noExtra":{"value":1,"new":2}})",
      R"({"model":"a","model":"b","new":1,"new":2,"flag":{"left":"l","right":1}})",
      R"({"seed":"9223372036854775807","numbers":[2147483647,1.0,-0]})",
  };
  return *samples;
}

TEST(BothWaysTest, SamplesAreReadTheSameAndMostlyFast) {
  BothWays both;
  for (const std::string& text : Samples()) {
    EXPECT_TRUE(both.Agree(TableOf<Chat>(), Chat(), text));
  }
  EXPECT_EQ(both.read(), static_cast<int>(Samples().size()));
  // But the one with keys twice.
  EXPECT_EQ(both.read_fast(), both.read() - 1);
}

TEST(BothWaysTest, EveryPrefix) {
  BothWays both;
  for (const std::string& text : Samples()) {
    for (std::size_t length = 0; length < text.size(); ++length) {
      ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(), text.substr(0, length)));
    }
  }
}

TEST(BothWaysTest, EveryByteReplacedRemovedOrDoubled) {
  constexpr char kBytes[] =
      "{}[]\",:\\/u0019eE+-.tfna \n\t\x01\x7f\x80\xa0\xc3\xe2\xed\xf0\xff";
  BothWays both;
  for (const std::string& text : Samples()) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string changed = text;
      for (const char byte : kBytes) {
        changed[i] = byte;
        ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(), changed));
      }
      ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(), std::string(text).erase(i, 1)));
      ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(), std::string(text).insert(i, 1, text[i])));
    }
  }
  EXPECT_GT(both.read_fast(), 1000);
}

TEST(BothWaysTest, NumbersOfEverySpellingAndRange) {
  BothWays both;
  for (const char* number :
       {"0", "-0", "00", "01", "-", "+1", "1.", ".5", "1e", "1e+", "1e5", "1E-2", "1.50", "0.0",
        "1e999", "-1e999", "1e-999", "2147483647", "2147483648", "-2147483648", "-2147483649",
        "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "18446744073709551615", "18446744073709551616", "999999999999999999",
        "1000000000000000000", "3.4028235e38", "3.5e38", "1e-46", "\"7\"", "\"-7\"", "\" 7\"",
        "\"\"", "\"NaN\"", "\"Infinity\"", "true", "null", "[]", "NaN"}) {
    for (const char* key : {"small", "large", "smallUnsigned", "largeUnsigned", "single", "real",
                            "color", "page_size", "pageSize", "truth", "text", "new"}) {
      const std::string member = absl::StrCat("{\"", key, "\":");
      ASSERT_TRUE(both.Agree(TableOf<Plain>(), Plain(), absl::StrCat(member, number, "}")));
      ASSERT_TRUE(both.Agree(TableOf<Plain>(), Plain(), absl::StrCat(member, number, " }")));
      ASSERT_TRUE(both.Agree(TableOf<Plain>(), Plain(),
                             absl::StrCat("{\"", key, "s\":[", number, ",", number, "]}")));
      ASSERT_TRUE(both.Agree(TableOf<Plain>(), Plain(),
                             absl::StrCat("{\"", key, "ByName\":{\"a\":", number, "}}")));
    }
  }
  EXPECT_GT(both.read_fast(), 200);
}

TEST(BothWaysTest, StringsOfEveryLengthWithSomethingAtEachPlace) {
  BothWays both;
  const auto agree = [&both](absl::string_view before, absl::string_view text,
                             absl::string_view after) {
    return both.Agree(TableOf<Chat>(), Chat(), absl::StrCat(before, text, after));
  };
  const std::vector<std::string> unusual = {
      "\\n",        "\\\"",     "\\\\",   "\\x",   "\\u00e9",  "\\ud83d\\ude00",
      "\\ud83d",    "\\ude00", "\u00e9", "\u20ac", "\U0001F600", "\xff",
      "\xe2\x82",   "\x1f",    "\x7f",   "\""};
  for (std::size_t length = 0; length < 20; ++length) {
    for (std::size_t at = 0; at <= length; ++at) {
      for (const std::string& piece : unusual) {
        const std::string text = std::string(length, 'a').insert(at, piece);
        ASSERT_TRUE(agree("{\"model\":\"", text, "\"}"));
        ASSERT_TRUE(agree("{\"new\":\"", text, "\"}"));
        ASSERT_TRUE(agree("{\"", text, "\":1}"));
      }
    }
  }
}

TEST(BothWaysTest, NestingOfEveryDepthAroundTheBounds) {
  BothWays both;
  for (int depth = 90; depth < 135; ++depth) {
    const auto repeated = [depth](absl::string_view piece) {
      std::string text;
      for (int i = 0; i < depth; ++i) absl::StrAppend(&text, piece);
      return text;
    };
    ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(),
                           absl::StrCat("{\"new\":", repeated("["), repeated("]"), "}")));
    ASSERT_TRUE(both.Agree(TableOf<Plain>(), Plain(),
                           absl::StrCat(repeated("{\"child\":"), "{}", repeated("}"))));
  }
  EXPECT_GT(both.read_fast(), 10);
}

TEST(BothWaysTest, ManyKeysAndLargeTexts) {
  BothWays both;
  for (const int count : {31, 32, 33, 200}) {
    std::string members;
    for (int i = 0; i < count; ++i) absl::StrAppend(&members, i == 0 ? "" : ",", "\"k", i, "\":1");
    ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(), absl::StrCat("{", members, "}")));
    ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(), absl::StrCat("{\"bias\":{", members, "}}")));
  }
  for (const std::size_t size : {127u, 128u, 16383u, 16384u, 1u << 20, 3u << 20}) {
    const std::string text(size, 'x');
    ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(), absl::StrCat("{\"content\":\"", text, "\"}")));
    ASSERT_TRUE(
        both.Agree(TableOf<Chat>(), Chat(), absl::StrCat("{\"content\":\"\\n", text, "\"}")));
    ASSERT_TRUE(both.Agree(TableOf<Chat>(), Chat(), absl::StrCat("{\"new\":\"", text, "\"}")));
  }
}

// A message is read into strings and submessages that are there already.
TEST(BothWaysTest, ADecodersMessageKeepsNothingOfTheOneBefore) {
  Decoder decoder;
  Chat chat;
  const std::vector<std::pair<const char*, const char*>> stream = {
      {R"({"model":"long enough for no small string","part":{"type":"text","text":"a","x":1}})",
       "model: 'long enough for no small string' "
       "part {text {text: 'a' extra_json {key: 'x' value: '1'}}}"},
      {R"({"model":"b","part":{"type":"image_url","url":"u"}})",
       "model: 'b' part {image {url: 'u'}}"},
      {R"({"part":{"type":"image_url"},"numbers":[1]})", "part {image {}} numbers: 1"},
      {R"({"part":{"type":"text","index":1}})", "part {text {} index: 1}"},
      {R"({})", ""},
  };
  for (const auto& [text, expected] : stream) {
    ASSERT_TRUE(decoder.Decode(TableOf<Chat>(), text, {}, &chat, nullptr).ok());
    EXPECT_THAT(chat, EqualsText(expected)) << text;
  }
}

}  // namespace
}  // namespace fireworks::json::testing
