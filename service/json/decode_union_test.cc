// Messages whose JSON is not an object with a key per field.
#include "service/json/codec_fixture.h"

namespace fireworks::json::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

struct Case {
  const char* json;
  const char* message;  // text format
};

class ShapeTest : public ::testing::TestWithParam<Case> {};

TEST_P(ShapeTest, Decodes) {
  EXPECT_THAT(Decoded<Chat>(GetParam().json), EqualsText(GetParam().message)) << GetParam().json;
}

const Case kUnwrap[] = {
    {R"({"matrix": []})", "matrix {}"},
    {R"({"matrix": [[], [1, 2]]})", "matrix {rows {} rows {values: 1 values: 2}}"},
    {R"({"topScores": [{"a": -1.5}, {}]})",
     "top_scores {values {key: 'a' value: -1.5}} top_scores {}"},
};
INSTANTIATE_TEST_SUITE_P(Unwrap, ShapeTest, ::testing::ValuesIn(kUnwrap));

const Case kByJsonType[] = {
    {R"({"content": "hi"})", "content {text: 'hi'}"},
    {R"({"content": ""})", "content {text: ''}"},
    {R"({"content": null})", ""},
    {R"({"content": []})", "content {parts {}}"},
    {R"({"content": [{"type": "text", "text": "t"}]})",
     "content {parts {values {text {text: 't'}}}}"},
    {R"({"contents": ["a", []]})", "contents {text: 'a'} contents {parts {}}"},
    {R"({"contentByName": {"k": "v"}})", "content_by_name {key: 'k' value {text: 'v'}}"},
    {R"({"choice": true})", "choice {flag: true}"},
    {R"({"choice": 3})", "choice {count: 3}"},
    {R"({"choice": 3.0})", "choice {share: 3}"},
    {R"({"choice": 0.5})", "choice {share: 0.5}"},
    {R"({"choice": "x"})", "choice {name: 'x'}"},
    {R"({"wrapped": 3})", "wrapped {scalar {count: 3}}"},
    {R"({"wrapped": {"left": "l"}})", "wrapped {object {left: 'l'}}"},
};
INSTANTIATE_TEST_SUITE_P(ByJsonType, ShapeTest, ::testing::ValuesIn(kByJsonType));

const Case kByElements[] = {
    {R"({"prompt": "a"})", "prompt {text: 'a'}"},
    {R"({"prompt": ["a", "b"]})", "prompt {texts {values: 'a' values: 'b'}}"},
    {R"({"prompt": [1, 2]})", "prompt {tokens {values: 1 values: 2}}"},
    {R"({"prompt": [ [1], [] ]})", "prompt {batches {rows {values: 1} rows {}}}"},
    {R"({"prompt": []})", "prompt {texts {}}"},
};
INSTANTIATE_TEST_SUITE_P(ByElements, ShapeTest, ::testing::ValuesIn(kByElements));

const Case kRawArms[] = {
    {R"({"prompt": 7 })", "prompt {unknown_json: '7'}"},
    {R"({"prompt": {"a" : 1} })", "prompt {unknown_json: '{\"a\" : 1}'}"},
    {R"({"prompt": ["a", 1] })", "prompt {unknown_json: '[\"a\", 1]'}"},
    {R"({"prompt": [null] })", "prompt {unknown_json: '[null]'}"},
    {R"({"prompt": [1, 1e10, [2]] })", "prompt {unknown_json: '[1, 1e10, [2]]'}"},
    // An arm that turns out not to fit gives the value back.
    {R"({"prompt": [1, 5000000000, 2] })", "prompt {unknown_json: '[1, 5000000000, 2]'}"},
    {R"({"prompt": [[1], [2, "x", {"y": []}], [3]] })",
     "prompt {unknown_json: '[[1], [2, \"x\", {\"y\": []}], [3]]'}"},
    {R"({"arguments": "{}"})", "arguments {text: '{}'}"},
    {R"({"arguments": {"b" : 1, "a": 2} })", "arguments {json: '{\"b\" : 1, \"a\": 2}'}"},
    {R"({"arguments": [1] })", "arguments {json: '[1]'}"},
    {R"({"schema": {"type" : "object"} })", "schema: '{\"type\" : \"object\"}'"},
    {R"({"schema": "text"})", "schema: '\"text\"'"},
    {R"({"tools": [ {"a" : 1}, 2, "x" ]})", "tools: '{\"a\" : 1}' tools: '2' tools: '\"x\"'"},
    {R"({"schemas": {"k" : [ 1 ]}})", "schemas {key: 'k' value: '[ 1 ]'}"},
};
INSTANTIATE_TEST_SUITE_P(RawArms, ShapeTest, ::testing::ValuesIn(kRawArms));

