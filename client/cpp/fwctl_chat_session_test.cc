// `fwctl chat` without a prompt, on a terminal, against a scripted server.
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/cpp/testing/fake_service.h"
#include "client/cpp/testing/fwctl_process.h"
#include "client/cpp/testing/received.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionRequest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Result = FwctlProcess::Result;
using Writer = grpc::ServerWriter<FakeService::Chunk>;

FwctlProcess::Options Session(const std::string& target, std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.begin(), "chat");
  FwctlProcess::Options options;
  options.arguments = std::move(arguments);
  options.environment = {{"FWCTL_TARGET", target}, {"TERM", "xterm"}};
  options.terminal = true;
  options.terminal_input = true;
  return options;
}

// Answers each turn with the number of messages that it had; "fail" fails.
class Counter {
 public:
  const std::string& target() const { return fake_.target(); }
  ChatCompletionRequest last() const { return requests_.last(); }

 private:
  Received<ChatCompletionRequest> requests_;
  FakeService fake_{
      [this](grpc::ServerContext*, const ChatCompletionRequest& request, Writer* writer) {
        requests_.Add(request);
        if (request.messages().rbegin()->content().text() == "fail") return TruncatedStatus();
        writer->Write(ContentChunk("answer " + std::to_string(request.messages_size())));
        writer->Write(FinishChunk("stop"));
        return grpc::Status::OK;
      }};
};

TEST(FwctlChatSession, TheModelSeesTheConversation) {
  Counter counter;
  FwctlProcess process(Session(counter.target(), {"--system", "Be brief."}));
  process.Type("one\n");
  EXPECT_TRUE(process.AwaitOutput("answer 2\n"));
  process.Type("two\n");
  EXPECT_TRUE(process.AwaitOutput("answer 4\n"));
  process.Type("/exit\n");
  EXPECT_EQ(process.Wait().exit_code, 0);
  const ChatCompletionRequest request = counter.last();
  ASSERT_THAT(request.messages(), SizeIs(4));
  EXPECT_EQ(request.messages(0).role(), "system");
  EXPECT_EQ(request.messages(1).content().text(), "one");
  EXPECT_EQ(request.messages(2).role(), "assistant");
  EXPECT_EQ(request.messages(2).content().text(), "answer 2");
  EXPECT_EQ(request.messages(3).content().text(), "two");
}

TEST(FwctlChatSession, AFailedTurnLeavesNoTrace) {
  Counter counter;
  FwctlProcess process(Session(counter.target()));
  process.Type("fail\nagain\n");
  EXPECT_TRUE(process.AwaitOutput("answer 1\n"));
  process.Type("/exit\n");
  const Result result = process.Wait();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("STREAM_TRUNCATED"));
}

TEST(FwctlChatSession, CommandsAttachAndClear) {
  Counter counter;
  FwctlProcess process(Session(counter.target()));
  const std::string path = testing::TempDir() + "/f.txt";
  std::ofstream(path) << "text";
  process.Type("one\n/image /nowhere/x.png\n/file " + path + "\ntwo\n");
  EXPECT_TRUE(process.AwaitOutput("answer 3\n"));
  EXPECT_EQ(counter.last().messages(2).content().parts().values(1).text(), "f.txt:\n\ntext");
  process.Type("three\n");
  EXPECT_TRUE(process.AwaitOutput("answer 5\n"));
  EXPECT_EQ(counter.last().messages(4).content().text(), "three");
  process.Type("/clear\n/what\nfour\n");
  EXPECT_TRUE(process.AwaitOutput("answer 1\n"));
  process.Type("/exit\n");
  const Result result = process.Wait();
  EXPECT_THAT(result.err, AllOf(HasSubstr("/nowhere/x.png"), HasSubstr("unknown command /what")));
}

TEST(FwctlChatSession, CtrlCStopsTheAnswerAndNotTheSession) {
  FakeService fake([](grpc::ServerContext* context, const ChatCompletionRequest& request,
                      Writer* writer) {
    const bool second = request.messages_size() > 1;
    writer->Write(ContentChunk(second ? request.messages(1).content().text() + " kept" : "half"));
    while (!second && !context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  });
  FwctlProcess process(Session(fake.target()));
  process.Type("one\n");
  EXPECT_TRUE(process.AwaitOutput("half"));
  process.Signal(SIGINT);
  process.Type("two\n");
  EXPECT_TRUE(process.AwaitOutput("half kept"));
  process.Type("/exit\n");
  EXPECT_EQ(process.Wait().exit_code, 0);
}

TEST(FwctlChatSession, NobodyThereEndsIt) {
  const RefusingTarget nowhere;
  FwctlProcess process(Session(nowhere.target()));
  process.Type("hi\n");
  EXPECT_EQ(process.Wait().exit_code, 3);
}

}  // namespace
}  // namespace fireworks::client
