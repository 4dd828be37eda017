// `fwctl chat` as users run it, against a scripted server.
#include <chrono>
#include <csignal>
#include <fstream>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "client/cpp/testing/fake_service.h"
#include "client/cpp/testing/fwctl_process.h"
#include "client/cpp/testing/received.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionRequest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using Result = FwctlProcess::Result;
using Writer = grpc::ServerWriter<FakeService::Chunk>;

FwctlProcess::Options Chat(const std::string& target, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "chat");
  FwctlProcess::Options options;
  options.arguments = std::move(arguments);
  options.environment = {{"FWCTL_TARGET", target}, {"TERM", "xterm"}};
  return options;
}

// A service that answers "Hello" and remembers the request.
class Greeter {
 public:
  const std::string& target() const { return fake_.target(); }
  ChatCompletionRequest request() const { return requests_.last(); }
  std::string prompt() const { return request().messages().rbegin()->content().text(); }

 private:
  Received<ChatCompletionRequest> requests_;
  FakeService fake_{
      [this](grpc::ServerContext*, const ChatCompletionRequest& request, Writer* writer) {
        requests_.Add(request);
        writer->Write(ContentChunk("Hel"));
        writer->Write(ContentChunk("lo"));
        writer->Write(FinishChunk("stop"));
        return grpc::Status::OK;
      }};
};

