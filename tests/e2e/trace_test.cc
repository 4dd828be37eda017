// Traces of calls, as a collector receives them.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fireworks/inference/v1/message_service.grpc.pb.h"
#include "fireworks/inference/v1/response_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "tests/e2e/inference_fixture.h"
#include "tests/e2e/requests.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/support/otlp_receiver.h"

namespace fireworks::e2e {
namespace {

using fireworks::inference::v1::MessageService;
using fireworks::inference::v1::ResponseService;
using grpc::StatusCode;
using simulator::HttpResponse;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing_support::OtlpReceiver;
using testing_support::ReceivedSpan;

constexpr char kTraceId[] = "5bd66ef5095369c7b0d1f8f4bd33716a";
constexpr char kSpanId[] = "c532cb4098ac3dd2";
constexpr char kChatMethod[] = "fireworks.inference.v1.ChatCompletionService/StreamChatCompletion";

std::string Traceparent(const char* flags = "01") {
  return absl::StrCat("00-", kTraceId, "-", kSpanId, "-", flags);
}

HttpResponse Refusal(int status) {
  HttpResponse response = simulator::JsonResponse(status, R"({"error":{"message":"later"}})");
  return response;
}

HttpResponse WholeStream() {
  return EventStream({ContentChunk("hi"), FinishChunk("stop"), "[DONE]"});
}

class TraceTest : public InferenceTest {
 protected:
  void TearDown() override {
    InferenceTest::TearDown();
    scripted_.reset();
  }

  void Serve(const Adjust& adjust = {}) {
    StartService([&](server::Options* options) {
      options->tracing.emplace().spans.endpoint = receiver_.endpoint();
      if (scripted_ != nullptr) options->upstream.base_url = scripted_->base_url();
      upstream::RetryPolicy& policy = options->upstream.retry.emplace();
      policy.initial_backoff = milliseconds(1);
      policy.max_backoff = milliseconds(2);
      if (adjust) adjust(options);
    });
  }

  void ServeScripted(std::vector<HttpResponse> responses, const Adjust& adjust = {}) {
    scripted_ = std::make_unique<ScriptedUpstream>(std::move(responses));
    Serve(adjust);
  }

  ChatStream Chat(CallContext* context) {
    return StreamChat(&chat(), context, MakeChatRequest("prompt-canary"));
  }

  // All spans: the end of the service exports them.
  std::vector<ReceivedSpan> Spans() {
    StopService();
    return receiver_.spans();
  }

  OtlpReceiver receiver_;
  std::unique_ptr<ScriptedUpstream> scripted_;
};

TEST_F(TraceTest, AStreamInItsCallersTrace) {
  Serve();
  CallContext context;
  context.AddMetadata("traceparent", Traceparent());
  context.AddMetadata("tracestate", "vendor=note");
  ChatRequest request = MakeChatRequest("say: answer-canary");
  request.mutable_stream_options()->set_include_usage(true);
  const ChatStream stream = StreamChat(&chat(), &context, request);
  ASSERT_TRUE(stream.status.ok()) << stream.status.error_message();
  const std::string port =
      simulator().base_url().substr(simulator().base_url().rfind(':') + 1);
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 2u);

  const ReceivedSpan server = OnlySpan(spans, "SERVER");
  EXPECT_EQ(server.name, kChatMethod);
  EXPECT_EQ(server.trace_id, kTraceId);
  EXPECT_EQ(server.parent_id, kSpanId);
  EXPECT_EQ(server.tracestate, "vendor=note");
  EXPECT_EQ(server.status, "UNSET");
  EXPECT_EQ(server.Attribute("rpc.system.name"), "grpc");
  EXPECT_EQ(server.Attribute("rpc.method"), kChatMethod);
  EXPECT_EQ(server.Attribute("rpc.response.status_code"), "OK");
  EXPECT_EQ(server.Attribute("fireworks.request_id"), context.request_id());
  EXPECT_EQ(server.Attribute("fireworks.attempts"), "1");
  EXPECT_EQ(server.Attribute("fireworks.caller"), "anonymous");
  EXPECT_EQ(server.resource.at("service.name"), "fireworks-grpc");

