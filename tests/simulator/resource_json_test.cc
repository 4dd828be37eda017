#include "tests/simulator/resource_json.h"

#include "gmock/gmock.h"
#include "tests/simulator/operation.h"
#include "tests/simulator/resource_value.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

const Type& MessageOf(const char* pattern) {
  return *OperationTable::Upstream().types().at(pattern).message;
}

const Type& Model() {
  return MessageOf("accounts/*/models/*");
}

// A model with these fields, as the server prints it.
absl::StatusOr<Json> Merged(const std::string& change, Json target = EmptyMessage(Model())) {
  const absl::Status status = MergeMessage(Model(), Json::parse(change), &target);
  if (!status.ok()) return status;
  return target;
}

TEST(ResourceJsonTest, UnsetFieldsArePresent) {
  const Json model = EmptyMessage(Model());
  EXPECT_EQ(model["description"], "");
  EXPECT_EQ(model["contextLength"], 0);
  EXPECT_EQ(model["public"], false);
  EXPECT_EQ(model["kind"], "KIND_UNSPECIFIED");
  EXPECT_EQ(model["deployedModelRefs"], Json::array());
  EXPECT_EQ(model["defaultSamplingParams"], Json::object());
  EXPECT_TRUE(model["baseModelDetails"].is_null());
  EXPECT_TRUE(model["createTime"].is_null());
  EXPECT_EQ(EmptyMessage(MessageOf("accounts/*/datasets/*"))["exampleCount"], "0");
  EXPECT_EQ(model.size(), Model().fields.size());
}

TEST(ResourceJsonTest, MessagesMergeMemberByMember) {
  const auto first = Merged(R"({"baseModelDetails": {"worldSize": 8, "moe": true}})");
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Merged(R"({"base_model_details": {"parameter_count": 7}})", *first);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ((*second)["baseModelDetails"]["worldSize"], 8);
  EXPECT_EQ((*second)["baseModelDetails"]["parameterCount"], "7");
  EXPECT_EQ((*second)["baseModelDetails"]["huggingfaceFiles"], Json::array());
}

TEST(ResourceJsonTest, NullClears) {
  const auto set = Merged(R"({"contextLength": 5, "peftDetails": {"r": 1}})");
  const auto cleared = Merged(R"({"contextLength": null, "peftDetails": null})", *set);
  EXPECT_EQ((*cleared)["contextLength"], 0);
  EXPECT_TRUE((*cleared)["peftDetails"].is_null());
}

TEST(ResourceJsonTest, WhatOnlyTheServerSetsIsPassedOver) {
  const auto model = Merged(R"({"name": "x", "state": "READY", "displayName": "d"})");
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)["name"], "");
  EXPECT_EQ((*model)["state"], "STATE_UNSPECIFIED");
  EXPECT_EQ((*model)["displayName"], "d");
}

TEST(ResourceJsonTest, BadFieldsAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"nope": 1})", "unknown field \"nope\""},
      {R"({"peftDetails": {"nope": 1}})", "unknown field \"peftDetails.nope\""},
      {R"({"displayName": 7})", "\"displayName\""},
      {R"({"public": "true"})", "\"public\""},
      {R"({"contextLength": 3000000000})", "\"contextLength\""},
      {R"({"contextLength": 1.5})", "\"contextLength\""},
      {R"({"kind": "NO_KIND"})", "\"kind\""},
      {R"({"peftDetails": []})", "\"peftDetails\""},
      {R"({"peftDetails": {"targetModules": ["a", 1]}})", "\"peftDetails.targetModules[1]\""},
      {R"({"peftDetails": {"targetModules": "a"}})", "\"peftDetails.targetModules\""},
  };
  for (const auto& [change, words] : cases) {
    const absl::Status status = Merged(change).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << change;
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }
}

TEST(ResourceJsonTest, RefusedChangeChangesNothing) {
  Json model = EmptyMessage(Model());
  EXPECT_FALSE(MergeMessage(Model(), {{"displayName", "d"}, {"nope", 1}}, &model).ok());
  EXPECT_EQ(model, EmptyMessage(Model()));
}

TEST(ResourceJsonTest, RequiredFieldsAreNamed) {
  const Type& deployment = MessageOf("accounts/*/deployments/*");
  EXPECT_THAT(std::string(CheckRequired(deployment, Json::object()).message()),
              HasSubstr("baseModel"));
  EXPECT_TRUE(CheckRequired(deployment, {{"base_model", "m"}}).ok());
  EXPECT_THAT(std::string(CheckRequired(Model(), {{"peftDetails", {{"r", 1}}}}).message()),
              HasSubstr("peftDetails.baseModel"));
}

TEST(ResourceValueTest, ScalarsArePrintedCanonically) {
  const auto canonical = [](Type::Kind kind, const Json& value) {
    Type type;
    type.kind = kind;
    return CanonicalScalar(type, value).value_or("refused");
  };
  using Kind = Type::Kind;
  EXPECT_EQ(canonical(Kind::kInt32, "7"), 7);
  EXPECT_EQ(canonical(Kind::kInt32, 7.0), 7);
  EXPECT_EQ(canonical(Kind::kInt64Text, 9007199254740993), "9007199254740993");
  EXPECT_EQ(canonical(Kind::kInt64Text, "-7"), "-7");
  EXPECT_EQ(canonical(Kind::kInt64Text, 18446744073709551615u), "refused");
  EXPECT_EQ(canonical(Kind::kInt64, "7"), 7);
  EXPECT_EQ(canonical(Kind::kDouble, 2.0).dump(), "2");
  EXPECT_EQ(canonical(Kind::kDouble, "0.5"), 0.5);
  EXPECT_EQ(canonical(Kind::kDouble, "NaN"), "NaN");
  EXPECT_EQ(canonical(Kind::kDouble, "x"), "refused");
  EXPECT_EQ(canonical(Kind::kBool, 1), "refused");
  EXPECT_EQ(canonical(Kind::kTimestamp, "2026-01-15T10:30:00.5+01:00"), "2026-01-15T09:30:00.500Z");
  EXPECT_EQ(canonical(Kind::kTimestamp, "2026-01-15T09:30:00Z"), "2026-01-15T09:30:00Z");
  EXPECT_EQ(canonical(Kind::kTimestamp, "yesterday"), "refused");
  EXPECT_EQ(canonical(Kind::kDuration, "1.5s"), "1.5s");
  EXPECT_EQ(canonical(Kind::kDuration, "1.5"), "refused");
  EXPECT_EQ(canonical(Kind::kJsonObject, Json::array()), "refused");
}

TEST(ResourceJsonTest, BodiesAreObjectsOrNothing) {
  EXPECT_EQ(*ParseBody(""), Json::object());
  EXPECT_FALSE(ParseBody("[]").ok());
  EXPECT_FALSE(ParseBody("{").ok());
  EXPECT_FALSE(ParseBody("{\"a\": \"\xff\"}").ok());
}

}  // namespace
}  // namespace fireworks::simulator
