// The checkers notice what is missing, different or too much. On the project's
// own inventory and contract, without a service.
#include <memory>
#include <string>
#include <vector>

#include "fireworks/gateway/v1/dataset_service.pb.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/cases.h"
#include "tests/conformance/contract_shapes.h"
#include "tests/conformance/exchange.h"
#include "tests/conformance/fill.h"
#include "tests/conformance/population.h"
#include "tests/conformance/received.h"

namespace fireworks::conformance {
namespace {

using gateway::v1::Dataset;
using gateway::v1::UpdateDatasetRequest;
using google::protobuf::Message;
using simulator::HttpRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Json& Operation(const char* rpc) {
  for (const Case& each : UnaryCases()) {
    if (each.rpc() == rpc) return *each.operation;
  }
  ADD_FAILURE() << rpc;
  return TheInventory().operations()[0];
}

// --- What a caller received -------------------------------------------------

class NotReceivedTest : public testing::Test {
 protected:
  NotReceivedTest() {
    // A message that holds all of the answer: made by the other walker.
    std::vector<std::string> problems;
    FillMessage(TheInventory(), answer_, &message_, &problems);
    EXPECT_THAT(problems, IsEmpty());
  }

  std::vector<std::string> Problems() const {
    return NotReceived(TheInventory(), answer_, message_);
  }

  Populator populator_{TheInventory()};
  const Json fact_ = {{"ref", "gatewayDataset"}};
  const Value answer_ = populator_.Make(fact_, Extent::kEverything, /*unknown_keys=*/true);
  Dataset message_;
};

TEST_F(NotReceivedTest, AcceptsAllOfTheAnswer) { EXPECT_THAT(Problems(), IsEmpty()); }

TEST_F(NotReceivedTest, NoticesAMissingScalar) {
  message_.clear_display_name();
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("displayName: is missing")));
}

TEST_F(NotReceivedTest, NoticesAWrongValue) {
  message_.set_state(Dataset::READY);
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("state: expected")));
}

TEST_F(NotReceivedTest, NoticesALostUnknownKey) {
  message_.mutable_extra_json()->clear();
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("extra_json: expected {\"x_unknown_")));
}

TEST_F(NotReceivedTest, NoticesAnUnknownKeyThatIsNotVerbatim) {
  for (auto& entry : *message_.mutable_extra_json()) entry.second += " ";
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("extra_json: expected")));
}

// Nothing is lost then, but a caller of the typed field would not find it.
TEST_F(NotReceivedTest, NoticesAKnownKeyInExtraJson) {
  (*message_.mutable_extra_json())["displayName"] = "1";
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("extra_json: expected")));
}

TEST_F(NotReceivedTest, NoticesWhatWasNotAnswered) {
  Value less = answer_;
  RemovePart(&less, "displayName");
  EXPECT_THAT(NotReceived(TheInventory(), less, message_),
              ElementsAre(HasSubstr("received display_name, which was not answered")));
}

TEST(NotReceivedUnionTest, NoticesAnotherArm) {
  Populator populator(TheInventory());
  const Json fact = {{"ref", "ChatMessage"}};
  const Value answer = populator.Make(fact, Extent::kEverything, /*unknown_keys=*/true);
  inference::v1::ChatMessage message;
  std::vector<std::string> problems;
  FillMessage(TheInventory(), answer, &message, &problems);
  ASSERT_THAT(problems, IsEmpty());
  ASSERT_THAT(NotReceived(TheInventory(), answer, message), IsEmpty());
  ASSERT_TRUE(message.content().has_text());
  message.mutable_content()->mutable_parts();
  EXPECT_THAT(NotReceived(TheInventory(), answer, message),
              ElementsAre(HasSubstr("content: expected the arm text, received parts")));
}