  const ReceivedSpan client = OnlySpan(spans, "CLIENT");
  EXPECT_EQ(client.name, absl::StrCat("chat ", kChatModel));
  EXPECT_EQ(client.trace_id, kTraceId);
  EXPECT_EQ(client.parent_id, server.span_id);
  EXPECT_EQ(client.status, "UNSET");
  EXPECT_THAT(client.events, ElementsAre("gen_ai.first_token"));
  EXPECT_GT(std::stod(client.Attribute("gen_ai.response.time_to_first_chunk")), 0);
  EXPECT_EQ(client.Attribute("gen_ai.operation.name"), "chat");
  EXPECT_EQ(client.Attribute("gen_ai.provider.name"), "fireworks");
  EXPECT_EQ(client.Attribute("gen_ai.request.model"), kChatModel);
  EXPECT_EQ(client.Attribute("gen_ai.request.stream"), "true");
  EXPECT_EQ(client.Attribute("gen_ai.response.id"), stream.chunks.front().id());
  EXPECT_EQ(client.Attribute("gen_ai.response.model"), stream.chunks.front().model());
  EXPECT_EQ(client.Attribute("gen_ai.response.finish_reasons"), "stop");
  EXPECT_EQ(client.Attribute("gen_ai.usage.input_tokens"),
            context.Trailer("x-usage-prompt-tokens"));
  EXPECT_EQ(client.Attribute("gen_ai.usage.output_tokens"),
            context.Trailer("x-usage-completion-tokens"));
  EXPECT_NE(client.Attribute("gen_ai.usage.output_tokens"), "");
  EXPECT_EQ(client.Attribute("http.request.method"), "POST");
  EXPECT_EQ(client.Attribute("http.response.status_code"), "200");
  EXPECT_EQ(client.Attribute("server.address"), "127.0.0.1");
  EXPECT_EQ(client.Attribute("server.port"), port);
  EXPECT_EQ(client.Attribute("http.request.resend_count"), "");
  EXPECT_EQ(client.Attribute("error.type"), "");
  EXPECT_GE(client.start_ns, server.start_ns);
  for (const ReceivedSpan& span : spans) {
    for (const auto& [key, value] : span.attributes) {
      EXPECT_FALSE(absl::StrContains(value, "canary")) << key << ": " << value;
    }
  }
}

TEST_F(TraceTest, EachAttemptHasASpan) {
  ServeScripted({Refusal(429), Refusal(503), WholeStream()});
  CallContext context;
  ASSERT_TRUE(Chat(&context).status.ok());
  const auto spans = Spans();
  const ReceivedSpan server = OnlySpan(spans, "SERVER");
  EXPECT_EQ(server.Attribute("fireworks.attempts"), "3");
  EXPECT_EQ(server.status, "UNSET");
  EXPECT_EQ(server.parent_id, "");
  const auto attempts = SpansOfKind(spans, "CLIENT");
  ASSERT_EQ(attempts.size(), 3u);
  const std::vector<std::string> statuses = {"429", "503", "200"};
  for (std::size_t i = 0; i < 3; ++i) {
    const ReceivedSpan& attempt = attempts[i];
    EXPECT_EQ(attempt.trace_id, server.trace_id);
    EXPECT_EQ(attempt.parent_id, server.span_id);
    EXPECT_EQ(attempt.Attribute("http.response.status_code"), statuses[i]);
    EXPECT_EQ(attempt.Attribute("http.request.resend_count"), i == 0 ? "" : std::to_string(i));
    EXPECT_EQ(attempt.Attribute("error.type"), i == 2 ? "" : statuses[i]);
    EXPECT_EQ(attempt.status, i == 2 ? "UNSET" : "ERROR");
    EXPECT_EQ(attempt.events.size(), i == 2 ? 1u : 0u);
    if (i > 0) {
      EXPECT_GE(attempt.start_ns, attempts[i - 1].start_ns);
    }
  }
}

TEST_F(TraceTest, AnInvalidTraceparentBeginsANewTrace) {
  Serve();
  for (const char* invalid : {"junk", "00-00000000000000000000000000000000-c532cb4098ac3dd2-01"}) {
    CallContext context;
    context.AddMetadata("traceparent", invalid);
    context.AddMetadata("tracestate", "vendor=note");
    ASSERT_TRUE(Chat(&context).status.ok());
  }
  const auto servers = SpansOfKind(Spans(), "SERVER");
  ASSERT_EQ(servers.size(), 2u);
  EXPECT_NE(servers[0].trace_id, servers[1].trace_id);
  for (const ReceivedSpan& server : servers) {
    EXPECT_EQ(server.parent_id, "");
    EXPECT_EQ(server.tracestate, "");
    EXPECT_NE(server.trace_id, kTraceId);
  }
}

TEST_F(TraceTest, ATruncatedStreamIsAnErrorOfBothSpans) {
  ServeScripted({EventStream({ContentChunk("hi")})});
  CallContext context;
  ASSERT_EQ(Chat(&context).status.error_code(), StatusCode::DATA_LOSS);
  const auto spans = Spans();
  const ReceivedSpan server = OnlySpan(spans, "SERVER");
  EXPECT_EQ(server.status, "ERROR");
  EXPECT_EQ(server.Attribute("rpc.response.status_code"), "DATA_LOSS");
  EXPECT_EQ(server.Attribute("error.type"), "STREAM_TRUNCATED");
  const ReceivedSpan client = OnlySpan(spans, "CLIENT");
  EXPECT_EQ(client.status, "ERROR");
  EXPECT_EQ(client.Attribute("error.type"), "STREAM_TRUNCATED");
  EXPECT_EQ(client.Attribute("http.response.status_code"), "200");
}

// Its exchange is cut off because of it, which is not what went wrong.
TEST_F(TraceTest, AnEventThatIsNoJsonIsTheAttemptsError) {
  ServeScripted({EventStream({ContentChunk("hi"), "{not json", FinishChunk("stop"), "[DONE]"})});
  CallContext context;
  ASSERT_EQ(Chat(&context).status.error_code(), StatusCode::DATA_LOSS);
  const ReceivedSpan client = OnlySpan(Spans(), "CLIENT");
  EXPECT_EQ(client.Attribute("error.type"), "MALFORMED_EVENT");
}

TEST_F(TraceTest, ACancelledCallIsNoErrorOfTheServers) {
  Serve();
  CallContext context("hang_after=3");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reader->Read(&chunk));
  context.TryCancel();
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), StatusCode::CANCELLED);
  ExpectAllQuiet();
  const auto spans = Spans();
  const ReceivedSpan server = OnlySpan(spans, "SERVER");
  EXPECT_EQ(server.status, "UNSET");
  EXPECT_EQ(server.Attribute("rpc.response.status_code"), "CANCELLED");
  EXPECT_EQ(server.Attribute("fireworks.reason"), "CANCELLED");
  const ReceivedSpan client = OnlySpan(spans, "CLIENT");
  EXPECT_EQ(client.status, "ERROR");
  EXPECT_EQ(client.Attribute("error.type"), "CANCELLED");
  EXPECT_THAT(client.events, ElementsAre("gen_ai.first_token"));
}

