// The end of the service: new calls are refused, running ones get their grace,
// and what remains is told why it ends.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/raw_connection.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using grpc::health::v1::HealthCheckResponse;
using simulator::RequestState;
using std::chrono::steady_clock;

class DrainTest : public ServiceTest {
 protected:
  void StartWithGrace(std::chrono::milliseconds grace) {
    StartService([grace](server::Options* options) {
      options->drain_grace = grace;
      options->health_listen = "127.0.0.1:0";
    });
    health_ = grpc::health::v1::Health::NewStub(
        NewChannel(absl::StrCat("127.0.0.1:", service().health_port())));
  }

  HealthCheckResponse::ServingStatus CheckHealth() {
    CallContext context;
    HealthCheckResponse response;
    const grpc::Status status = health_->Check(&context, {}, &response);
    return status.ok() ? response.status() : HealthCheckResponse::UNKNOWN;
  }

  grpc::Status NewCall(ChatService::Stub* stub) {
    CallContext context;
    ChatResponse response;
    return stub->CreateChatCompletion(&context, MakeChatRequest("hello"), &response);
  }

  // A stream that has brought its first chunk.
  std::unique_ptr<ChatReader> StartStream(CallContext* context) {
    auto reader = chat().StreamChatCompletion(context, MakeChatRequest("say: a b c d"));
    if (simulator().WaitForState(context->request_id(), RequestState::kOpen).ok()) {
      static_cast<void>(simulator().Release(context->request_id(), 1));
    }
    ChatChunk chunk;
    EXPECT_TRUE(reader->Read(&chunk));
    return reader;
  }

  // Reads until what has come is as wanted.
  static void ReadUntil(RawConnection* connection,
                        const std::function<bool(const std::string&)>& is_wanted) {
    std::string all;
    while (!is_wanted(all)) {
      const std::string more = connection->ReadSome();
      ASSERT_FALSE(more.empty()) << "it did not come";
      all += more;
    }
  }

  // Long enough for every test, and for none to wait for it.
  static constexpr std::chrono::seconds kLongGrace{120};

  std::unique_ptr<grpc::health::v1::Health::Stub> health_;
};

TEST_F(DrainTest, RunningStreamFinishesWhileNewCallsAreRefused) {
  StartWithGrace(kLongGrace);
  CallContext context("step=1;chunk_tokens=1");
  const auto reader = StartStream(&context);
  EXPECT_EQ(CheckHealth(), HealthCheckResponse::SERVING);

  std::thread drainer([this] { service().Drain(); });
  EXPECT_TRUE(Eventually([this] { return CheckHealth() == HealthCheckResponse::NOT_SERVING; }));
  const auto is_refused = [this](ChatService::Stub* stub) {
    return Eventually(
        [this, stub] { return NewCall(stub).error_code() == StatusCode::UNAVAILABLE; });
  };
  EXPECT_TRUE(is_refused(&chat()));
  const auto fresh = ChatService::NewStub(NewChannel());
  EXPECT_TRUE(is_refused(fresh.get()));

  EXPECT_TRUE(simulator().Release(context.request_id(), 1000).ok());
  const ChatStream stream = ReadAll(reader.get());
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_EQ(stream.Content(), "a b c d");
  drainer.join();
}

