// How a stream ends, for each of the four protocols: the table of
// docs/streaming.md, row by row.
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "fireworks/inference/v1/completion_service.grpc.pb.h"
#include "fireworks/inference/v1/message_service.grpc.pb.h"
#include "fireworks/inference/v1/response_service.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/e2e/inference_fixture.h"
#include "tests/e2e/requests.h"

namespace fireworks::e2e {
namespace {

namespace v1 = fireworks::inference::v1;
using grpc::StatusCode;

// What a caller sees of a stream, whatever its messages are.
struct Ending {
  std::size_t delivered = 0;
  grpc::Status status;
};

template <typename Message>
Ending EndOf(grpc::ClientReader<Message>* reader) {
  const Received<Message> received = ReadStream(reader);
  return {received.messages.size(), received.status};
}

using Channel = std::shared_ptr<grpc::Channel>;

struct Protocol {
  const char* name;
  std::function<Ending(const Channel&, CallContext*)> stream;
  // Messages of the whole stream, with one token per piece. The last one makes
  // the answer complete; a done marker may follow.
  std::size_t messages;
  // An event in the middle of a stream.
  const char* event;
};

void PrintTo(const Protocol& protocol, std::ostream* out) { *out << protocol.name; }

constexpr char kWords[] = "say: one two three four";

Ending StreamChatWords(const Channel& channel, CallContext* context) {
  const auto stub = ChatService::NewStub(channel);
  return EndOf(stub->StreamChatCompletion(context, MakeChatRequest(kWords)).get());
}

Ending StreamCompletionWords(const Channel& channel, CallContext* context) {
  const auto stub = v1::CompletionService::NewStub(channel);
  return EndOf(stub->StreamCompletion(context, MakeCompletionRequest(kWords)).get());
}

Ending StreamResponseWords(const Channel& channel, CallContext* context) {
  const auto stub = v1::ResponseService::NewStub(channel);
  return EndOf(stub->StreamResponse(context, MakeResponseRequest(kWords)).get());
}

Ending StreamMessageWords(const Channel& channel, CallContext* context) {
  const auto stub = v1::MessageService::NewStub(channel);
  return EndOf(stub->StreamMessage(context, MakeMessageRequest(kWords)).get());
}

class StreamTableTest : public InferenceTest, public testing::WithParamInterface<Protocol> {
 protected:
  Ending Stream(absl::string_view directives = "") {
    CallContext context(absl::StrCat("chunk_tokens=1;", directives));
    return GetParam().stream(NewChannel(), &context);
  }

