#include "service/json/schema.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "service/json/testdata/broken.pb.h"
#include "service/json/testdata/chat.pb.h"
#include "service/json/testdata/plain.pb.h"

namespace fireworks::json {
namespace {

using ::testing::HasSubstr;

TEST(SchemaTest, HasTheTablesOfAllThatRootsReach) {
  const auto schema = Schema::Compile({testing::Chat::descriptor()});
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_NE((*schema)->Find(testing::Chat::descriptor()), nullptr);
  EXPECT_NE((*schema)->Find(testing::TextPart::descriptor()), nullptr);
  EXPECT_EQ((*schema)->Find(testing::Plain::descriptor()), nullptr);
}

TEST(SchemaTest, ARecursiveMessageIsNoMistake) {
  const auto schema = Schema::Compile({testing::Plain::descriptor()});
  EXPECT_TRUE(schema.ok()) << schema.status();
}

TEST(SchemaTest, MistakesOfTheContractAreNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"RawJsonNumber", "RawJsonNumber.value: raw_json needs a string"},
      {"ExtraOfNumbers", "ExtraOfNumbers.extra_json: extra needs a map<string, string>"},
      {"ConstNumber", "ConstNumber.value: const_value needs a singular string"},
      {"NullWithoutPresence", "NullWithoutPresence.value: emit_null needs"},
      {"NumberKeys", "NumberKeys.values: a map's key must be a string"},
      {"FreeForm", "google.protobuf.Struct: has no JSON mapping here"},
      {"TwoUnwrapped", "TwoUnwrapped: SHAPE_UNWRAP needs exactly one field"},
      {"NoOneof", "NoOneof: a union needs a oneof `kind`"},
      {"TwoTexts", "TwoTexts.b: cannot be told from a"},
      {"TwoObjects", "TwoObjects.b: cannot be told from a: both are objects"},
      {"TwoLists", "TwoLists.b: cannot be told from a"},
      {"Untold", "Untold: SHAPE_TAGGED_UNION needs a discriminator"},
      {"Unnamed", "Unnamed.a: needs a discriminator_value"},
      {"NamedTwice", "NamedTwice.b: shares the discriminator_value x"},
      {"TaggedText", "TaggedText.a: an arm of a tagged union must be a message"},
      {"DiscriminatorIsField", "DiscriminatorIsField.a_object: has the discriminator a as a field"},
      {"SelfUnion", "SelfUnion: an untagged union within itself"},
  };
  for (const auto& [name, words] : cases) {
    const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
        "fireworks.json.testing.broken." + name);
    ASSERT_NE(type, nullptr) << name;
    const auto schema = Schema::Compile({type});
    EXPECT_EQ(schema.status().code(), absl::StatusCode::kFailedPrecondition) << name;
    EXPECT_THAT(std::string(schema.status().message()), HasSubstr(words));
  }
}

}  // namespace
}  // namespace fireworks::json
