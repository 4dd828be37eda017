// Bodies that come piece by piece.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using testing::ClientFixture;
using testing::Connection;
using testing::kPatience;
using testing::Post;
using testing::ReceivedRequest;
using testing::Recorder;

// Counts how often the next piece was asked for.
class Uploader : public Recorder {
 public:
  void OnBodyWanted() override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++wanted_;
    changed_.notify_all();
  }

  // Whether a piece has been asked for `times` times before `patience` ends.
  bool WantedWithin(int times, std::chrono::milliseconds patience) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return wanted_ >= times; });
  }

  void AwaitWanted(int times) {
    EXPECT_TRUE(WantedWithin(times, kPatience)) << "a piece was not asked for " << times << " times";
  }

  int wanted() {
    std::lock_guard<std::mutex> lock(mutex_);
    return wanted_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int wanted_ = 0;
};

class UploadTest : public ClientFixture {
 protected:
  static Request Upload(std::string beginning, std::optional<std::uint64_t> size) {
    Request request = Post("/upload", std::move(beginning));
    request.more_body = true;
    request.body_size = size;
    return request;
  }

  std::shared_ptr<Exchange> StartUpload(std::string beginning,
                                        std::optional<std::uint64_t> size) {
    return client().Start(Upload(std::move(beginning), size), uploader_);
  }

  const std::shared_ptr<Uploader> uploader_ = std::make_shared<Uploader>();
};

TEST_F(UploadTest, PiecesOfAKnownSizeMakeOneBody) {
  const auto exchange = StartUpload("first,", 18);
  Connection connection = server_.Accept();
  uploader_->AwaitWanted(1);
  exchange->AppendBody("second,", false);
  uploader_->AwaitWanted(2);
  exchange->AppendBody("third", true);
  const ReceivedRequest request = connection.ReadRequest();
  EXPECT_EQ(request.Header("content-length"), "18");
  EXPECT_EQ(request.Count("transfer-encoding"), 0);
  EXPECT_EQ(request.body, "first,second,third");
  connection.SendAnswer(200, "application/json", "{}");
  const Outcome outcome = uploader_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
  EXPECT_EQ(outcome.body, "{}");
  EXPECT_EQ(uploader_->wanted(), 2);
}

TEST_F(UploadTest, PiecesOfAnUnknownSizeAreChunked) {
  const auto exchange = StartUpload("ab", std::nullopt);
  Connection connection = server_.Accept();
  const ReceivedRequest request = connection.ReadHead();
  EXPECT_EQ(request.Header("transfer-encoding"), "chunked");
  EXPECT_EQ(request.Count("content-length"), 0);
  uploader_->AwaitWanted(1);
  exchange->AppendBody("", false);  // An empty piece is no end.
  uploader_->AwaitWanted(2);
  exchange->AppendBody("cde", true);
  EXPECT_EQ(connection.ReadBytes(20), "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
  connection.SendAnswer(200, "application/json", "{}");
  EXPECT_EQ(uploader_->AwaitEnd().end, End::kComplete);
}

TEST_F(UploadTest, AServerThatReadsNothingIsNotFed) {
  const std::string piece(1 << 20, 'x');
  constexpr int kPieces = 64;
  const auto exchange = StartUpload(piece, piece.size() * kPieces);
  Connection connection = server_.Accept();
  const std::string head = connection.ReadHead().head;
  // Each piece is asked for when the one before has gone to the kernel, whose
  // buffers end somewhere.
  int appended = 1;
  while (appended < kPieces - 1 && uploader_->WantedWithin(appended, std::chrono::milliseconds(500))) {
    exchange->AppendBody(piece, false);
    ++appended;
  }
  EXPECT_LT(appended, kPieces / 2);
  exchange->Cancel();
  EXPECT_EQ(uploader_->AwaitEnd().end, End::kCancelled);
}

TEST_F(UploadTest, CancelInTheMiddleClosesTheConnection) {
  const auto exchange = StartUpload("half", 8);
  Connection connection = server_.Accept();
  uploader_->AwaitWanted(1);
  exchange->Cancel();
  EXPECT_EQ(uploader_->AwaitEnd().end, End::kCancelled);
  EXPECT_TRUE(connection.DiscardUntilClose());
  exchange->AppendBody("late", true);  // Too late, and harmless.
}

TEST_F(UploadTest, AnswerLimitRunsFromTheLastByte) {
  for (const bool size_is_known : {true, false}) {
    Request request = Upload("half", size_is_known ? std::make_optional<std::uint64_t>(8)
                                                   : std::nullopt);
    request.answer_timeout = std::chrono::milliseconds(100);
    const auto uploader = std::make_shared<Uploader>();
    const auto exchange = client().Start(std::move(request), uploader);
    Connection connection = server_.Accept();
    uploader->AwaitWanted(1);
    exchange->AppendBody("half", true);
    const Outcome outcome = uploader->AwaitEnd();
    EXPECT_EQ(outcome.end, End::kFirstEventTimeout) << outcome.detail;
    EXPECT_EQ(outcome.detail, "no answer within 100 ms of the request's end");
    EXPECT_FALSE(outcome.safe_to_repeat);
    EXPECT_TRUE(connection.DiscardUntilClose());
  }
}

TEST_F(UploadTest, AnswerLimitDoesNotRunWhileTheBodyIsOpen) {
  Request request = Upload("half", 8);
  request.answer_timeout = std::chrono::milliseconds(1);
  request.deadline = Clock::now() + std::chrono::milliseconds(500);
  const auto exchange = client().Start(std::move(request), uploader_);
  Connection connection = server_.Accept();
  // With all that was given to it on its way it waits for the rest.
  uploader_->AwaitWanted(1);
  EXPECT_EQ(uploader_->AwaitEnd().end, End::kDeadline);
}

TEST_F(UploadTest, AnswerLimitIsOverWithTheHead) {
  Request request = Upload("whole", 5);
  request.answer_timeout = std::chrono::milliseconds(800);
  request.idle_timeout = std::chrono::milliseconds(900);
  const auto exchange = client().Start(std::move(request), uploader_);
  Connection connection = server_.Accept();
  uploader_->AwaitWanted(1);
  exchange->AppendBody("", true);
  connection.ReadRequest();
  connection.Send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc");
  EXPECT_EQ(uploader_->AwaitEnd().end, End::kIdleTimeout);
}

TEST_F(UploadTest, AnErrorBeforeTheEndOfTheBodyIsTheAnswer) {
  const auto exchange = StartUpload("half", 1000);
  Connection connection = server_.Accept();
  connection.ReadHead();
  uploader_->AwaitWanted(1);
  connection.SendAnswer(413, "application/json", "{\"error\":\"too large\"}",
                        "connection: close\r\n");
  const Outcome outcome = uploader_->AwaitEnd();
  EXPECT_EQ(uploader_->AwaitHead().status, 413);
  EXPECT_EQ(outcome.body, "{\"error\":\"too large\"}");
}

}  // namespace
}  // namespace fireworks::upstream