TEST_F(TraceTest, ACallThatIsRefusedHasNoAttempt) {
  Serve();
  CallContext context;
  fireworks::gateway::v1::GetModelRequest request;
  request.set_name("no/resource/name");
  fireworks::gateway::v1::Model model;
  EXPECT_EQ(models().GetModel(&context, request, &model).error_code(),
            StatusCode::INVALID_ARGUMENT);
  const auto spans = Spans();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].Attribute("rpc.response.status_code"), "INVALID_ARGUMENT");
  EXPECT_EQ(spans[0].Attribute("fireworks.attempts"), "0");
  EXPECT_EQ(spans[0].status, "UNSET");
}

TEST_F(TraceTest, ManagementIsHttp) {
  ServeScripted({simulator::JsonResponse(200, R"({"name":"accounts/a/models/m"})")});
  CallContext context;
  fireworks::gateway::v1::GetModelRequest request;
  request.set_name("accounts/a/models/m");
  fireworks::gateway::v1::Model model;
  ASSERT_TRUE(models().GetModel(&context, request, &model).ok());
  const ReceivedSpan client = OnlySpan(Spans(), "CLIENT");
  EXPECT_EQ(client.name, absl::StrCat("GET ", client.Attribute("url.template")));
  EXPECT_THAT(client.Attribute("url.template"), testing::HasSubstr("models/"));
  EXPECT_EQ(client.Attribute("gen_ai.operation.name"), "");
}

