// The gRPC face beside its calls: health, unknown methods, bad bytes, inbound
// metadata, metrics.
#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kChatService[] = "fireworks.inference.v1.ChatCompletionService";

// What `address` says of `name`; SERVICE_UNKNOWN when the call fails.
HealthCheckResponse::ServingStatus Health(const std::shared_ptr<grpc::Channel>& channel,
                                          const std::string& name) {
  CallContext context;
  HealthCheckRequest request;
  request.set_service(name);
  HealthCheckResponse response;
  const grpc::Status status = Health::NewStub(channel)->Check(&context, request, &response);
  return status.ok() ? response.status() : HealthCheckResponse::SERVICE_UNKNOWN;
}

// Calls `method` with these bytes as its request.
grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const std::string& bytes) {
  CallContext context;
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status;
}

std::size_t AppendTo(char* bytes, std::size_t, std::size_t size, void* text) {
  static_cast<std::string*>(text)->append(bytes, size);
  return size;
}

std::string HttpGet(const std::string& url) {
  std::string body;
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, AppendTo);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  EXPECT_EQ(curl_easy_perform(curl.get()), CURLE_OK);
  return body;
}

class ServerTest : public ServiceTest {};

TEST_F(ServerTest, HealthOfTheServerAndOfEachService) {
  StartService([](server::Options* options) { options->health_listen = "127.0.0.1:0"; });
  ASSERT_NE(service().health_port(), 0);
  const auto health_only = NewChannel(absl::StrCat("127.0.0.1:", service().health_port()));
  for (const auto& channel : {NewChannel(), health_only}) {
    for (const char* name :
         {"", kChatService, "fireworks.gateway.v1.ModelService", "liveness"}) {
      EXPECT_EQ(Health(channel, name), HealthCheckResponse::SERVING) << name;
    }
    EXPECT_EQ(Health(channel, "no.such.Service"), HealthCheckResponse::SERVICE_UNKNOWN);
  }
}

// Before an issuer's keys have come, all of its tokens would be refused.
TEST_F(ServerTest, IsNotReadyWithoutTheKeysOfItsIssuers) {
  StartService([](server::Options* options) {
    auto& jwt = *options->access.identity.add_sources()->mutable_jwt();
    jwt.set_issuer("https://issuer.test");
    jwt.add_audiences("fireworks-grpc");
    jwt.set_jwks_url("https://127.0.0.1:1/keys");  // Nobody is there.
  });
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_reload_failures_total", {{"what", "identity"}}) == 1;
  }));
  const auto channel = NewChannel();
  for (const char* name : {"", kChatService}) {
    EXPECT_EQ(Health(channel, name), HealthCheckResponse::NOT_SERVING) << name;
  }
  EXPECT_EQ(Health(channel, "liveness"), HealthCheckResponse::SERVING);
}

TEST_F(ServerTest, WatchersOfHealthAreToldOfChangesOnly) {
  StartService([](server::Options* options) {
    // Health is looked at all the time then.
    options->limits.slow_reader_timeout = std::chrono::milliseconds(10);
  });
  CallContext context;
  const auto health = Health::NewStub(NewChannel());
  const auto watch = health->Watch(&context, {});
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  for (int i = 0; i < 5; ++i) {
    // No stream, which might be too slow.
    CallContext call;
    fireworks::inference::v1::ChatCompletionResponse answer;
    EXPECT_TRUE(chat().CreateChatCompletion(&call, MakeChatRequest("hello"), &answer).ok());
  }
  StopService();
  // What comes next is the end, which not everyone hears.
  while (watch->Read(&response)) EXPECT_NE(response.status(), HealthCheckResponse::SERVING);
  watch->Finish();
}

