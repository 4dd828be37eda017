// Every operation through the service: what the upstream is sent and what the
// caller receives, against expectations that come from the inventory alone.
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/cases.h"
#include "tests/conformance/contract_shapes.h"
#include "tests/conformance/exchange.h"
#include "tests/conformance/population.h"
#include "tests/conformance/received.h"
#include "tests/conformance/service_under_test.h"

namespace fireworks::conformance {
namespace {

using google::protobuf::MethodDescriptor;
using testing::IsEmpty;

// Each union has had each of its arms, and each enum its names, before.
constexpr int kMaxRounds = 40;

// Runs the service from before the first test to behind the last.
class ServiceEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    auto started = ServiceUnderTest::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    service_ = *std::move(started);
  }

  void TearDown() override { service_.reset(); }

  ServiceUnderTest& service() { return *service_; }

 private:
  std::unique_ptr<ServiceUnderTest> service_;
};

// GoogleTest owns it.
ServiceEnvironment* const environment = [] {
  auto owned = std::make_unique<ServiceEnvironment>();
  ServiceEnvironment* const unowned = owned.get();
  testing::AddGlobalTestEnvironment(owned.release());
  return unowned;
}();

class ServiceTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    method_ = FindMethod(GetParam().api(), GetParam().rpc());
    ASSERT_NE(method_, nullptr) << "the contract has no such RPC";
    maker_ = std::make_unique<ExchangeMaker>(TheInventory(), *GetParam().operation,
                                             GetParam().stream, *method_, &requests_);
  }

  // Makes a request and calls the service with it; checks what the upstream got.
  Outcome Call(Extent extent, const simulator::HttpResponse& response) {
    Exchange exchange = maker_->Make(extent);
    EXPECT_THAT(exchange.problems, IsEmpty());
    ServiceUnderTest::Result result =
        environment->service().Run(*method_, std::move(exchange), response);
    EXPECT_THAT(result.differences, IsEmpty());
    return std::move(result.outcome);
  }

  const MethodDescriptor* method_ = nullptr;
  Populator requests_{TheInventory()};
  std::unique_ptr<ExchangeMaker> maker_;
};

class OperationTest : public ServiceTest {
 protected:
  // Calls the service; all of the answer must be received.
  void CallAndReceive(Extent extent, const Value& answer) {
    const std::string text = ToJsonText(answer, Direction::kAnswer);
    const Outcome outcome = Call(extent, JsonAnswer(text));
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
    ASSERT_EQ(outcome.answers.size(), 1u);
    EXPECT_THAT(NotReceived(TheInventory(), answer, *outcome.answers[0]), IsEmpty());
  }

  Populator answers_{TheInventory()};
};

TEST_P(OperationTest, CarriesEveryFieldBothWays) {
  const Json& response = GetParam().operation->at("response");
  int round = 0;
  do {
    SCOPED_TRACE(round);
    CallAndReceive(Extent::kEverything,
                   answers_.Make(response, Extent::kEverything, /*unknown_keys=*/true));
    ++round;
  } while (!HasFailure() && round < kMaxRounds &&
           (round < 2 || !requests_.HadEveryChoice() || !answers_.HadEveryChoice()));
  EXPECT_TRUE(requests_.HadEveryChoice());
  EXPECT_TRUE(answers_.HadEveryChoice());
}

// Nothing is invented for a request that says no more than it must; answers may
// have nulls and empty lists.
TEST_P(OperationTest, CarriesNoMoreThanThereIs) {
  CallAndReceive(Extent::kRequired, answers_.Make(GetParam().operation->at("response"),
                                                  Extent::kNothing, /*unknown_keys=*/false));
}

INSTANTIATE_TEST_SUITE_P(Every, OperationTest, testing::ValuesIn(UnaryCases()),
                         [](const auto& info) { return info.param.Name(); });

// How the streams of a protocol go.
struct Protocol {
  bool named_events = false;
  // The last event's type, and that of an event that tells of a failure; empty:
  // events have no types, and each choice has a finish reason.
  std::string final_type;
  std::string failed_type;
  // The data behind the last event; empty: nothing.
  std::string done;
};

Protocol ProtocolOf(const std::string& rpc) {
  if (rpc == "StreamMessage") return {true, "message_stop", "error", ""};
  if (rpc == "StreamResponse") return {true, "response.completed", "response.failed", "[DONE]"};
  return {false, "", "", "[DONE]"};
}

class StreamTest : public ServiceTest {
 protected:
  // Choices times prompts, at most: the populator's `n` and its lists of two.
  static constexpr int kChoices = 4;

  // Of an event, or of the union's arm that it is; null when it has none.
  static Value* TypeOf(Value* event) {
    return FindPart(event->kind == Value::Kind::kUnion ? &event->parts[0] : event, "type");
  }

  // Events with every arm of every union and every name of every enum, but not of
  // the types that end a stream.
  std::vector<Value> MakeEvents() {
    Populator answers(TheInventory());
    std::vector<Value> events;
    for (int i = 0; i < 2 || !answers.HadEveryChoice(); ++i) {
      events.push_back(answers.Make(event_, Extent::kEverything, /*unknown_keys=*/true));
      const Value* type = TypeOf(&events.back());
      const bool ends = type != nullptr && (type->scalar == protocol_.final_type ||
                                            type->scalar == protocol_.failed_type);
      if (ends) events.pop_back();
    }
    return events;
  }

