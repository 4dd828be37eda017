// Nothing is lost: answers of a future upstream arrive whole, and requests can
// hold what the contract does not know.
#include <functional>
#include <string>
#include <vector>

#include "fireworks/gateway/v1/model_service.grpc.pb.h"
#include "fireworks/inference/v1/completion_service.grpc.pb.h"
#include "fireworks/inference/v1/message_service.grpc.pb.h"
#include "fireworks/inference/v1/response_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/fixtures.h"
#include "tests/e2e/inference_fixture.h"
#include "tests/e2e/json_in_message.h"
#include "tests/e2e/requests.h"

namespace fireworks::e2e {
namespace {

namespace v1 = fireworks::inference::v1;
using grpc::StatusCode;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::ordered_json;

// Calls `visit` with each value of the document, the innermost first.
void VisitValues(Json* value, const std::function<void(Json*)>& visit) {
  if (value->is_structured()) {
    for (Json& member : *value) VisitValues(&member, visit);
  }
  visit(value);
}

// A way in which an answer may differ from the contract, everywhere at once.
struct Drift {
  const char* name;
  std::function<void(Json*)> apply;
};

const std::vector<Drift>& Drifts() {
  static const auto* const kDrifts = new std::vector<Drift>{
      {"UnknownKeys",
       [](Json* value) {
         if (value->is_object()) (*value)["brand_new"] = {{"z", {1, "x", false}}, {"a", {}}};
       }},
      {"UnknownWords",
       [](Json* value) {
         if (value->is_string()) *value = value->get<std::string>() + "_NEW";
       }},
      {"OtherTypes",
       [](Json* value) {
         if (value->is_string()) {
           *value = {{"was", *value}};
         } else if (value->is_number()) {
           *value = "a number once";
         } else if (value->is_boolean()) {
           *value = {1, 2.5, nullptr};
         }
       }},
      {"HugeNumbers",
       [](Json* value) {
         if (value->is_number()) *value = 18446744073709551615u;
       }},
      {"Fractions",
       [](Json* value) {
         if (value->is_number()) *value = 0.5;
       }},
  };
  return *kDrifts;
}

class DriftTest : public InferenceTest, public testing::WithParamInterface<Fixture> {};

TEST_P(DriftTest, ArrivesWhole) {
  for (const Drift& drift : Drifts()) {
    SCOPED_TRACE(drift.name);
    std::vector<Document> documents = ReadDocuments(GetParam());
    for (Document& document : documents) VisitValues(&document.json, drift.apply);
    Script(MakeAnswer(GetParam(), documents));
    CallContext context;
    const Answer answer = GetParam().call(NewChannel(), &context);
    ASSERT_EQ(answer.messages.size(), documents.size()) << answer.status.error_message();
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const std::string text = documents[i].json.dump();
      EXPECT_THAT(LostFrom(json::parse(text), *answer.messages[i]), IsEmpty())
          << text << answer.messages[i]->DebugString();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, DriftTest, testing::ValuesIn(Fixtures()),
                         [](const auto& info) { return TestNameOf(info.param); });

class LosslessTest : public InferenceTest {
 protected:
  v1::AnthropicMessage Message(const std::string& body) {
    Script(simulator::JsonResponse(200, body));
    CallContext context;
    v1::AnthropicMessage answer;
    const grpc::Status status = Stub<v1::MessageService>()->CreateMessage(
        &context, MakeMessageRequest("hi"), &answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return answer;
  }

  // The status of a completion, and what upstream was sent.
  grpc::Status Complete(const v1::CompletionRequest& request) {
    Script(simulator::JsonResponse(200, R"({"id":"x"})"));
    CallContext context;
    v1::CompletionResponse response;
    const grpc::Status status =
        Stub<v1::CompletionService>()->CreateCompletion(&context, request, &response);
    const auto requests = upstream().requests();
    sent_ = requests.empty() ? "" : requests.back().body;
    return status;
  }

  std::string sent_;
};

TEST_F(LosslessTest, RawJsonKeepsOrderSpellingAndSize) {
  const v1::AnthropicMessage message = Message(
      R"({"content":[{"type":"tool_use","id":"t","name":"n","input":)"
      R"({"z" : 1.50, "a": 123456789012345678901234567890}}, )"
      R"({"type":"hologram", "z":1,"a":[2.0]}],)"
      R"("usage":{"cache_creation":{"b":1,"a":1e3}},"new": {"y":1,"x":100000000000000000000}})");
  EXPECT_EQ(message.content(0).tool_use().input(),
            R"({"z" : 1.50, "a": 123456789012345678901234567890})");
  // An unknown arm is kept whole.
  EXPECT_EQ(message.content(1).unknown_json(), R"({"type":"hologram", "z":1,"a":[2.0]})");
  EXPECT_EQ(message.usage().cache_creation(), R"({"b":1,"a":1e3})");
  EXPECT_EQ(message.extra_json().at("new"), R"({"y":1,"x":100000000000000000000})");
}

TEST_F(LosslessTest, OfTheManagementApiToo) {
  Script(simulator::JsonResponse(
      200, R"({"name":"accounts/a/models/m","kind":"KIND_OF_TOMORROW","createTime":"noon",)"
           R"("baseModelDetails":{"parameterCount":"99999999999999999999","q" : {"b":1,"a":2}}})"));
  CallContext context;
  fireworks::gateway::v1::GetModelRequest request;
  request.set_name("accounts/a/models/m");
  fireworks::gateway::v1::Model model;
  ASSERT_TRUE(models().GetModel(&context, request, &model).ok());
  EXPECT_FALSE(model.has_kind());
  EXPECT_EQ(model.extra_json().at("kind"), "\"KIND_OF_TOMORROW\"");
  EXPECT_EQ(model.extra_json().at("createTime"), "\"noon\"");
  EXPECT_EQ(model.base_model_details().extra_json().at("parameterCount"),
            "\"99999999999999999999\"");
  EXPECT_EQ(model.base_model_details().extra_json().at("q"), R"({"b":1,"a":2})");
  ExpectAllQuiet();  // The call is counted when it has ended, which its caller hears earlier.
  EXPECT_EQ(Metric("fireworks_contract_drift_total", {{"kind", "unknown_enum_value"}}), 1);
}

TEST_F(LosslessTest, UnknownEventsAreDelivered) {
  simulator::HttpResponse stream = EventStream({R"({"type":"ping"})"});
  stream.body +=
      ": a comment\n\nid: 7\nretry: 10\nevent: weather\ndata: {\"type\":\"weather\",\n"
      "data: \"z\":1,\"a\":2}\n\ndata: {\"no\":\"type\"}\n\n"
      "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
  Script(stream);
  CallContext context;
  const auto received = ReadStream(
      Stub<v1::MessageService>()->StreamMessage(&context, MakeMessageRequest("hi")).get());
  EXPECT_TRUE(received.status.ok()) << received.status.error_message();
  ASSERT_EQ(received.messages.size(), 4u);
  EXPECT_EQ(received.messages[1].unknown_json(), "{\"type\":\"weather\",\n\"z\":1,\"a\":2}");
  EXPECT_EQ(received.messages[2].unknown_json(), R"({"no":"type"})");
}

TEST_F(LosslessTest, UnknownResponseEventsAreDelivered) {
  Script(EventStream({R"({"type":"response.weather","wind" : {"z":1,"a":2},"sequence_number":0})",
                      R"({"type":"response.completed","response":{"status":"completed"}})",
                      "[DONE]"}));
  CallContext context;
  const auto received = ReadStream(
      Stub<v1::ResponseService>()->StreamResponse(&context, MakeResponseRequest("hi")).get());
  EXPECT_TRUE(received.status.ok()) << received.status.error_message();
  ASSERT_EQ(received.messages.size(), 2u);
  EXPECT_EQ(received.messages[0].type(), "response.weather");
  EXPECT_EQ(received.messages[0].extra_json().at("wind"), R"({"z":1,"a":2})");
}

TEST_F(LosslessTest, ExtraJsonOfARequestIsSentAsItIs) {
  v1::CompletionRequest request = MakeCompletionRequest("p");
  (*request.mutable_extra_json())["brand_new"] = R"({"z" : 1,"a": 123456789012345678901})";
  request.mutable_response_format()->set_type("json_object");
  (*request.mutable_response_format()->mutable_extra_json())["strictness"] = "1.50";
  const grpc::Status status = Complete(request);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(sent_, HasSubstr(R"("brand_new":{"z" : 1,"a": 123456789012345678901})"));
  EXPECT_THAT(sent_, HasSubstr(R"("strictness":1.50)"));
  EXPECT_TRUE(json::parse(sent_)["response_format"].contains("strictness"));
}

TEST_F(LosslessTest, ExtraJsonThatRepeatsAKeyIsRefused) {
  for (const char* key : {"temperature", "model", "prompt", "stream"}) {
    v1::CompletionRequest request = MakeCompletionRequest("p");
    (*request.mutable_extra_json())[key] = "1";
    const grpc::Status status = Complete(request);
    ExpectError(status, StatusCode::INVALID_ARGUMENT, "INVALID_REQUEST");
    EXPECT_EQ(DetailsOf(status).bad_request->field_violations(0).field(),
              "extra_json[" + std::string(key) + "]");
    EXPECT_EQ(sent_, "");
  }
  v1::CompletionRequest nested = MakeCompletionRequest("p");
  nested.mutable_response_format()->set_type("text");
  (*nested.mutable_response_format()->mutable_extra_json())["type"] = "\"json\"";
  const grpc::Status status = Complete(nested);
  ExpectError(status, StatusCode::INVALID_ARGUMENT, "INVALID_REQUEST");
  EXPECT_EQ(DetailsOf(status).bad_request->field_violations(0).field(),
            "response_format.extra_json[type]");
}

TEST_F(LosslessTest, ExtraJsonToTheManagementApiIsRefused) {
  Script(simulator::JsonResponse(200, "{}"));
  fireworks::gateway::v1::CreateModelRequest request;
  request.set_parent("accounts/a");
  request.set_model_id("m");
  (*request.mutable_model()->mutable_extra_json())["brandNew"] = "1";
  CallContext context;
  fireworks::gateway::v1::Model model;
  const grpc::Status status = models().CreateModel(&context, request, &model);
  ExpectError(status, StatusCode::INVALID_ARGUMENT, "INVALID_REQUEST");
  EXPECT_TRUE(upstream().requests().empty());
}

}  // namespace
}  // namespace fireworks::e2e