  // A stream of an upstream that answers `response`.
  Ending Scripted(const simulator::HttpResponse& response) {
    Script(response);
    return Stream();
  }
};

TEST_P(StreamTableTest, WholeStreamIsOk) {
  const Ending end = Stream();
  EXPECT_TRUE(end.status.ok()) << end.status.error_message();
  EXPECT_EQ(end.delivered, GetParam().messages);
}

TEST_P(StreamTableTest, CutStreamIsOkOnlyWhenTheAnswerIsComplete) {
  for (std::size_t sent = 0; sent <= GetParam().messages; ++sent) {
    SCOPED_TRACE(sent);
    const Ending end = Stream(absl::StrCat("close_after=", sent));
    EXPECT_EQ(end.delivered, sent);
    if (sent == GetParam().messages) {
      EXPECT_TRUE(end.status.ok()) << end.status.error_message();
    } else {
      ExpectError(end.status, sent == 0 ? StatusCode::UNAVAILABLE : StatusCode::DATA_LOSS,
                  "STREAM_TRUNCATED");
    }
  }
}

TEST_P(StreamTableTest, SilenceIsAStallUnlessTheAnswerIsComplete) {
  StartService([](server::Options* options) {
    options->limits.times.idle = std::chrono::milliseconds(100);
  });
  const Ending cut = Stream("hang_after=2");
  EXPECT_EQ(cut.delivered, 2u);
  ExpectError(cut.status, StatusCode::DATA_LOSS, "STREAM_STALLED");
  const Ending whole = Stream(absl::StrCat("hang_after=", GetParam().messages));
  EXPECT_TRUE(whole.status.ok()) << whole.status.error_message();
  ExpectAllQuiet();
}

TEST_P(StreamTableTest, ErrorInTheMiddleIsTheStatus) {
  const Ending end = Stream("error_after=2");
  EXPECT_FALSE(end.status.ok());
  EXPECT_EQ(ReasonOf(end.status), "UPSTREAM_ERROR");
  const ErrorDetails details = DetailsOf(end.status);
  ASSERT_TRUE(details.upstream);
  EXPECT_EQ(details.upstream->http_status(), 200);
  EXPECT_NE(end.status.error_message(), "");
}

TEST_P(StreamTableTest, EventNamedErrorIsTheStatus) {
  simulator::HttpResponse response = EventStream({GetParam().event});
  response.body += "event: error\ndata: {\"error\":{\"type\":\"rate_limit_error\","
                   "\"message\":\"slow down\"}}\n\n";
  const Ending end = Scripted(response);
  EXPECT_EQ(end.delivered, 1u);
  ExpectError(end.status, StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR");
  EXPECT_EQ(end.status.error_message(), "slow down");
}

TEST_P(StreamTableTest, ErrorObjectIsTheStatus) {
  const Ending end = Scripted(EventStream(
      {GetParam().event, R"({"error":{"code":"too_many_requests","message":"slow down"}})"}));
  EXPECT_EQ(end.delivered, 1u);
  ExpectError(end.status, StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR");
  EXPECT_EQ(end.status.error_message(), "slow down");
}

TEST_P(StreamTableTest, EventThatIsNoJsonObjectIsMalformed) {
  for (const char* data : {"hello", "[1]", "{\"type\":", "17"}) {
    SCOPED_TRACE(data);
    const Ending end = Scripted(EventStream({GetParam().event, data}));
    EXPECT_EQ(end.delivered, 1u);
    ExpectError(end.status, StatusCode::DATA_LOSS, "MALFORMED_EVENT");
  }
}

TEST_P(StreamTableTest, AnotherContentTypeIsSaid) {
  const Ending end = Scripted({200, {{"content-type", "text/html"}}, "<html>Welcome</html>"});
  EXPECT_EQ(end.delivered, 0u);
  ExpectError(end.status, StatusCode::INTERNAL, "UNEXPECTED_CONTENT_TYPE");
}

TEST_P(StreamTableTest, RefusalBeforeTheStreamIsTheStatus) {
  const Ending end = Stream("status=404");
  EXPECT_EQ(end.delivered, 0u);
  ExpectError(end.status, StatusCode::NOT_FOUND, "UPSTREAM_ERROR");
}

TEST_P(StreamTableTest, CancelReachesTheUpstream) {
  CallContext context("step=1");
  const Channel channel = NewChannel();
  std::thread caller([&] { GetParam().stream(channel, &context); });
  EXPECT_TRUE(
      simulator().WaitForState(context.request_id(), simulator::RequestState::kOpen).ok());
  context.TryCancel();
  caller.join();
  EXPECT_TRUE(simulator()
                  .WaitForState(context.request_id(), simulator::RequestState::kClientClosed)
                  .ok());
}

INSTANTIATE_TEST_SUITE_P(
    Protocols, StreamTableTest,
    testing::Values(
        Protocol{"Chat", StreamChatWords, 6,
                 R"({"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]})"},
        Protocol{"Completions", StreamCompletionWords, 4,
                 R"({"choices":[{"index":0,"text":"a","finish_reason":null}]})"},
        Protocol{"Responses", StreamResponseWords, 12,
                 R"({"type":"response.in_progress","sequence_number":1})"},
        Protocol{"Messages", StreamMessageWords, 10, R"({"type":"ping"})"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace fireworks::e2e