  // An event of that type: the arm of that type, or one whose type says so.
  Value MakeTyped(const std::string& type) {
    Populator answers(TheInventory());
    Value event = answers.Make(event_, Extent::kEverything, /*unknown_keys=*/true);
    if (event.kind != Value::Kind::kUnion) TypeOf(&event)->scalar = type;
    for (int i = 0; i < kMaxRounds && TypeOf(&event)->scalar != type; ++i) {
      event = answers.Make(event_, Extent::kEverything, /*unknown_keys=*/true);
    }
    EXPECT_EQ(TypeOf(&event)->scalar, type);
    return event;
  }

  // An event that tells that the generation failed.
  Value MakeFailure() {
    if (!protocol_.failed_type.empty()) return MakeTyped(protocol_.failed_type);
    Value event = MakeEvents()[0];
    FindPart(&FindPart(&event, "choices")->parts[0], "finish_reason")->scalar = "error";
    return event;
  }

  // Calls the service, which is answered with `events` and then with `rest`; every
  // event must be received. Returns the status.
  grpc::Status CallAndReceive(std::vector<Value> events, const std::vector<Event>& rest) {
    std::vector<Event> stream;
    for (Value& event : events) {
      const Value* type = TypeOf(&event);
      // A failure that is named so as well is a status and no message.
      const bool named = protocol_.named_events && type->scalar != protocol_.failed_type;
      stream.push_back({named ? type->scalar.get<std::string>() : "",
                        ToJsonText(event, Direction::kAnswer)});
    }
    stream.insert(stream.end(), rest.begin(), rest.end());
    const Outcome outcome = Call(Extent::kEverything, EventAnswer(stream));
    EXPECT_GE(outcome.answers.size(), events.size());
    for (std::size_t i = 0; i < events.size() && i < outcome.answers.size(); ++i) {
      SCOPED_TRACE(stream[i].data);
      EXPECT_THAT(NotReceived(TheInventory(), events[i], *outcome.answers[i]), IsEmpty());
    }
    return outcome.status;
  }

  // What follows the events of a complete stream.
  std::vector<Event> Rest() const {
    std::vector<Event> rest;
    for (int i = 0; protocol_.final_type.empty() && i < kChoices; ++i) {
      const Json choice = {{"index", i}, {"finish_reason", "stop"}};
      rest.push_back({"", Json{{"choices", {choice}}}.dump()});
    }
    if (!protocol_.done.empty()) rest.push_back({"", protocol_.done});
    return rest;
  }

  const Protocol protocol_ = ProtocolOf(GetParam().rpc());
  const Json& event_ = GetParam().stream->at("event");
};

TEST_P(StreamTest, CarriesEveryFieldBothWays) {
  int round = 0;
  do {
    SCOPED_TRACE(round);
    std::vector<Value> events = MakeEvents();
    if (!protocol_.final_type.empty()) events.push_back(MakeTyped(protocol_.final_type));
    const grpc::Status status = CallAndReceive(std::move(events), Rest());
    EXPECT_TRUE(status.ok()) << status.error_message();
    ++round;
  } while (!HasFailure() && round < kMaxRounds && !requests_.HadEveryChoice());
  EXPECT_TRUE(requests_.HadEveryChoice());
}

TEST_P(StreamTest, CarriesAFailureAsEventAndStatus) {
  const grpc::Status status = CallAndReceive({MakeEvents()[0], MakeFailure()}, Rest());
  EXPECT_FALSE(status.ok());
}

INSTANTIATE_TEST_SUITE_P(Every, StreamTest, testing::ValuesIn(StreamCases()),
                         [](const auto& info) { return info.param.Name(); });

// The tests above call what the upstream documents and what is known besides, and
// every RPC that reaches the upstream is among it.
TEST(CoverageTest, CallsEveryOperation) {
  int documented = 0;
  int undocumented = 0;
  std::set<const MethodDescriptor*> called;
  for (const Case& each : UnaryCases()) {
    ++(Is(*each.operation, "undocumented") ? undocumented : documented);
    called.insert(FindMethod(each.api(), each.rpc()));
  }
  EXPECT_EQ(documented, 206);
  EXPECT_EQ(undocumented, 3);
  for (const Case& each : StreamCases()) called.insert(FindMethod(each.api(), each.rpc()));
  EXPECT_EQ(StreamCases().size(), 4u);
  EXPECT_EQ(called.size(), 213u);
  EXPECT_EQ(called.count(nullptr), 0u);
  for (const MethodDescriptor* method : UpstreamMethods()) {
    EXPECT_EQ(called.count(method), 1u) << method->full_name();
  }
}

TEST(CoverageTest, FollowsEveryDeviation) { EXPECT_EQ(TheInventory().deviations(), 5); }

}  // namespace
}  // namespace fireworks::conformance
