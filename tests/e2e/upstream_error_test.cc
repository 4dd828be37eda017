// Upstream's errors as callers see them, of unary calls and of streams alike.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;

struct Case {
  int http_status;
  const char* body;  // of the simulator's canned ones; empty: the fitting one
  StatusCode code;
  const char* reason;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.http_status << "_" << c.body; }

class UpstreamErrorTest : public ServiceTest, public testing::WithParamInterface<Case> {
 protected:
  void Expect(const grpc::Status& status, const CallContext& context) {
    EXPECT_EQ(status.error_code(), GetParam().code);
    EXPECT_NE(status.error_message(), "");
    const ErrorDetails details = DetailsOf(status);
    ASSERT_TRUE(details.info && details.request && details.upstream);
    EXPECT_EQ(details.info->reason(), GetParam().reason);
    EXPECT_EQ(details.info->domain(), "fireworks.ai");
    EXPECT_EQ(details.info->metadata().at("http_status"), absl::StrCat(GetParam().http_status));
    EXPECT_EQ(details.request->request_id(), context.request_id());
    EXPECT_EQ(details.upstream->http_status(), GetParam().http_status);
    EXPECT_EQ(context.Trailer("x-request-id"), context.request_id());
    EXPECT_EQ(context.Trailer("x-upstream-request-id"), context.request_id());
    EXPECT_EQ(context.Trailer("x-upstream-attempts"), "1");
    // Trailers only: nothing came before the status.
    EXPECT_EQ(context.InitialMetadata("x-request-id"), "");
  }

  static std::string Directives() {
    return absl::StrCat("status=", GetParam().http_status, ";body=", GetParam().body);
  }
};

TEST_P(UpstreamErrorTest, OfAUnaryCall) {
  CallContext context(Directives());
  ChatResponse response;
  Expect(chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response), context);
}

TEST_P(UpstreamErrorTest, OfAStream) {
  CallContext context(Directives());
  const ChatStream stream = StreamChat(&chat(), &context, MakeChatRequest("hello"));
  EXPECT_TRUE(stream.chunks.empty());
  Expect(stream.status, context);
}

TEST_P(UpstreamErrorTest, OfAManagementCall) {
  CallContext context(Directives());
  fireworks::gateway::v1::GetModelRequest request;
  request.set_name("accounts/a/models/m");
  fireworks::gateway::v1::Model model;
  Expect(models().GetModel(&context, request, &model), context);
}