TEST(FwctlChat, PrintsTheAnswerAndANewline) {
  Greeter greeter;
  const Result result = RunFwctl(Chat(greeter.target(), {"Say", "hello"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "Hello\n");
  EXPECT_EQ(result.err, "");
  ASSERT_THAT(greeter.request().messages(), SizeIs(1));
  EXPECT_EQ(greeter.request().messages(0).role(), "user");
  EXPECT_EQ(greeter.prompt(), "Say hello");
  EXPECT_EQ(greeter.request().model(), "accounts/fireworks/models/kimi-k2-instruct-0905");
}

TEST(FwctlChat, TokensAppearBeforeTheStreamEnds) {
  std::promise<void> first_token_seen;
  FakeService fake([&](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ContentChunk("first"));
    first_token_seen.get_future().wait();
    writer->Write(ContentChunk(" second"));
    return grpc::Status::OK;
  });
  FwctlProcess process(Chat(fake.target(), {"go"}));
  EXPECT_TRUE(process.AwaitOutput("first"));
  first_token_seen.set_value();
  EXPECT_EQ(process.Wait().out, "first second\n");
}

TEST(FwctlChat, FlagsBecomeTheRequest) {
  Greeter greeter;
  RunFwctl(Chat(greeter.target(), {"--model=m", "--system", "Be brief.", "--max-tokens", "7",
                                   "--temperature", "0.5", "--usage", "--", "--prompt"}));
  const ChatCompletionRequest request = greeter.request();
  EXPECT_EQ(request.model(), "m");
  ASSERT_THAT(request.messages(), SizeIs(2));
  EXPECT_EQ(request.messages(0).role(), "system");
  EXPECT_EQ(request.messages(0).content().text(), "Be brief.");
  EXPECT_EQ(greeter.prompt(), "--prompt");
  EXPECT_EQ(request.max_tokens(), 7);
  EXPECT_EQ(request.temperature(), 0.5);
  EXPECT_TRUE(request.stream_options().include_usage());
}

TEST(FwctlChat, SettingsThatWereNotGivenAreUnset) {
  Greeter greeter;
  RunFwctl(Chat(greeter.target(), {"hi"}));
  EXPECT_FALSE(greeter.request().has_max_tokens());
  EXPECT_FALSE(greeter.request().has_temperature());
  EXPECT_FALSE(greeter.request().has_stream_options());
}

TEST(FwctlChat, TheModelMayComeFromTheEnvironment) {
  Greeter greeter;
  FwctlProcess::Options options = Chat(greeter.target(), {"hi"});
  options.environment["FWCTL_MODEL"] = "default-chat";
  RunFwctl(options);
  EXPECT_EQ(greeter.request().model(), "default-chat");
}

TEST(FwctlChat, WithoutArgumentsThePromptIsStdin) {
  Greeter greeter;
  FwctlProcess::Options options = Chat(greeter.target(), {});
  options.stdin_text = "line 1\nline 2\n";
  EXPECT_EQ(RunFwctl(options).out, "Hello\n");
  EXPECT_EQ(greeter.prompt(), "line 1\nline 2");
}

TEST(FwctlChat, ADashStandsForStdin) {
  Greeter greeter;
  FwctlProcess::Options options = Chat(greeter.target(), {"-", "--model", "m"});
  options.stdin_text = "from stdin";
  RunFwctl(options);
  EXPECT_EQ(greeter.prompt(), "from stdin");
}

TEST(FwctlChat, JsonIsOneObjectPerChunk) {
  Greeter greeter;
  const Result result = RunFwctl(Chat(greeter.target(), {"--json", "hi"}));
  EXPECT_EQ(result.exit_code, 0);
  const std::vector<std::string> lines = absl::StrSplit(result.out, '\n');
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_EQ(lines[3], "");
  const auto first = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(first["choices"][0]["delta"]["content"], "Hel");
  const auto last = nlohmann::json::parse(lines[2]);
  EXPECT_EQ(last["choices"][0]["finish_reason"], "stop");
}

TEST(FwctlChat, UsageAndTimingsGoToStderr) {
  FakeService fake([](grpc::ServerContext* context, const ChatCompletionRequest&, Writer* writer) {
    FakeService::Chunk chunk = ContentChunk("Hi");
    chunk.mutable_usage()->set_prompt_tokens(5);
    chunk.mutable_usage()->set_completion_tokens(1);
    writer->Write(chunk);
    context->AddTrailingMetadata("x-gateway-overhead-us", "150");
    context->AddTrailingMetadata("x-time-to-first-event-us", "2000");
    return grpc::Status::OK;
  });
  const Result result = RunFwctl(Chat(fake.target(), {"--usage", "hi"}));
  EXPECT_EQ(result.out, "Hi\n");
  EXPECT_EQ(result.err,
            "usage: 5 prompt tokens, 1 completion tokens\n"
            "call: overhead 150us, first event after 2ms\n");
}

TEST(FwctlChat, MetadataIsSentInLowerCase) {
  Received<std::string> values;
  FakeService fake([&](grpc::ServerContext* context, const ChatCompletionRequest&, Writer*) {
    for (const auto& [key, value] : context->client_metadata()) {
      if (key == "x-a" || key == "x-b") values.Add(std::string(value.data(), value.size()));
    }
    return grpc::Status::OK;
  });
  RunFwctl(Chat(fake.target(), {"--metadata", "X-A=1", "--metadata=x-b=2=3", "hi"}));
  EXPECT_THAT(values.all(), UnorderedElementsAre("1", "2=3"));
}

// How reasoning and colour depend on where the output goes.
class FwctlChatReasoning : public testing::Test {
 protected:
  std::string Output(const FwctlProcess::Options& options) {
    const Result result = RunFwctl(options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  FwctlProcess::Options OnTerminal(std::vector<std::string> arguments) {
    FwctlProcess::Options options = Chat(fake_.target(), std::move(arguments));
    options.terminal = true;
    return options;
  }

  FakeService fake_{[](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ReasoningChunk("Hm."));
    writer->Write(ContentChunk("Yes."));
    return grpc::Status::OK;
  }};
};

TEST_F(FwctlChatReasoning, IsDimmedOnATerminal) {
  EXPECT_EQ(Output(OnTerminal({"hi"})), "\x1b[2mHm.\x1b[0m\n\nYes.\n");
}

TEST_F(FwctlChatReasoning, IsPlainOnATerminalWithNoColor) {
  FwctlProcess::Options options = OnTerminal({"hi"});
  options.environment["NO_COLOR"] = "1";
  EXPECT_EQ(Output(options), "Hm.\n\nYes.\n");
}

TEST_F(FwctlChatReasoning, IsLeftOutOfAPipe) {
  EXPECT_EQ(Output(Chat(fake_.target(), {"hi"})), "Yes.\n");
}

TEST_F(FwctlChatReasoning, IsShownOrHiddenOnRequest) {
  EXPECT_EQ(Output(Chat(fake_.target(), {"--reasoning=show", "hi"})), "Hm.\n\nYes.\n");
  EXPECT_EQ(Output(OnTerminal({"--reasoning=hide", "hi"})), "Yes.\n");
}

TEST(FwctlChat, AnErrorSaysWhatHappenedAndKeepsTheTextSoFar) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ContentChunk("Once upon"));
    return TruncatedStatus();
  });
  const Result result = RunFwctl(Chat(fake.target(), {"hi"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "Once upon\n");
  EXPECT_EQ(result.err,
            "error: UNAVAILABLE (STREAM_TRUNCATED): the stream ended early [request id req_7] "
            "retry in 2s\n");
}

TEST(FwctlChat, AnErrorNamesTheFieldsAtFault) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer*) {
    google::rpc::BadRequest bad_request;
    auto* violation = bad_request.add_field_violations();
    violation->set_field("temperature");
    violation->set_description("is above 2");
    return StatusWithDetails(grpc::StatusCode::INVALID_ARGUMENT, "bad request", {&bad_request});
  });
  const Result result = RunFwctl(Chat(fake.target(), {"--temperature=3", "hi"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "error: INVALID_ARGUMENT: bad request\n  temperature: is above 2\n");
}

TEST(FwctlChat, TheServersWordsCannotControlTheTerminal) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer*) {
    return grpc::Status(grpc::StatusCode::INTERNAL, "\x1b[2J");
  });
  EXPECT_EQ(RunFwctl(Chat(fake.target(), {"hi"})).err, "error: INTERNAL: ^[[2J\n");
}

