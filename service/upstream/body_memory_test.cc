// How long the body of a request is held: no longer than it may be sent again.
#include <string>
#include <utility>

#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"
#include "service/upstream/testing/large_allocations.h"

namespace fireworks::upstream {
namespace {

using testing::ClientFixture;
using testing::Connection;
using testing::LargeBytesHeld;
using testing::Post;

constexpr std::size_t kBodyBytes = 8 << 20;

class BodyMemoryTest : public ClientFixture {
 protected:
  // Reads a request, and keeps nothing of it.
  static void DropRequest(Connection* connection) {
    constexpr std::size_t kPiece = 64 << 10;
    connection->ReadHead();
    for (std::size_t read = 0; read < kBodyBytes; read += kPiece) connection->ReadBytes(kPiece);
  }

  Connection AcceptAndDropRequest() {
    Connection connection = server_.Accept();
    DropRequest(&connection);
    return connection;
  }

  static Request LargePost() {
    Request request = Post("/x", std::string(kBodyBytes, 'b'));
    request.wants_events = true;
    return request;
  }

  // Whether the body is held after the loop has done all that was to do.
  bool IsHeld() {
    AwaitLoopAsleep();
    const std::size_t held = LargeBytesHeld();
    // Never twice.
    EXPECT_LT(held, kBodyBytes + kBodyBytes / 2);
    return held >= kBodyBytes;
  }
};

TEST_F(BodyMemoryTest, WithoutRetriesItIsFreedWhenSent) {
  const auto exchange = Start(LargePost());
  EXPECT_TRUE(IsHeld());
  Connection connection = AcceptAndDropRequest();
  EXPECT_FALSE(IsHeld());
}

TEST_F(BodyMemoryTest, ThatIsNeverRepeatedIsFreedWhenSent) {
  options_.retry.emplace();
  Request request = LargePost();
  request.retry_class = RetryClass::kNever;
  const auto exchange = Start(std::move(request));
  Connection connection = AcceptAndDropRequest();
  EXPECT_FALSE(IsHeld());
}

TEST_F(BodyMemoryTest, ThatMayBeRepeatedIsFreedWithTheHead) {
  options_.retry.emplace();
  exchange_ = Start(LargePost());
  Connection connection = AcceptAndDropRequest();
  EXPECT_TRUE(IsHeld());
  connection.SendStreamHead("data: 1\n\n");
  recorder_->AwaitEvents(1);
  EXPECT_FALSE(IsHeld());
}

TEST_F(BodyMemoryTest, IsFreedWithAHeadThatForbidsRepeating) {
  options_.retry.emplace();
  exchange_ = Start(LargePost());
  Connection connection = AcceptAndDropRequest();
  connection.Send("HTTP/1.1 400 Words\r\ncontent-length: 10\r\n\r\nhalf");
  recorder_->AwaitHead();
  EXPECT_FALSE(IsHeld());
}

TEST_F(BodyMemoryTest, ThatIsRepeatedIsNotCopiedAndFreedByTheLastAttempt) {
  options_.retry.emplace();
  options_.retry->max_attempts = 2;
  options_.retry->random = [] { return 0.0; };
  exchange_ = Start(LargePost());
  {
    Connection refused = AcceptAndDropRequest();
    refused.SendAnswer(503, "text/plain", "no", "connection: close\r\n");
  }
  Connection connection = server_.Accept();
  EXPECT_TRUE(IsHeld());
  DropRequest(&connection);
  EXPECT_FALSE(IsHeld());
  connection.SendStreamHead("data: 1\n\n");
  recorder_->AwaitEvents(1);
}

}  // namespace
}  // namespace fireworks::upstream
