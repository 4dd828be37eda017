// A caller's deadline, in every phase: the service answers shortly before it
// passes, so that the caller learns why, and upstream's connection closes.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using simulator::RequestState;
using std::chrono::milliseconds;

// Sent as 1510 ms; leaves the service 50 ms to answer in all the same.
constexpr milliseconds kLong{1501};
constexpr milliseconds kShort{150};

class DeadlineTest : public ServiceTest {
 protected:
  using Call = std::function<grpc::Status(CallContext*)>;

  // Expects the service's own answer to `call` under these directives. A busy
  // machine may let the 50 ms pass before the service runs: one answer will do.
  void ExpectAnswered(absl::string_view directives, const Call& call) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      CallContext context(directives, kLong);
      const grpc::Status status = call(&context);
      EXPECT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED);
      ExpectUpstreamClosed(context.request_id());
      if (status.error_details().empty()) continue;
      EXPECT_EQ(ReasonOf(status), "DEADLINE_EXCEEDED");
      EXPECT_EQ(context.Trailer("x-request-id"), context.request_id());
      EXPECT_EQ(context.Trailer("x-upstream-attempts"), "1");
      EXPECT_GE(Finished("DEADLINE_EXCEEDED"), 1);
      return;
    }
    ADD_FAILURE() << "the deadline passed before the service answered";
  }

  void ExpectUpstreamClosed(const std::string& request_id) {
    const auto seen = simulator().WaitForState(request_id, RequestState::kClientClosed);
    EXPECT_TRUE(seen.ok()) << seen.status();
    ExpectAllQuiet();
  }

  double Finished(const char* status) {
    return Metric("grpc_server_call_duration_seconds", {{"grpc_status", status}});
  }

  static constexpr int kAttempts = 5;
};

TEST_F(DeadlineTest, BeforeTheHeadOfAStream) {
  ExpectAnswered("hang=headers", [this](CallContext* context) {
    return StreamChat(&chat(), context, MakeChatRequest("hello")).status;
  });
}

TEST_F(DeadlineTest, BetweenTwoEvents) {
  ExpectAnswered("hang_after=3", [this](CallContext* context) {
    const ChatStream stream = StreamChat(&chat(), context, MakeChatRequest("hello"));
    EXPECT_EQ(stream.chunks.size(), 3u);
    return stream.status;
  });
}

TEST_F(DeadlineTest, OfAUnaryCall) {
  ExpectAnswered("hang=headers", [this](CallContext* context) {
    ChatResponse response;
    return chat().CreateChatCompletion(context, MakeChatRequest("hello"), &response);
  });
}

TEST_F(DeadlineTest, InTheMiddleOfAUnaryBody) {
  ExpectAnswered("hang_after=1", [this](CallContext* context) {
    ChatResponse response;
    return chat().CreateChatCompletion(context, MakeChatRequest("hello"), &response);
  });
}

TEST_F(DeadlineTest, WhilePausedByBackpressure) {
  CallContext context("events=4096;bytes=16384;blast=1", kLong);
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  // Nothing is read before upstream is gone, so no status can be delivered in time.
  EXPECT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kClientClosed).ok());
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  ExpectAllQuiet();
  // The caller's reset and our own clock race for which of them ended it.
  EXPECT_EQ(Finished("DEADLINE_EXCEEDED") + Finished("CANCELLED"), 1);
}

TEST_F(DeadlineTest, AShortOneIsKeptToo) {
  service();
  CallContext context("hang=headers", kShort);
  const ChatStream stream = StreamChat(&chat(), &context, MakeChatRequest("hello"));
  EXPECT_EQ(stream.status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  ExpectAllQuiet();
}

// Go sends `2562048H` for its longest timeout, which no clock of C++ can hold.
TEST_F(DeadlineTest, OneThatIsCenturiesAwayIsNone) {
  service();
  CallContext context;
  gpr_timespec deadline = gpr_now(GPR_CLOCK_REALTIME);
  deadline.tv_sec += std::int64_t{2562047} * 3600;
  context.set_deadline(deadline);
  ChatResponse response;
  const grpc::Status status =
      chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(DeadlineTest, ACallWithoutOneHasTheServicesLimit) {
  StartService([](server::Options* options) {
    options->limits.inference_timeout = milliseconds(200);
  });
  CallContext context("hang=headers");
  context.set_deadline(std::chrono::system_clock::time_point::max());
  ChatResponse response;
  const grpc::Status status =
      chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response);
  EXPECT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonOf(status), "CALL_TIMEOUT");
  ExpectUpstreamClosed(context.request_id());
}

}  // namespace
}  // namespace fireworks::e2e