INSTANTIATE_TEST_SUITE_P(
    Canned, UpstreamErrorTest,
    testing::Values(
        Case{400, "", StatusCode::INVALID_ARGUMENT, "UPSTREAM_ERROR"},
        Case{400, "context", StatusCode::INVALID_ARGUMENT, "UPSTREAM_ERROR"},
        // The key is ours: the caller is not to blame.
        Case{401, "", StatusCode::INTERNAL, "UPSTREAM_CREDENTIALS"},
        Case{403, "forbidden", StatusCode::INTERNAL, "UPSTREAM_CREDENTIALS"},
        Case{402, "", StatusCode::FAILED_PRECONDITION, "UPSTREAM_ERROR"},
        Case{403, "suspended", StatusCode::PERMISSION_DENIED, "UPSTREAM_ERROR"},
        Case{404, "", StatusCode::NOT_FOUND, "UPSTREAM_ERROR"},
        Case{404, "status", StatusCode::NOT_FOUND, "UPSTREAM_ERROR"},
        Case{404, "string", StatusCode::NOT_FOUND, "UPSTREAM_ERROR"},
        Case{412, "", StatusCode::FAILED_PRECONDITION, "UPSTREAM_ERROR"},
        Case{413, "", StatusCode::INVALID_ARGUMENT, "UPSTREAM_ERROR"},
        Case{422, "", StatusCode::INVALID_ARGUMENT, "UPSTREAM_ERROR"},
        Case{429, "", StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR"},
        Case{429, "adaptive", StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR"},
        Case{500, "", StatusCode::INTERNAL, "UPSTREAM_ERROR"},
        Case{502, "html", StatusCode::UNAVAILABLE, "UPSTREAM_ERROR"},
        Case{503, "", StatusCode::UNAVAILABLE, "UPSTREAM_ERROR"},
        Case{503, "empty", StatusCode::UNAVAILABLE, "UPSTREAM_ERROR"},
        Case{503, "garbage", StatusCode::UNAVAILABLE, "UPSTREAM_ERROR"},
        Case{504, "text", StatusCode::DEADLINE_EXCEEDED, "UPSTREAM_ERROR"},
        Case{520, "html", StatusCode::UNAVAILABLE, "UPSTREAM_ERROR"}),
    [](const testing::TestParamInfo<Case>& info) {
      return absl::StrCat(info.param.http_status, "_",
                          *info.param.body == '\0' ? "fitting" : info.param.body);
    });

class UpstreamErrorDetailTest : public ServiceTest {
 protected:
  grpc::Status Create(const ChatRequest& request, absl::string_view directives = {}) {
    CallContext context(directives);
    ChatResponse response;
    return chat().CreateChatCompletion(&context, request, &response);
  }
};

TEST_F(UpstreamErrorDetailTest, UpstreamsWordsAreKept) {
  ChatRequest request = MakeChatRequest("hello");
  request.set_temperature(3);
  const grpc::Status status = Create(request);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("temperature"));
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.upstream->code(), "invalid_request_error");
  EXPECT_EQ(details.upstream->type(), "invalid_request_error");
  EXPECT_THAT(details.upstream->body(), testing::HasSubstr("temperature"));
}

TEST_F(UpstreamErrorDetailTest, FieldsThatUpstreamNames) {
  const ErrorDetails details =
      DetailsOf(Create(MakeChatRequest("hello"), "status=422;body=validation"));
  ASSERT_TRUE(details.bad_request.has_value());
  EXPECT_EQ(details.bad_request->field_violations(0).field(), "messages");
  EXPECT_EQ(details.bad_request->field_violations(0).description(), "Field required");
}

TEST_F(UpstreamErrorDetailTest, RetryAfterBecomesRetryInfo) {
  simulator::HttpResponse answer = simulator::JsonResponse(429, R"({"error":{"message":"slow"}})");
  answer.headers.emplace_back("retry-after", "7");
  ScriptedUpstream upstream(answer);
  StartService([&](server::Options* options) {
    options->upstream.base_url = upstream.base_url();
  });
  const ErrorDetails details = DetailsOf(Create(MakeChatRequest("hello")));
  ASSERT_TRUE(details.retry.has_value());
  EXPECT_EQ(details.retry->retry_delay().seconds(), 7);
  StopService();
}

TEST_F(UpstreamErrorDetailTest, TheCallersOwnCredentialsNeverReachUpstream) {
  StartService();
  CallContext context;
  context.AddMetadata("authorization", "Bearer bad-key");
  context.AddMetadata("x-api-key", "bad-key");
  ChatResponse response;
  EXPECT_TRUE(chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response).ok());
}

TEST_F(UpstreamErrorDetailTest, HugeErrorStaysWithinWhatClientsAccept) {
  simulator::HttpResponse answer =
      simulator::JsonResponse(400, R"({"error":{"message":")" + std::string(20'000, '%') +
                                       R"(","code":")" + std::string(20'000, 'c') + "\"}}");
  for (int i = 0; i < 100; ++i) {
    answer.headers.emplace_back(absl::StrCat("fireworks-filler-", i), std::string(100, 'v'));
  }
  ScriptedUpstream upstream(answer);
  StartService([&](server::Options* options) {
    options->upstream.base_url = upstream.base_url();
  });
  const grpc::Status status = Create(MakeChatRequest("hello"));
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "UPSTREAM_ERROR");
  EXPECT_GT(Metric("fireworks_dropped_metadata_total"), 0);
  StopService();
}

}  // namespace
}  // namespace fireworks::e2e