TEST(NotReceivedListTest, NoticesAMissingElement) {
  Populator populator(TheInventory());
  const Json& fact = Operation("ListDatasets").at("response");
  const Value answer = populator.Make(fact, Extent::kEverything, /*unknown_keys=*/true);
  gateway::v1::ListDatasetsResponse message;
  std::vector<std::string> problems;
  FillMessage(TheInventory(), answer, &message, &problems);
  ASSERT_THAT(NotReceived(TheInventory(), answer, message), IsEmpty());
  message.mutable_datasets()->RemoveLast();
  EXPECT_THAT(NotReceived(TheInventory(), answer, message),
              ElementsAre(HasSubstr("datasets size: expected 2, received 1")));
}

// --- What the upstream was sent ---------------------------------------------

// The request that is expected, as the upstream would get it.
HttpRequest AsSent(const ExpectedRequest& expected) {
  HttpRequest request;
  request.method = expected.verb;
  request.target = expected.path;
  request.headers = expected.headers;
  if (expected.body.has_value()) {
    request.headers.emplace_back("content-type", "application/json");
    request.body = expected.body->dump();
  }
  return request;
}

class DifferencesTest : public testing::Test {
 protected:
  DifferencesTest() {
    expected_.verb = "POST";
    expected_.path = "/v1/accounts/a%20b/models:do";
    expected_.query = {{"key", "a&b"}, {"list", "1"}, {"list", "2"}};
    expected_.headers = {{"accept", "application/json"}};
    expected_.body = Json{{"text", "é"}, {"count", 3}, {"parts", {{{"on", true}}}}};
    actual_ = AsSent(expected_);
    actual_.target += "?list=2&key=a%26b&list=1";
  }

  std::vector<std::string> Found() const { return Differences(expected_, actual_); }

  ExpectedRequest expected_;
  HttpRequest actual_;
};

TEST_F(DifferencesTest, AcceptsWhatIsExpected) { EXPECT_THAT(Found(), IsEmpty()); }

TEST_F(DifferencesTest, AcceptsAnotherSpellingOfANumber) {
  actual_.body = R"({"parts":[{"on":true}],"count":3.0e0,"text":"\u00e9"})";
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(DifferencesTest, NoticesAnotherVerb) {
  actual_.method = "PUT";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("verb")));
}

TEST_F(DifferencesTest, NoticesAnotherPath) {
  actual_.target.replace(actual_.target.find(":do"), 3, "%3Ado");
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("path")));
}

TEST_F(DifferencesTest, NoticesAnExtraQueryParameter) {
  actual_.target += "&more=1";
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("query")));
}

TEST_F(DifferencesTest, NoticesAMissingQueryParameter) {
  expected_.query.emplace_back("list", "2");
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("query")));
}

TEST_F(DifferencesTest, NoticesAMissingHeader) {
  actual_.headers.erase(actual_.headers.begin());
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("accept")));
}

TEST_F(DifferencesTest, NoticesAMissingKey) {
  expected_.body->at("parts")[0]["off"] = false;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("/parts/0/off")));
}

TEST_F(DifferencesTest, NoticesAWrongValue) {
  (*expected_.body)["count"] = 4;
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("/count")));
}

TEST_F(DifferencesTest, NoticesAnExtraKey) {
  expected_.body->erase("count");
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("/count")));
}

TEST_F(DifferencesTest, NoticesAKeyThatIsThereTwice) {
  actual_.body.insert(1, R"("count": 3, )");
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("a key twice")));
}

TEST_F(DifferencesTest, NoticesThatRawJsonWasRewritten) {
  expected_.verbatim = {R"({"on": true})"};
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("not byte by byte")));
}

TEST_F(DifferencesTest, NoticesABodyWhereNoneBelongs) {
  expected_.body.reset();
  EXPECT_THAT(Found(), ElementsAre(HasSubstr("body"), HasSubstr("content-type")));
}

// --- What is expected -------------------------------------------------------

class ExchangeTest : public testing::Test {
 protected:
  Exchange Make(const char* rpc, Extent extent) {
    Populator populator(TheInventory());
    Exchange exchange = ExchangeMaker(TheInventory(), Operation(rpc), nullptr,
                                      *FindMethod("gateway", rpc), &populator)
                            .Make(extent);
    EXPECT_THAT(exchange.problems, IsEmpty());
    return exchange;
  }
};

