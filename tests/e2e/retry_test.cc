// What is sent again after a failure, what is not, and what the caller is told.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using simulator::HttpResponse;
using std::chrono::milliseconds;

HttpResponse Answer(int status, const std::string& body, simulator::Headers headers = {}) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.headers.emplace_back("content-type", "application/json");
  response.body = body;
  return response;
}

HttpResponse Refusal(int status, simulator::Headers headers = {}) {
  return Answer(status, R"({"error":{"message":"try later","code":"busy"}})", std::move(headers));
}

class RetryTest : public ServiceTest {
 protected:
  void Serve(std::vector<HttpResponse> responses, const Adjust& adjust = {}) {
    upstream_ = std::make_unique<ScriptedUpstream>(std::move(responses));
    StartService([&](server::Options* options) {
      options->upstream.base_url = upstream_->base_url();
      upstream::RetryPolicy& policy = options->upstream.retry.emplace();
      policy.initial_backoff = milliseconds(1);
      policy.max_backoff = milliseconds(2);
      if (adjust) adjust(options);
    });
  }

  grpc::Status GetModel(CallContext* context) {
    fireworks::gateway::v1::GetModelRequest request;
    request.set_name("accounts/a/models/m");
    fireworks::gateway::v1::Model model;
    return models().GetModel(context, request, &model);
  }

  ChatStream Chat(CallContext* context) {
    return StreamChat(&chat(), context, MakeChatRequest("hello"));
  }

  std::size_t requests() const { return upstream_->requests().size(); }

  std::unique_ptr<ScriptedUpstream> upstream_;
};

HttpResponse WholeStream() {
  return EventStream({ContentChunk("hi"), FinishChunk("stop"), "[DONE]"});
}

TEST_F(RetryTest, AReadIsRepeatedUntilItSucceeds) {
  Serve({Refusal(503), Refusal(502), Answer(200, R"({"name":"accounts/a/models/m"})")});
  CallContext context;
  const grpc::Status status = GetModel(&context);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(requests(), 3u);
  EXPECT_EQ(context.Trailer("x-upstream-attempts"), "3");
  EXPECT_EQ(Metric("fireworks_upstream_retries_total"), 2);
}

TEST_F(RetryTest, AttemptsAreLimited) {
  Serve({Refusal(503)});
  CallContext context;
  const grpc::Status status = GetModel(&context);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "try later");
  EXPECT_EQ(requests(), 3u);
  EXPECT_EQ(context.Trailer("x-upstream-attempts"), "3");
}

// The engine refused it before it began.
TEST_F(RetryTest, AStreamIsRepeatedAfter429) {
  Serve({Refusal(429), WholeStream()});
  CallContext context;
  const ChatStream stream = Chat(&context);
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_EQ(stream.Content(), "hi");
  EXPECT_EQ(requests(), 2u);
  EXPECT_EQ(context.Trailer("x-upstream-attempts"), "2");
}

TEST_F(RetryTest, AGenerationThatMayHaveStartedIsNot) {
  for (const int http_status : {500, 502, 504}) {
    Serve({Refusal(http_status), WholeStream()});
    CallContext context;
    EXPECT_FALSE(Chat(&context).status.ok());
    EXPECT_EQ(requests(), 1u) << http_status;
    EXPECT_EQ(context.Trailer("grpc-retry-pushback-ms"), "-1") << http_status;
  }
}

TEST_F(RetryTest, NothingIsRepeatedAfterAnEventWasDelivered) {
  Serve({EventStream({ContentChunk("hi")}), WholeStream()});
  CallContext context;
  const ChatStream stream = Chat(&context);
  EXPECT_EQ(stream.status.error_code(), StatusCode::DATA_LOSS);
  EXPECT_EQ(requests(), 1u);
  EXPECT_EQ(context.Trailer("grpc-retry-pushback-ms"), "-1");
}

TEST_F(RetryTest, ADelayBeyondTheLimitIsLeftToTheCaller) {
  Serve({Refusal(429, {{"retry-after", "120"}}), WholeStream()});
  CallContext context;
  const grpc::Status status = Chat(&context).status;
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(requests(), 1u);
  ASSERT_TRUE(DetailsOf(status).retry.has_value());
  EXPECT_EQ(DetailsOf(status).retry->retry_delay().seconds(), 120);
  EXPECT_EQ(context.Trailer("grpc-retry-pushback-ms"), "120000");
}

TEST_F(RetryTest, AfterManyFailuresCallsAreShed) {
  Serve({Refusal(503)}, [](server::Options* options) {
    options->upstream.retry->max_attempts = 1;
    upstream::CircuitBreakerOptions& breaker = options->upstream.circuit_breaker.emplace();
    breaker.min_calls = 4;
    breaker.open_for = std::chrono::hours(1);
  });
  for (int i = 0; i < 4; ++i) {
    CallContext context;
    EXPECT_EQ(ReasonOf(GetModel(&context)), "UPSTREAM_ERROR");
  }
  CallContext context;
  const grpc::Status status = GetModel(&context);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "UPSTREAM_UNHEALTHY");
  EXPECT_TRUE(DetailsOf(status).retry.has_value());
  EXPECT_EQ(context.Trailer("x-upstream-attempts"), "0");
  EXPECT_EQ(requests(), 4u);
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_circuit_breaker_state") == 2 &&
           Metric("fireworks_circuit_breaker_opened_total") == 1;
  }));
}

TEST_F(RetryTest, AModelThatIsStartingShedsNothing) {
  HttpResponse starting =
      Answer(503, R"({"error":{"message":"starting","code":"DEPLOYMENT_SCALING_UP"}})");
  Serve({starting}, [](server::Options* options) {
    server::Options defaults = *server::MakeOptions({});
    options->upstream.circuit_breaker = defaults.upstream.circuit_breaker;
    options->upstream.circuit_breaker->min_calls = 2;
    options->upstream.retry->max_attempts = 1;
  });
  for (int i = 0; i < 6; ++i) {
    CallContext context;
    EXPECT_EQ(ReasonOf(Chat(&context).status), "UPSTREAM_ERROR");
  }
  EXPECT_EQ(requests(), 6u);
}

}  // namespace
}  // namespace fireworks::e2e
