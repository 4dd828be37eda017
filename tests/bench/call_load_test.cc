#include "tests/bench/call_load.h"

#include <cstdlib>
#include <mutex>
#include <string>

#include "grpcpp/create_channel.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "tests/simulator/time_stamp.h"

namespace fireworks::bench {
namespace {

using grpc::ByteBuffer;

constexpr auto kLimit = std::chrono::seconds(60);

// Sends as many stamped messages of 30 bytes as the metadata `messages` says; without it
// the call fails. It goes on until the caller cancels when that is negative.
class Stream final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Stream(const grpc::GenericCallbackServerContext* context) {
    const auto found = context->client_metadata().find("messages");
    if (found == context->client_metadata().end()) {
      Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "how many?"));
      return;
    }
    left_ = std::atoi(std::string(found->second.data(), found->second.size()).c_str());
    std::lock_guard<std::mutex> lock(mutex_);
    Next();
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!ok) left_ = 0;
    Next();
  }
  void OnDone() override {
    // Behind what gRPC has told of before, in a way that ThreadSanitizer sees too.
    { std::lock_guard<std::mutex> lock(mutex_); }
    delete this;
  }

 private:
  void Next() {
    if (left_ == 0) {
      Finish(grpc::Status::OK);
      return;
    }
    --left_;
    std::string bytes = std::string("0123456789") + simulator::kUnstamped;
    simulator::StampTime(&bytes);
    const grpc::Slice slice(bytes);
    message_ = ByteBuffer(&slice, 1);
    StartWrite(&message_);
  }

  std::mutex mutex_;
  int left_ = 0;
  ByteBuffer message_;
};

class CallLoadTest : public testing::Test {
 protected:
  class Service final : public grpc::CallbackGenericService {
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override {
      return new Stream(context);
    }
  };

  CallLoadTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
  }

  static CallKind Kind(const std::string& messages) {
    CallKind kind;
    kind.method = "/test.Service/Stream";
    const grpc::Slice slice("request");
    kind.request = ByteBuffer(&slice, 1);
    if (!messages.empty()) kind.metadata.emplace_back("messages", messages);
    return kind;
  }

  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(CallLoadTest, CountsWhatAllCallsBring) {
  CallKind kind = Kind("5");
  kind.stamped = true;
  CallLoad load;
  for (int i = 0; i < 8; ++i) load.AddPlace(channel_, kind, 3);
  load.Start(std::chrono::milliseconds(1));
  ASSERT_TRUE(load.Wait(kLimit));
  const CallTotals totals = load.Totals();
  EXPECT_EQ(totals.messages, 8 * 3 * 5);
  EXPECT_EQ(totals.bytes, 8 * 3 * 5 * 30);
  EXPECT_EQ(totals.failures, 0) << totals.first_error;
  EXPECT_EQ(totals.latencies.size(), 8u * 3 * 5);
  EXPECT_GT(totals.latencies.Quantile(0), 0);
  // The first call of each place connects.
  EXPECT_EQ(totals.first_messages.size(), 8u * 2);
  EXPECT_EQ(totals.calls.size(), 8u * 2);
  EXPECT_EQ(load.open_calls(), 0);
}

TEST_F(CallLoadTest, OneCallOfAPlaceCountsThoughItConnects) {
  const CallKind kind = Kind("1");
  CallLoad load;
  load.AddPlace(channel_, kind, 1);
  load.Start(std::chrono::milliseconds(0));
  ASSERT_TRUE(load.Wait(kLimit));
  EXPECT_EQ(load.Totals().calls.size(), 1u);
  // Nobody asked for times.
  EXPECT_EQ(load.Totals().latencies.size(), 0u);
}

TEST_F(CallLoadTest, FailedCallsAreCountedWithTheFirstReason) {
  const CallKind kind = Kind("");
  CallLoad load;
  load.AddPlace(channel_, kind, 2);
  load.Start(std::chrono::milliseconds(0));
  ASSERT_TRUE(load.Wait(kLimit));
  EXPECT_EQ(load.Totals().failures, 2);
  EXPECT_EQ(load.Totals().first_error, "how many?");
}

TEST_F(CallLoadTest, ReadersThatStopHoldUpNobodyAndDoNotCount) {
  CallKind stopped = Kind("-1");
  stopped.stops = true;
  const CallKind kind = Kind("5");
  CallLoad load;
  load.AddPlace(channel_, stopped, 1);
  load.Start(std::chrono::milliseconds(0));
  load.AddPlace(channel_, kind, 2);
  load.Start(std::chrono::milliseconds(0));
  ASSERT_TRUE(load.Wait(kLimit));
  EXPECT_EQ(load.Totals().messages, 10);
  EXPECT_EQ(load.Totals().failures, 0);
}

}  // namespace
}  // namespace fireworks::bench