TEST_F(ExchangeTest, PathsAreEncodedAndQueriesAreNot) {
  const ExpectedRequest expected = Make("ListDatasets", Extent::kEverything).expected;
  EXPECT_EQ(expected.path,
            "/v1/accounts/n%C3%A9%201%22%26%3D%2B%3B%40%24%2C%27%28%29/datasets");
  EXPECT_EQ(expected.query.size(), 5u);
  EXPECT_EQ(expected.query.back(),
            (std::pair<std::string, std::string>("readMask",
                                                 "display_name,some_other.create_time")));
}

TEST_F(ExchangeTest, APatchSendsTheKeysThatAreNotTheUpstreams) {
  const Exchange exchange = Make("UpdateDataset", Extent::kEverything);
  const auto& request = dynamic_cast<const UpdateDatasetRequest&>(*exchange.requests[0]);
  EXPECT_TRUE(request.dataset().has_state());
  EXPECT_FALSE(exchange.expected.body->contains("state"));
  EXPECT_FALSE(exchange.expected.body->contains("name"));
  EXPECT_EQ(exchange.expected.body->at("displayName"), request.dataset().display_name());
}

TEST_F(ExchangeTest, AClearingPatchSendsNulls) {
  const Exchange exchange = Make("UpdateDataset", Extent::kRequired);
  EXPECT_GT(exchange.expected.body->size(), 3u);
  for (const auto& [key, value] : exchange.expected.body->items()) {
    EXPECT_TRUE(value.is_null()) << key;
  }
}

// --- What it is made of -----------------------------------------------------

// A list whose schema holds itself, and a union of two.
Json SmallFacts() {
  return Json::parse(R"({
    "names": {}, "operations": [], "streams": [],
    "schemas": {"Tree": {"type": "object", "fields": [
      {"key": "leaf", "type": "union", "arms": [{"type": "string"}, {"type": "integer"}]},
      {"key": "branches", "type": "array", "items": {"ref": "Tree"}}]}}})");
}

TEST(PopulatorTest, ASchemaInsideItselfHasAnEnd) {
  const auto inventory = Inventory::Make(SmallFacts(), Json::array());
  ASSERT_TRUE(inventory.ok()) << inventory.status();
  Populator populator(*inventory);
  const Json fact = {{"ref", "Tree"}};
  Value tree = populator.Make(fact, Extent::kEverything, /*unknown_keys=*/false);
  Value* branches = FindPart(&tree, "branches");
  ASSERT_NE(branches, nullptr);
  ASSERT_EQ(branches->parts.size(), 2u);
  EXPECT_EQ(FindPart(&branches->parts[0], "branches"), nullptr);
}

TEST(PopulatorTest, ArmsTakeTurns) {
  const auto inventory = Inventory::Make(SmallFacts(), Json::array());
  ASSERT_TRUE(inventory.ok()) << inventory.status();
  Populator populator(*inventory);
  const Json& fact = inventory->Resolve({{"ref", "Tree"}}).at("fields")[0];
  EXPECT_TRUE(populator.Make(fact, Extent::kEverything, false).parts[0].scalar.is_string());
  EXPECT_FALSE(populator.HadEveryChoice());
  EXPECT_TRUE(populator.Make(fact, Extent::kEverything, false).parts[0].scalar.is_number());
  EXPECT_TRUE(populator.HadEveryChoice());
}

TEST(InventoryTest, ADeviationWithoutAnExpectationIsRefused) {
  const Json deviations = {{{"finding", "missing field Model.name"}, {"reason", "because"}}};
  const auto inventory = Inventory::Make(SmallFacts(), deviations);
  ASSERT_FALSE(inventory.ok());
  EXPECT_THAT(std::string(inventory.status().message()), HasSubstr("missing field Model.name"));
}

}  // namespace
}  // namespace fireworks::conformance
