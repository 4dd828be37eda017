// /statusz of a running service.
#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/raw_connection.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kHostile[] = "<script>alert('model')</script>";

class StatusTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    StartService([](server::Options* options) {
      options->metrics_listen = "127.0.0.1:0";
      options->status_interval = std::chrono::milliseconds(0);
      options->names.account_id = "my-team";
    });
  }

  std::string Get(const std::string& path) {
    RawConnection connection(service().metrics_port());
    connection.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    const auto answer = connection.ReadToEnd();
    EXPECT_TRUE(answer.has_value());
    return answer.value_or("");
  }

  json GetJson() {
    const std::string answer = Get("/statusz?format=json");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"));
    json status = json::parse(answer.substr(answer.find("\r\n\r\n")), nullptr, false);
    EXPECT_TRUE(status.is_object()) << answer;
    return status;
  }
};

TEST_F(StatusTest, ShowsWhatTheServiceIs) {
  const json status = GetJson();
  EXPECT_EQ(status["service"]["serving"], true);
  EXPECT_EQ(status["service"]["draining"], false);
  EXPECT_FALSE(status["service"]["version"].get<std::string>().empty());
  EXPECT_GE(status["service"]["uptime_s"], 0);
  EXPECT_EQ(status["upstream"]["base_url"], simulator().base_url());
  EXPECT_EQ(status["upstream"]["loops"].size(), 1u);
  EXPECT_GT(status["routes"]["count"], 100);
  EXPECT_EQ(status["routes"]["count"], status["routes"]["all"].size());
  EXPECT_THAT(status["routes"]["all"].dump(),
              HasSubstr("{\"kind\":\"stream\",\"method\":\"fireworks.inference.v1."
                        "ChatCompletionService/StreamChatCompletion\""));
  EXPECT_EQ(status["active_calls"]["running"], 0);
  EXPECT_EQ(status["errors"]["since_the_start"], 0);
}

TEST_F(StatusTest, ShowsARunningStreamAndForgetsItAfterwards) {
  CallContext context("tokens=5;hang_after=2");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk) && reader->Read(&chunk));
  const json status = GetJson();
  EXPECT_EQ(status["active_calls"]["running"], 1);
  EXPECT_EQ(status["active_calls"]["not_shown"], 0);
  ASSERT_EQ(status["active_calls"]["oldest"].size(), 1u);
  const json& call = status["active_calls"]["oldest"][0];
  EXPECT_EQ(call["method"], "fireworks.inference.v1.ChatCompletionService/StreamChatCompletion");
  EXPECT_EQ(call["caller"], "anonymous");
  EXPECT_EQ(call["model"], kChatModel);
  EXPECT_EQ(call["phase"], "streaming");
  EXPECT_EQ(call["events"], 2);
  EXPECT_EQ(call["request_id"], context.request_id());
  EXPECT_EQ(status["upstream"]["loops"][0]["exchanges"], 1);
  EXPECT_EQ(status["upstream"]["loops"][0]["open_connections"], 1);
  EXPECT_EQ(status["callers"]["running_calls"], 1);
  context.TryCancel();
  EXPECT_FALSE(ReadAll(reader.get()).status.ok());
  ExpectAllQuiet();
  EXPECT_EQ(GetJson()["active_calls"]["running"], 0);
  // That a caller leaves is no error.
  EXPECT_EQ(GetJson()["errors"]["since_the_start"], 0);
}

TEST_F(StatusTest, ShowsTheLastErrorsWithoutContent) {
  CallContext context("status=404");
  EXPECT_FALSE(
      StreamChat(&chat(), &context, MakeChatRequest("status-canary", kHostile)).status.ok());
  ExpectAllQuiet();
  const json errors = GetJson()["errors"];
  EXPECT_EQ(errors["since_the_start"], 1);
  ASSERT_EQ(errors["last"].size(), 1u);
  EXPECT_EQ(errors["last"][0]["status"], "NOT_FOUND");
  EXPECT_EQ(errors["last"][0]["reason"], "UPSTREAM_ERROR");
  EXPECT_EQ(errors["last"][0]["request_id"], context.request_id());
  for (const char* path : {"/statusz", "/statusz?format=json", "/metrics"}) {
    EXPECT_THAT(Get(path), Not(HasSubstr("status-canary")));
    EXPECT_THAT(Get(path), Not(HasSubstr(kApiKey)));
  }
}

TEST_F(StatusTest, ThePageRunsNothingThatACallerSays) {
  CallContext context("tokens=5;hang_after=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello", kHostile));
  ChatChunk chunk;
  reader->Read(&chunk);
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_active_calls") == 1; }));
  const std::string page = Get("/statusz");
  EXPECT_THAT(page, HasSubstr("content-type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page, HasSubstr("content-security-policy: default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;model&#39;)"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  context.TryCancel();
  ReadAll(reader.get());
}

}  // namespace
}  // namespace fireworks::e2e
