// PATCH bodies: exactly what the mask names.
#include "absl/strings/str_split.h"
#include "service/json/codec_fixture.h"

namespace fireworks::json::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

google::protobuf::FieldMask Mask(absl::string_view paths) {
  google::protobuf::FieldMask mask;
  for (const absl::string_view path : absl::StrSplit(paths, ' ', absl::SkipEmpty())) {
    mask.add_paths(std::string(path));
  }
  return mask;
}

std::string Masked(const std::string& message, absl::string_view paths) {
  const google::protobuf::FieldMask mask = Mask(paths);
  EncodeOptions options;
  options.mask = &mask;
  return Encoded(FromText<Resource>(message), options);
}

std::vector<std::string> MaskViolations(const std::string& message, absl::string_view paths) {
  const google::protobuf::FieldMask mask = Mask(paths);
  EncodeOptions options;
  options.mask = &mask;
  return Violations(FromText<Resource>(message), options);
}

TEST(MaskTest, NamedFieldsAreSentUnsetOnesAsNull) {
  EXPECT_EQ(Masked("display_name: 'd' size_bytes: 3 state: READY", "size_bytes labels"),
            R"({"labels":null,"sizeBytes":"3"})");
  EXPECT_EQ(Masked("display_name: 'd'", "display_name settings"),
            R"({"displayName":"d","settings":null})");
}

TEST(MaskTest, RequiredIsNotEnforced) {
  EXPECT_EQ(Masked("history {replicas: 1}", "history"), R"({"history":[{"replicas":1}]})");
  EXPECT_EQ(Masked("", "display_name"), R"({"displayName":null})");
}

TEST(MaskTest, NestedPathsBuildNestedObjects) {
  EXPECT_EQ(Masked("settings {replicas: 2 region: 'r' limits {low: 1}}",
                   "settings.replicas settings.limits.low settings.limits.high"),
            R"({"settings":{"limits":{"high":null,"low":1},"replicas":2}})");
}

TEST(MaskTest, APathThroughAnUnsetMessageClearsOnlyItsLeaf) {
  EXPECT_EQ(Masked("", "settings.limits.low"), R"({"settings":{"limits":{"low":null}}})");
}

TEST(MaskTest, AWholeMessageReplacesTheUpstreams) {
  EXPECT_EQ(Masked("settings {replicas: 2 limits {low: 1} status: 's'}", "settings"),
            R"({"settings":{"replicas":2,"region":null,"limits":{"low":1,"high":null}}})");
  EXPECT_EQ(Masked("settings {replicas: 2}", "settings settings.region"),
            R"({"settings":{"replicas":2,"region":null,"limits":null}})");
}

TEST(MaskTest, TheStarWritesAllButOutputOnlyFields) {
  EXPECT_EQ(Masked("name: 'n' display_name: 'd' file: 'f' extra_json {key: 'x' value: '1'}", "*"),
            R"({"displayName":"d","sizeBytes":null,"state":null,"settings":null,"history":null,)"
            R"("states":null,"labels":null,"readMask":null,"ratio":null,"file":"f",)"
            R"("format":"JSONL"})");
}

TEST(MaskTest, OutputOnlyPathsAreLeftOut) {
  EXPECT_EQ(Masked("name: 'n' display_name: 'd'", "name display_name update_time"),
            R"({"displayName":"d"})");
  // An empty object would clear all of the settings.
  EXPECT_EQ(Masked("settings {status: 's'}", "settings.status"), "{}");
  EXPECT_EQ(Masked("size_bytes: 1 settings {status: 's'}", "settings.status size_bytes"),
            R"({"sizeBytes":"1"})");
}

TEST(MaskTest, ExtrasAreIgnoredUnlessNamed) {
  const std::string message = R"(
      display_name: "d" extra_json {key: "newField" value: "{\"a\" : 1}"}
      extra_json {key: "state" value: "\"NEWER\""} extra_json {key: "other" value: "2"}
      settings {region: "r" extra_json {key: "zone" value: "\"z\""}})";
  EXPECT_EQ(Masked(message, "display_name"), R"({"displayName":"d"})");
  EXPECT_EQ(Masked(message, "new_field"), R"({"newField":{"a" : 1}})");
  EXPECT_EQ(Masked(message, "newField"), R"({"newField":{"a" : 1}})");
  EXPECT_EQ(Masked(message, "extra_json.newField new_field"), R"({"newField":{"a" : 1}})");
  EXPECT_EQ(Masked(message, "extra_json"), R"({"newField":{"a" : 1},"other":2,"state":"NEWER"})");
  EXPECT_EQ(Masked(message, "state"), R"({"state":"NEWER"})");
  EXPECT_EQ(Masked(message, "settings.zone"), R"({"settings":{"zone":"z"}})");
}

TEST(MaskTest, PathsThatLeadNowhereAreNamed) {
  EXPECT_THAT(MaskViolations("", "nothing settings.nothing displayName"),
              ElementsAre(HasSubstr("update_mask: `displayName` is no field of "),
                          HasSubstr("update_mask: `nothing` is no field of "),
                          HasSubstr("update_mask: `settings.nothing` is no field of ")));
  EXPECT_THAT(MaskViolations("", "history.region labels.a display_name.x"),
              ElementsAre(HasSubstr("update_mask: `display_name` has no parts"),
                          HasSubstr("update_mask: `history` has no parts"),
                          HasSubstr("update_mask: `labels` has no parts")));
  EXPECT_THAT(MaskViolations("", "a..b"),
              ::testing::Contains(HasSubstr("`a..b` is no field path")));
  EXPECT_THAT(MaskViolations("", ""), ElementsAre(HasSubstr("update_mask: is required")));
}

TEST(MaskTest, SkippedFieldsAreLeftOut) {
  const google::protobuf::FieldMask mask = Mask("display_name ratio");
  const google::protobuf::FieldDescriptor* skip[] = {
      Resource::descriptor()->FindFieldByName("display_name")};
  EncodeOptions options;
  options.mask = &mask;
  options.skip = skip;
  EXPECT_EQ(Encoded(FromText<Resource>("display_name: 'd'"), options), R"({"ratio":null})");
}

}  // namespace
}  // namespace fireworks::json::testing
