#include "tests/simulator/schema_example.h"

#include "gmock/gmock.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

Json Example(const char* schema) {
  return SchemaExample(Json::parse(schema), 5);
}

TEST(SchemaExampleTest, ObjectHasEveryPropertyInOrder) {
  const Json value =
      Example(R"({"type":"object","properties":{"z":{"type":"string"},"a":{"type":"integer"},)"
              R"("b":{"type":"boolean"},"c":{"type":"number"},"d":{"type":"null"}}})");
  ASSERT_EQ(value.size(), 5u);
  EXPECT_EQ(value.begin().key(), "z");
  EXPECT_TRUE(value["z"].is_string());
  EXPECT_TRUE(value["a"].is_number_integer());
  EXPECT_TRUE(value["b"].is_boolean());
  EXPECT_TRUE(value["c"].is_number_float());
  EXPECT_TRUE(value["d"].is_null());
}

TEST(SchemaExampleTest, ConstEnumAndDefaultDecide) {
  EXPECT_EQ(Example(R"({"const":7})"), 7);
  EXPECT_EQ(Example(R"({"type":"string","default":"d"})"), "d");
  const Json value = Example(R"({"enum":["x","y"]})");
  EXPECT_TRUE(value == "x" || value == "y");
}

TEST(SchemaExampleTest, BoundsAreKept) {
  EXPECT_GE(Example(R"({"type":"integer","minimum":100})"), 100);
  EXPECT_EQ(Example(R"({"type":"array","items":{"type":"integer"},"minItems":3})").size(), 3u);
  EXPECT_GE(Example(R"({"type":"string","minLength":80})").get<std::string>().size(), 80u);
}

TEST(SchemaExampleTest, UnionsAndReferencesAreFollowed) {
  EXPECT_TRUE(Example(R"({"anyOf":[{"type":"integer"},{"type":"null"}]})").is_number());
  EXPECT_TRUE(Example(R"({"type":["string","null"]})").is_string());
  EXPECT_EQ(Example(R"({"$ref":"#/$defs/x","$defs":{"x":{"const":1}}})"), 1);
  EXPECT_EQ(Example(R"({"allOf":[{"type":"object","properties":{"a":{"const":1}}},)"
                    R"({"type":"object","properties":{"b":{"const":2}}}]})")
                .dump(),
            R"({"a":1,"b":2})");
}

TEST(SchemaExampleTest, RecursiveSchemaEnds) {
  const Json value = Example(R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{)"
                             R"("l":{"$ref":"#/$defs/n"},"r":{"$ref":"#/$defs/n"}}}}})");
  EXPECT_TRUE(value["l"].is_object());
}

TEST(SchemaExampleTest, BrokenReferenceIsNull) {
  EXPECT_TRUE(Example(R"({"$ref":"#/missing/~9"})").is_null());
  EXPECT_TRUE(Example(R"({"$ref":"elsewhere"})").is_null());
}

}  // namespace
}  // namespace fireworks::simulator
