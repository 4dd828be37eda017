#include "tests/simulator/resource_query.h"

#include "gmock/gmock.h"
#include "tests/simulator/operation.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

const Type& Deployment() {
  return *OperationTable::Upstream().types().at("accounts/*/deployments/*").message;
}

Json Sample() {
  Json json = EmptyMessage(Deployment());
  json["displayName"] = "a \"b\" & c";
  json["state"] = "READY";
  json["minReplicaCount"] = 3;
  json["enableAddons"] = true;
  json["status"] = {{"code", "OK"}, {"message", ""}};
  json["annotations"] = {{"team", "search"}};
  json["createTime"] = "2026-01-15T09:30:00Z";
  return json;
}

bool Matches(const std::string& filter) {
  const auto parsed = ListFilter::Parse(Deployment(), filter);
  EXPECT_TRUE(parsed.ok()) << filter << ": " << parsed.status();
  return parsed.ok() && parsed->Matches(Sample());
}

TEST(ListFilterTest, ComparesByType) {
  for (const char* filter :
       {"", "state=READY", "state = \"READY\"", "display_name = \"a \\\"b\\\" & c\"",
        "displayName='a \"b\" & c'", "min_replica_count=3", "enable_addons = true",
        "status.code=OK", "annotations.team = search", "description = \"\"",
        "create_time = \"2026-01-15T10:30:00+01:00\"", "state != CREATING",
        "state=READY AND minReplicaCount=3 AND status.code != INTERNAL",
        "annotations.none = \"\"", "replicaStats.readyReplicaCount = 0"}) {
    EXPECT_TRUE(Matches(filter)) << filter;
  }
  for (const char* filter : {"state=CREATING", "state != READY", "min_replica_count=4",
                             "state=READY AND minReplicaCount=4", "annotations.team != search"}) {
    EXPECT_FALSE(Matches(filter)) << filter;
  }
}

TEST(ListFilterTest, WhatIsNotUnderstoodIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"nope=1", "nope"},
      {"status.nope=1", "status.nope"},
      {"status=OK", "status"},
      {"state:READY", "\"state :\""},
      {"minReplicaCount>=3", "\"minReplicaCount >=\""},
      {"state=READY OR state=CREATING", "\"OR\""},
      {"(state=READY)", "\"( state\""},
      {"NOT state=READY", "\"NOT state\""},
      {"state=", "ends"},
      {"state=READY AND", "ends"},
      {"state=\"READY", "not closed"},
      {"state=NO_STATE", "NO_STATE"},
      {"minReplicaCount=many", "many"},
      {"a=\"b\" & c", "a"},
  };
  for (const auto& [filter, words] : cases) {
    const absl::Status status = ListFilter::Parse(Deployment(), filter).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << filter;
    EXPECT_THAT(std::string(status.message()), HasSubstr(words)) << filter;
  }
}

TEST(ListOrderTest, OrdersByEachTermInTurn) {
  const auto order = ListOrder::Parse(Deployment(), "state desc, min_replica_count");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_TRUE(order->Before({"READY", 1}, {"CREATING", 0}));
  EXPECT_TRUE(order->Before({"READY", 1}, {"READY", 2}));
  EXPECT_FALSE(order->Before({"READY", 2}, {"READY", 2}));
  EXPECT_EQ(order->Keys(Sample()), Json({"READY", 3}));
}

TEST(ListOrderTest, Int64AreComparedByValue) {
  const Type& dataset = *OperationTable::Upstream().types().at("accounts/*/datasets/*").message;
  const auto order = ListOrder::Parse(dataset, "exampleCount");
  EXPECT_TRUE(order->Before(Json::array({"9"}), Json::array({"10"})));
  EXPECT_FALSE(order->Before(Json::array({"10"}), Json::array({"9"})));
}

TEST(ListOrderTest, WhatIsNotUnderstoodIsNamed) {
  for (const char* order : {"nope", "state up", "state,,name", "status", "state asc desc"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ListOrder::Parse(Deployment(), order).status())) << order;
  }
}

TEST(PageTokenTest, IsGoodForItsListOnly) {
  const std::string text = PageToken{Json::array({1, "x"}), "accounts/a/models/m"}.Text("list");
  const auto token = PageToken::Parse(text, "list");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->keys, Json::array({1, "x"}));
  EXPECT_EQ(token->name, "accounts/a/models/m");
  EXPECT_FALSE(PageToken::Parse(text, "other").ok());
  for (const char* bad : {" !", "e30", "W10", "WyJsaXN0IiwxLDJd"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(PageToken::Parse(bad, "list").status())) << bad;
  }
}

TEST(PageTokenTest, TakesAnyBytes) {
  EXPECT_FALSE(PageToken::Parse(PageToken{Json::array(), "n"}.Text("\xff"), "\xff").ok());
}

}  // namespace
}  // namespace fireworks::simulator