TEST(FwctlChat, ARefusedConnectionHasItsOwnExitCodeAndAHint) {
  const RefusingTarget nowhere;
  const Result result = RunFwctl(Chat("", {"--target", nowhere.target(), "hi"}));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, AllOf(StartsWith("error: UNAVAILABLE: "), HasSubstr(nowhere.target()),
                                HasSubstr("--target")));
}

TEST(FwctlChat, ATimeoutEndsTheCall) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    while (writer->Write(FakeService::Chunk())) {
    }
    return grpc::Status::CANCELLED;
  });
  const Result result = RunFwctl(Chat(fake.target(), {"--timeout=0.3", "hi"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("error: DEADLINE_EXCEEDED"));
}

TEST(FwctlChat, AnAnswerCutAtTheTokenLimitIsNoted) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ContentChunk("Once"));
    writer->Write(FinishChunk("length"));
    return grpc::Status::OK;
  });
  const Result result = RunFwctl(Chat(fake.target(), {"hi"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("--max-tokens"));
}

TEST(FwctlChat, CtrlCCancelsTheCall) {
  std::promise<void> cancelled;
  FakeService fake([&](grpc::ServerContext* context, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ContentChunk("first"));
    while (writer->Write(FakeService::Chunk())) {
    }
    if (context->IsCancelled()) cancelled.set_value();
    return grpc::Status::CANCELLED;
  });
  FwctlProcess process(Chat(fake.target(), {"hi"}));
  EXPECT_TRUE(process.AwaitOutput("first"));
  process.Signal(SIGINT);
  const Result result = process.Wait();
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_EQ(result.out, "first\n");
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(cancelled.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(FwctlChat, AReaderWhoLeavesEndsTheCallQuietly) {
  std::promise<void> reader_left;
  std::promise<void> cancelled;
  FakeService fake([&](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ContentChunk("first"));
    reader_left.get_future().wait();
    while (writer->Write(ContentChunk("more"))) {
    }
    cancelled.set_value();
    return grpc::Status::CANCELLED;
  });
  FwctlProcess process(Chat(fake.target(), {"hi"}));
  EXPECT_TRUE(process.AwaitOutput("first"));
  process.CloseOutput();
  reader_left.set_value();
  const Result result = process.Wait();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(cancelled.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(FwctlChat, WrongUsageMakesNoCall) {
  const RefusingTarget nowhere;
  const std::vector<std::vector<std::string>> wrong = {
      {"--max-tokens=0", "hi"},    {"--max-tokens=many", "hi"},  {"--temperature=nan", "hi"},
      {"--timeout=-1", "hi"},      {"--metadata=novalue", "hi"}, {"--metadata=k=\n", "hi"},
      {"--reasoning=maybe", "hi"}, {"--colour", "hi"},           {"--model"},
      {"--system=\xff", "hi"},     {""},                         {"\xff"},
      {}};
  for (const auto& arguments : wrong) {
    const Result result = RunFwctl(Chat(nowhere.target(), arguments));
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(result.err, AllOf(StartsWith("fwctl chat: "), HasSubstr("fwctl chat --help")));
    EXPECT_EQ(result.out, "");
  }
}

// Writes a file for the test; its path.
std::string FileWith(const std::string& name, const std::string& content) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(FwctlChat, ImagesAndFilesArePartsOfThePrompt) {
  Greeter greeter;
  const std::string png = FileWith("dot.png", "\x89PNG\r\n\x1a\n-");
  const std::string notes = FileWith("notes.txt", "remember");
  const Result result = RunFwctl(Chat(greeter.target(), {"--image", png, "--image=https://x/y.png",
                                                         "--file", notes, "What", "is it?"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto parts = greeter.request().messages(0).content().parts().values();
  ASSERT_THAT(parts, SizeIs(4));
  EXPECT_EQ(parts[0].text(), "What is it?");
  EXPECT_EQ(parts[1].type(), "image_url");
  EXPECT_EQ(parts[1].image_url().url(), "data:image/png;base64,iVBORw0KGgot");
  EXPECT_EQ(parts[2].image_url().url(), "https://x/y.png");
  EXPECT_EQ(parts[3].text(), "notes.txt:\n\nremember");
}

TEST(FwctlChat, WhatCannotBeAttachedIsWrongUsage) {
  const RefusingTarget nowhere;
  const std::string text = FileWith("text.txt", "no image");
  const std::string bytes = FileWith("bytes", "\xff\xfe");
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--image", text, "hi"}, {"--image", "/nowhere/x", "hi"}, {"--file", bytes, "hi"}}) {
    EXPECT_EQ(RunFwctl(Chat(nowhere.target(), arguments)).exit_code, 2)
        << testing::PrintToString(arguments);
  }
}

}  // namespace
}  // namespace fireworks::client