TEST_F(TraceTest, NobodyUpstream) {
  Serve([](server::Options* options) {
    options->upstream.base_url = "http://127.0.0.1:1";
    options->upstream.retry->max_attempts = 1;
  });
  CallContext context;
  EXPECT_EQ(Chat(&context).status.error_code(), StatusCode::UNAVAILABLE);
  const auto spans = Spans();
  const ReceivedSpan client = OnlySpan(spans, "CLIENT");
  EXPECT_EQ(client.status, "ERROR");
  EXPECT_EQ(client.Attribute("http.response.status_code"), "");
  EXPECT_EQ(client.Attribute("error.type"), OnlySpan(spans, "SERVER").Attribute("error.type"));
  EXPECT_NE(client.Attribute("error.type"), "");
}

TEST_F(TraceTest, UnaryAnswersTellTheSame) {
  Serve();
  CallContext context;
  ChatResponse response;
  ASSERT_TRUE(chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response).ok());
  const ReceivedSpan client = OnlySpan(Spans(), "CLIENT");
  EXPECT_EQ(client.name, absl::StrCat("chat ", kChatModel));
  EXPECT_TRUE(client.events.empty());
  EXPECT_EQ(client.Attribute("gen_ai.request.stream"), "");
  EXPECT_EQ(client.Attribute("gen_ai.response.id"), response.id());
  EXPECT_EQ(client.Attribute("gen_ai.response.finish_reasons"),
            response.choices(0).finish_reason());
  EXPECT_EQ(client.Attribute("gen_ai.usage.input_tokens"),
            std::to_string(response.usage().prompt_tokens()));
}

TEST_F(TraceTest, MessagesAndResponses) {
  Serve();
  CallContext message_context;
  auto messages = Stub<MessageService>();
  auto message_reader = messages->StreamMessage(&message_context, MakeMessageRequest("hello"));
  ASSERT_TRUE(ReadStream(message_reader.get()).status.ok());
  CallContext response_context;
  auto responses = Stub<ResponseService>();
  auto response_reader =
      responses->StreamResponse(&response_context, MakeResponseRequest("hello"));
  ASSERT_TRUE(ReadStream(response_reader.get()).status.ok());
  messages.reset();
  responses.reset();
  const auto attempts = SpansOfKind(Spans(), "CLIENT");
  ASSERT_EQ(attempts.size(), 2u);
  for (const ReceivedSpan& attempt : attempts) {
    EXPECT_EQ(attempt.name, absl::StrCat("chat ", kChatModel));
    EXPECT_EQ(attempt.status, "UNSET");
    EXPECT_NE(attempt.Attribute("gen_ai.response.id"), "");
    EXPECT_NE(attempt.Attribute("gen_ai.response.model"), "");
    EXPECT_NE(attempt.Attribute("gen_ai.usage.output_tokens"), "");
  }
  EXPECT_EQ(attempts[0].Attribute("gen_ai.response.finish_reasons"), "end_turn");
}

