// Answers in the shapes that the upstream is known to send, served byte by byte:
// each of their values is in the message that the caller receives.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/fixtures.h"
#include "tests/e2e/inference_fixture.h"
#include "tests/e2e/json_in_message.h"

namespace fireworks::e2e {
namespace {

using google::protobuf::Message;
using grpc::StatusCode;
using nlohmann::json;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;

// A value of the same type that is another one.
json Another(const json& leaf) {
  if (leaf.is_string()) return leaf.get<std::string>() + "'";
  if (leaf.is_boolean()) return !leaf.get<bool>();
  return -2 * leaf.get<double>() - 1;
}

// All of `said` is held, and the checker would have noticed each value that is
// not.
void ExpectNothingLost(const json& said, const Message& message) {
  EXPECT_THAT(LostFrom(said, message), IsEmpty()) << said.dump() << message.DebugString();
  const json leaves = said.flatten();
  for (const auto& [path, leaf] : leaves.items()) {
    if (leaf.is_null() || leaf.is_structured()) continue;
    json other = said;
    other[json::json_pointer(path)] = Another(leaf);
    EXPECT_THAT(LostFrom(other, message), Not(IsEmpty())) << path;
  }
  json more = said;
  more["unheard_of"] = 1;
  EXPECT_THAT(LostFrom(more, message), Contains("unheard_of"));
}

class SamplesTest : public InferenceTest, public testing::WithParamInterface<Fixture> {};

TEST_P(SamplesTest, ArriveWhole) {
  const std::vector<Document> documents = ReadDocuments(GetParam());
  simulator::HttpResponse response = MakeAnswer(GetParam(), documents);
  response.body = ReadTestdata(GetParam().file);
  Script(response);
  CallContext context;
  const Answer answer = GetParam().call(NewChannel(), &context);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  ASSERT_EQ(answer.messages.size(), documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectNothingLost(json::parse(documents[i].json.dump()), *answer.messages[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, SamplesTest, testing::ValuesIn(Fixtures()),
                         [](const auto& info) { return TestNameOf(info.param); });

TEST_F(SamplesTest, RowsOfABatchArriveUpstreamAsTheyAre) {
  Script(simulator::JsonResponse(200, ReadTestdata("dataset_upload.json")));
  for (const Fixture& fixture : Fixtures()) {
    if (fixture.file != std::string("dataset_upload.json")) continue;
    CallContext context;
    EXPECT_TRUE(fixture.call(NewChannel(), &context).status.ok());
  }
  ASSERT_EQ(upstream().requests().size(), 1u);
  EXPECT_THAT(upstream().requests()[0].body, testing::HasSubstr(ReadTestdata("batch_input.jsonl")));
}

struct ErrorCase {
  const char* file;
  int http_status;
  StatusCode code;
  const char* reason;
};
void PrintTo(const ErrorCase& c, std::ostream* out) { *out << c.file; }

class ErrorSamplesTest : public InferenceTest, public testing::WithParamInterface<ErrorCase> {};

TEST_P(ErrorSamplesTest, ArriveWithTheStatus) {
  const std::string body = ReadTestdata(GetParam().file);
  Script(simulator::JsonResponse(GetParam().http_status, body));
  CallContext context;
  ChatResponse response;
  const grpc::Status status =
      chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response);
  ExpectError(status, GetParam().code, GetParam().reason);
  const json said = json::parse(body);
  const json error = said.value("error", said);
  EXPECT_THAT(status.error_message(), testing::HasSubstr(error["message"].get<std::string>()));
  const ErrorDetails details = DetailsOf(status);
  ASSERT_TRUE(details.upstream);
  EXPECT_EQ(json::parse(details.upstream->body()), said);
  EXPECT_EQ(details.upstream->http_status(), GetParam().http_status);
  EXPECT_EQ(details.upstream->type(), error.value("type", ""));
  const json code = error["code"];
  EXPECT_EQ(details.upstream->code(), code.is_string() ? code.get<std::string>() : code.dump());
}

INSTANTIATE_TEST_SUITE_P(
    Errors, ErrorSamplesTest,
    testing::Values(
        ErrorCase{"error_extra_input.json", 400, StatusCode::INVALID_ARGUMENT, "UPSTREAM_ERROR"},
        ErrorCase{"error_bad_key.json", 401, StatusCode::INTERNAL, "UPSTREAM_CREDENTIALS"},
        ErrorCase{"error_rate_limit.json", 429, StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR"},
        ErrorCase{"error_overloaded.json", 429, StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR"},
        ErrorCase{"error_scaling_up.json", 503, StatusCode::UNAVAILABLE, "UPSTREAM_ERROR"},
        ErrorCase{"error_management_bad_key.json", 403, StatusCode::INTERNAL,
                  "UPSTREAM_CREDENTIALS"},
        ErrorCase{"error_management_status.json", 404, StatusCode::NOT_FOUND, "UPSTREAM_ERROR"}),
    [](const auto& info) {
      const std::string file = info.param.file;
      return file.substr(0, file.find('.'));
    });

}  // namespace
}  // namespace fireworks::e2e