// gRPC's own shutdown would drop it with CANCELLED.
TEST_F(DrainTest, CallThatWasOnItsWayWhenItsCallerWasAskedToGoIsServed) {
  StartWithGrace(kLongGrace);
  CallContext context("step=1;chunk_tokens=1");
  const auto reader = StartStream(&context);  // Holds the drain.
  RawConnection caller(service().port());
  caller.Send(Http2Preface());
  caller.Send(Frame(kSettingsFrame, kAck, 0, ""));
  ASSERT_FALSE(caller.ReadSome().empty());

  std::thread drainer([this] { service().Drain(); });
  // The ping that comes with it is never answered: the caller may not have heard.
  ReadUntil(&caller, [](const std::string& frames) { return GoAwayCode(frames).has_value(); });
  fireworks::gateway::v1::GetModelRequest request;
  request.set_name(kChatModel);
  const std::string bytes = request.SerializeAsString();
  std::string message(5, '\0');  // not compressed, and the length in four bytes
  message.back() = static_cast<char>(bytes.size());
  caller.Send(Frame(kHeadersFrame, kEndHeaders, 1,
                    CallHeaders("fireworks.gateway.v1.ModelService/GetModel",
                                {{"x-request-id", "late"}})));
  caller.Send(Frame(kDataFrame, kEndStream, 1, message + bytes));
  ReadUntil(&caller, [](const std::string& frames) {
    return absl::StrContains(frames, kChatModel);
  });
  EXPECT_TRUE(simulator().WaitForState("late", RequestState::kFinished).ok());

  EXPECT_TRUE(simulator().Release(context.request_id(), 1000).ok());
  EXPECT_TRUE(ReadAll(reader.get()).status.ok());
  drainer.join();
}

TEST_F(DrainTest, StreamThatOutlastsTheGraceIsToldWhy) {
  StartWithGrace(std::chrono::milliseconds(100));
  CallContext context("hang_after=2");
  const auto reader = StartStream(&context);
  std::thread drainer([this] { service().Drain(); });
  const ChatStream stream = ReadAll(reader.get());
  EXPECT_EQ(stream.status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(stream.status), "DRAINING");
  EXPECT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kClientClosed).ok());
  drainer.join();
  ExpectAllQuiet();
}

TEST_F(DrainTest, UnaryCallThatOutlastsTheGraceIsToldWhy) {
  StartWithGrace(std::chrono::milliseconds(100));
  CallContext context("hang=headers");
  const auto stub = ChatService::NewStub(NewChannel());
  ChatResponse response;
  grpc::Status status;
  std::thread caller([&] {
    status = stub->CreateChatCompletion(&context, MakeChatRequest("hello"), &response);
  });
  EXPECT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kOpen).ok());
  service().Drain();
  caller.join();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "DRAINING");
}

TEST_F(DrainTest, CallerThatDoesNotReadDoesNotHoldTheDrain) {
  StartWithGrace(std::chrono::milliseconds(100));
  CallContext context("events=4096;bytes=16384;blast=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ASSERT_TRUE(
      Eventually([this] { return Metric("fireworks_backpressure_pauses_total") > 0; }));
  service().Drain();
  EXPECT_FALSE(ReadAll(reader.get()).status.ok());
  ExpectAllQuiet();
}

TEST_F(DrainTest, NothingToWaitForEndsTheDrainAtOnce) {
  StartWithGrace(kLongGrace);
  ASSERT_TRUE(NewCall(&chat()).ok());
  const auto began = steady_clock::now();
  service().Drain();
  EXPECT_LT(steady_clock::now() - began, kLongGrace / 2);
}

TEST_F(DrainTest, HealthWatcherLearnsOfTheDrainAndDoesNotHoldIt) {
  StartWithGrace(kLongGrace);
  const auto stub = grpc::health::v1::Health::NewStub(NewChannel());
  CallContext context;
  const auto watch = stub->Watch(&context, {});
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  const auto began = steady_clock::now();
  std::thread drainer([this] { service().Drain(); });
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  drainer.join();
  EXPECT_LT(steady_clock::now() - began, kLongGrace / 2);
  context.TryCancel();
  static_cast<void>(watch->Finish());
}

TEST_F(DrainTest, DestructionWithoutADrainEndsRunningCalls) {
  StartWithGrace(kLongGrace);
  CallContext context("hang_after=2");
  const auto reader = StartStream(&context);
  StopService();
  const ChatStream stream = ReadAll(reader.get());
  EXPECT_EQ(stream.status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kClientClosed).ok());
}

}  // namespace
}  // namespace fireworks::e2e