const Case kTagged[] = {
    {R"({"part": {"type": "text", "text": "t"}})", "part {text {text: 't'}}"},
    // The discriminator may come last, be escaped, and look like one deeper down.
    {R"({"part": {"x": {"type": "image_url"}, "text": "\"type\":", "typ\u0065": "te\u0078t"}})",
     "part {text {text: '\"type\":' extra_json {key: 'x' value: '{\"type\": \"image_url\"}'}}}"},
    {R"({"part": {"type": "text", "index": 3}})", "part {text {} index: 3}"},
    {R"({"part": {"type": "image_url", "url": "u"}})", "part {image {url: 'u'}}"},
    // Another of the arm's names is kept.
    {R"({"part": {"type": "image", "url": "u"}})",
     "part {image {url: 'u' extra_json {key: 'type' value: '\"image\"'}}}"},
    {R"({"part": {"type": "text", "index": "x", "new": [1]}})",
     "part {text {extra_json {key: 'index' value: '\"x\"'} "
     "extra_json {key: 'new' value: '[1]'}}}"},
    {R"({"part": {"type": "video", "index": 1, "url": "u"} })",
     "part {unknown_json: '{\"type\": \"video\", \"index\": 1, \"url\": \"u\"}'}"},
    {R"({"part": {"text": "t"} })", "part {unknown_json: '{\"text\": \"t\"}'}"},
    {R"({"part": {"type": 1} })", "part {unknown_json: '{\"type\": 1}'}"},
    {R"({"part": "text" })", "part {unknown_json: '\"text\"'}"},
    {R"({"part": null})", ""},
    {R"({"parts": [{"type": "text"}, 5, {}]})",
     "parts {text {}} parts {unknown_json: '5'} parts {unknown_json: '{}'}"},
    // Without a raw arm the key's message keeps it.
    {R"({"strictPart": {"type": "video"} })",
     "extra_json {key: 'strictPart' value: '{\"type\": \"video\"}'}"},
    {R"({"strictPart": "x"})", "extra_json {key: 'strictPart' value: '\"x\"'}"},
};
INSTANTIATE_TEST_SUITE_P(Tagged, ShapeTest, ::testing::ValuesIn(kTagged));

const Case kByKeys[] = {
    {R"({"output": {"type": "message", "content": "c"}})",
     "output {message {type: 'message' content: 'c'}}"},
    {R"({"output": {"content": "c", "type": "tool_output", "tool_call_id": "t"}})",
     "output {tool_output {type: 'tool_output' tool_call_id: 't' "
     "extra_json {key: 'content' value: '\"c\"'}}}"},
    {R"({"output": {"tool_call_id": "t"}})", "output {tool_output {tool_call_id: 't'}}"},
    {R"({"output": {"content": "c"}})", "output {message {content: 'c'}}"},
    {R"({"output": {"content": null}})", "output {message {}}"},
    // A discriminator of nobody's rules the probes out.
    {R"({"output": {"type": "search", "id": "i", "content": "c"}})",
     "output {tool_call {type: 'search' id: 'i' extra_json {key: 'content' value: '\"c\"'}}}"},
    {R"({"output": {}})", "output {tool_call {}}"},
    {R"({"outputs": [{"content": "c"}, {"id": "i"}]})",
     "outputs {message {content: 'c'}} outputs {tool_call {id: 'i'}}"},
    {R"({"outputs": [{"content": "c"}, 7] })",
     "extra_json {key: 'outputs' value: '[{\"content\": \"c\"}, 7]'}"},
};
INSTANTIATE_TEST_SUITE_P(ByKeys, ShapeTest, ::testing::ValuesIn(kByKeys));

const Case kNoArm[] = {
    {R"({"content": 5})", "extra_json {key: 'content' value: '5'}"},
    {R"({"content": {"a": 1} })", "extra_json {key: 'content' value: '{\"a\": 1}'}"},
    {R"({"contents": ["a", {"b": 1}, []] })",
     "extra_json {key: 'contents' value: '[\"a\", {\"b\": 1}, []]'}"},
    {R"({"contentByName": {"k": 1} })", "extra_json {key: 'contentByName' value: '{\"k\": 1}'}"},
    {R"({"choice": 3000000000})", "extra_json {key: 'choice' value: '3000000000'}"},
    {R"({"wrapped": []})", "extra_json {key: 'wrapped' value: '[]'}"},
};
INSTANTIATE_TEST_SUITE_P(NoArm, ShapeTest, ::testing::ValuesIn(kNoArm));

TEST(DecodeUnionTest, WhatNoArmTakesIsCounted) {
  Drift drift;
  Decoded<Chat>(R"({"content": 5, "prompt": 7, "part": {}, "strictPart": {}})", &drift);
  EXPECT_EQ(drift.unknown_variants, 4u);
  EXPECT_EQ(drift.type_mismatches, 0u);
}

TEST(DecodeUnionTest, UnionsAndContainersCanBeTheWholeText) {
  Content content;
  ASSERT_TRUE(Decode(TableOf<Content>(), "\"x\"", {}, &content, nullptr).ok());
  EXPECT_EQ(content.text(), "x");
  Matrix matrix;
  ASSERT_TRUE(Decode(TableOf<Matrix>(), "[[1]]", {}, &matrix, nullptr).ok());
  EXPECT_THAT(matrix.rows(0).values(), ElementsAre(1));
  Part part;
  ASSERT_TRUE(Decode(TableOf<Part>(), " {\"a\":1} ", {}, &part, nullptr).ok());
  EXPECT_EQ(part.unknown_json(), "{\"a\":1}");
}

TEST(DecodeUnionTest, AWholeTextThatIsNoObjectIsNoTaggedUnion) {
  for (const char* text : {"[1]", "17", "\"x\"", "null"}) {
    const absl::Status status = DecodeStatus<Part>(text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("expected the JSON form of"));
  }
}

TEST(DecodeUnionTest, WithoutAnyPlaceToKeepItAMisfitIsAnError) {
  const absl::Status status = DecodeStatus<Matrix>("[[1], \"x\"]");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("byte 7: expected the JSON form of"));
}

}  // namespace
}  // namespace fireworks::json::testing