TEST_F(TraceTest, ARatioOfZeroExportsNothing) {
  Serve([](server::Options* options) { options->tracing->spans.sampling_ratio = 0; });
  CallContext context;
  ASSERT_TRUE(Chat(&context).status.ok());
  CallContext unsampled;
  unsampled.AddMetadata("traceparent", Traceparent("00"));
  ASSERT_TRUE(Chat(&unsampled).status.ok());
  EXPECT_TRUE(Spans().empty());
  EXPECT_TRUE(receiver_.exports().empty());
}

TEST_F(TraceTest, CallsDoNotMindACollectorThatIsDown) {
  Serve([](server::Options* options) {
    options->tracing->spans.endpoint = "http://127.0.0.1:1";
    options->tracing->spans.export_interval = milliseconds(1);
    options->limits.slow_reader_timeout = std::chrono::seconds(2);  // Metrics are looked at often.
  });
  for (int i = 0; i < 3; ++i) {
    CallContext context;
    EXPECT_TRUE(Chat(&context).status.ok());
  }
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_dropped_spans_total") == 6; }));
}

TEST_F(TraceTest, UpstreamIsToldOnlyWhatTheCallerSays) {
  ServeScripted({WholeStream()});
  CallContext silent;
  ASSERT_TRUE(Chat(&silent).status.ok());
  CallContext context;
  context.AddMetadata("traceparent", Traceparent());
  context.AddMetadata("tracestate", "vendor=note");
  ASSERT_TRUE(Chat(&context).status.ok());
  const auto requests = scripted_->requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(simulator::FindHeader(requests[0].headers, "traceparent"), "");
  EXPECT_EQ(simulator::FindHeader(requests[1].headers, "traceparent"), Traceparent());
  EXPECT_EQ(simulator::FindHeader(requests[1].headers, "tracestate"), "vendor=note");
}

TEST_F(TraceTest, UpstreamCanBeToldOfItsPart) {
  ServeScripted({Refusal(429), WholeStream()}, [](server::Options* options) {
    options->tracing->send_context_upstream = true;
  });
  CallContext context;
  context.AddMetadata("traceparent", Traceparent());
  context.AddMetadata("tracestate", "vendor=note");
  ASSERT_TRUE(Chat(&context).status.ok());
  const auto requests = scripted_->requests();
  const auto attempts = SpansOfKind(Spans(), "CLIENT");
  ASSERT_EQ(requests.size(), 2u);
  ASSERT_EQ(attempts.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(simulator::FindHeader(requests[i].headers, "traceparent"),
              absl::StrCat("00-", kTraceId, "-", attempts[i].span_id, "-01"));
    EXPECT_EQ(simulator::FindHeader(requests[i].headers, "tracestate"), "vendor=note");
    int traceparents = 0;
    for (const auto& header : requests[i].headers) traceparents += header.first == "traceparent";
    EXPECT_EQ(traceparents, 1);
  }
}

TEST_F(TraceTest, TheLogHasTheTraceOfTheSpans) {
  testing::internal::CaptureStderr();
  Serve();
  CallContext context;
  EXPECT_TRUE(Chat(&context).status.ok());
  const auto spans = Spans();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::HasSubstr(absl::StrCat(
                       "\"trace_id\":\"", OnlySpan(spans, "SERVER").trace_id, "\"")));
}

TEST_F(TraceTest, TheLogHasTheCallersTraceWithoutTracing) {
  testing::internal::CaptureStderr();
  StartService();
  CallContext context;
  context.AddMetadata("traceparent", Traceparent());
  EXPECT_TRUE(Chat(&context).status.ok());
  StopService();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::HasSubstr(absl::StrCat("\"trace_id\":\"", kTraceId, "\"")));
}

}  // namespace
}  // namespace fireworks::e2e