TEST_F(ServerTest, HealthListenerAnswersNothingElse) {
  StartService([](server::Options* options) { options->health_listen = "127.0.0.1:0"; });
  const auto channel = NewChannel(absl::StrCat("127.0.0.1:", service().health_port()));
  EXPECT_EQ(CallRaw(channel, absl::StrCat("/", kChatService, "/CreateChatCompletion"), "")
                .error_code(),
            StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerTest, UnknownMethodsAndServices) {
  const auto channel = NewChannel();
  const std::string sibling = absl::StrCat("/", kChatService, "/NoSuchMethod");
  for (const char* method : {sibling.c_str(), "/no.such.Service/Method", "/"}) {
    EXPECT_EQ(CallRaw(channel, method, "").error_code(), StatusCode::UNIMPLEMENTED) << method;
  }
}

TEST_F(ServerTest, BytesThatAreNoMessage) {
  const auto channel = NewChannel();
  for (const char* method : {"CreateChatCompletion", "StreamChatCompletion"}) {
    const grpc::Status status =
        CallRaw(channel, absl::StrCat("/", kChatService, "/", method), "\xff\xff\xff\xff");
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
  }
  EXPECT_TRUE(simulator().Requests().empty());
}

TEST_F(ServerTest, AStringThatIsNotUtf8IsRefused) {
  // Field 1, the model, with one byte that no UTF-8 text holds.
  const grpc::Status status = CallRaw(
      NewChannel(), absl::StrCat("/", kChatService, "/CreateChatCompletion"), "\x0a\x01\xff");
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServerTest, RequestBeyondTheLimit) {
  StartService([](server::Options* options) { options->limits.max_request_bytes = 1000; });
  CallContext context;
  ChatResponse response;
  const grpc::Status status = chat().CreateChatCompletion(
      &context, MakeChatRequest(std::string(2000, 'x')), &response);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ServerTest, OnlyListedMetadataReachesUpstream) {
  ScriptedUpstream upstream(simulator::JsonResponse(200, "{}"));
  StartService([&](server::Options* options) {
    options->upstream.base_url = upstream.base_url();
  });
  const std::vector<std::pair<std::string, std::string>> listed = {
      {"x-session-affinity", "session"},
      {"x-multi-turn-session-id", "turns"},
      {"x-prompt-cache-isolation-key", "isolated"},
      {"x-fireworks-account-id", "account"},
      {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
      {"tracestate", "a=b"}};
  CallContext context;
  for (const auto& entry : listed) context.AddMetadata(entry.first, entry.second);
  for (const char* name : {"authorization", "x-api-key", "cookie", "x-simulator", "x-forwarded-for",
                           "content-encoding", "x-anything"}) {
    context.AddMetadata(name, "from-the-caller");
  }
  context.AddMetadata("blob-bin", std::string("\x00\xff\n", 3));
  ChatResponse response;
  ASSERT_TRUE(chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response).ok());

  ASSERT_EQ(upstream.requests().size(), 1u);
  const simulator::HttpRequest request = upstream.requests()[0];
  for (const auto& entry : listed) {
    EXPECT_EQ(simulator::FindHeader(request.headers, entry.first), entry.second);
  }
  EXPECT_EQ(simulator::FindHeader(request.headers, "authorization"),
            absl::StrCat("Bearer ", kApiKey));
  EXPECT_EQ(simulator::FindHeader(request.headers, "x-request-id"), context.request_id());
  // Host, accept, content-type, content-length, user-agent, authorization and
  // the request id besides.
  EXPECT_EQ(request.headers.size(), listed.size() + 7);
  for (const auto& header : request.headers) EXPECT_NE(header.second, "from-the-caller");
  StopService();
}

TEST_F(ServerTest, RequestIdOfTheCallerOrOneOfOurs) {
  CallContext given;
  ChatResponse response;
  ASSERT_TRUE(chat().CreateChatCompletion(&given, MakeChatRequest("hello"), &response).ok());
  EXPECT_EQ(given.Trailer("x-request-id"), given.request_id());

  grpc::ClientContext none;
  ASSERT_TRUE(chat().CreateChatCompletion(&none, MakeChatRequest("hello"), &response).ok());
  const auto& trailers = none.GetServerTrailingMetadata();
  const auto made = trailers.find("x-request-id");
  ASSERT_NE(made, trailers.end());
  const std::string id(made->second.data(), made->second.size());
  EXPECT_THAT(id, testing::MatchesRegex("req_[0-9a-f]{32}"));
  EXPECT_TRUE(simulator().Find(id).ok());
}

TEST_F(ServerTest, MetricsEndpointCountsCallsByStatus) {
  StartService([](server::Options* options) { options->metrics_listen = "127.0.0.1:0"; });
  for (const char* directives : {"", "status=404"}) {
    CallContext context(directives);
    StreamChat(&chat(), &context, MakeChatRequest("hello"));
  }
  ExpectAllQuiet();
  const std::string text =
      HttpGet(absl::StrCat("http://127.0.0.1:", service().metrics_port(), "/metrics"));
  const std::string method = absl::StrCat(kChatService, "/StreamChatCompletion");
  EXPECT_THAT(text, testing::HasSubstr(absl::StrCat(
                        "grpc_server_call_started_total{grpc_method=\"", method, "\"} 2")));
  for (const char* status : {"OK", "NOT_FOUND"}) {
    EXPECT_THAT(text, testing::HasSubstr(absl::StrCat(
                          "grpc_server_call_duration_seconds_count{grpc_method=\"", method,
                          "\",grpc_status=\"", status, "\"} 1")));
  }
  EXPECT_THAT(text, testing::HasSubstr("fireworks_active_calls 0"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr(kApiKey)));
}

TEST_F(ServerTest, TakenPortIsAnErrorThatNamesIt) {
  server::Options options;
  options.upstream.base_url = simulator().base_url();
  options.listen = address();
  const auto built = server::Server::Build(options, upstream::Secret("key"));
  ASSERT_FALSE(built.ok());
  EXPECT_THAT(std::string(built.status().message()), testing::HasSubstr(address()));
}

}  // namespace
}  // namespace fireworks::e2e
