#include "client/cpp/stream.h"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client/cpp/chat_completion_service_client.h"
#include "client/cpp/connection.h"
#include "client/cpp/error.h"
#include "client/cpp/mock_connection.h"
#include "client/cpp/testing/fake_methods.h"
#include "client/cpp/testing/fake_service.h"
#include "client/cpp/testing/received.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Writer = grpc::ServerWriter<FakeService::Chunk>;

using Chunk = FakeService::Chunk;

ChatCompletionServiceClient ClientOf(const std::string& target) {
  ConnectionOptions options;
  options.target = target;
  return ChatCompletionServiceClient(*Connect(options));
}

Stream<Chunk> StreamFrom(const std::string& target, const ChatCompletionRequest& request = {},
                         const CallOptions& options = {}) {
  return ClientOf(target).StreamChatCompletion(request, options);
}

std::vector<std::string> ReadContents(Stream<Chunk>& stream) {
  std::vector<std::string> contents;
  for (const Chunk& chunk : stream) {
    contents.push_back(chunk.choices(0).delta().content());
  }
  return contents;
}

// Writes until the caller cancels.
grpc::Status WriteForever(Writer* writer) {
  while (writer->Write(ContentChunk("tick"))) {
  }
  return grpc::Status::CANCELLED;
}

TEST(Stream, GivesEveryChunkAndThenSuccess) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest& request, Writer* writer) {
    writer->Write(ContentChunk(request.model()));
    writer->Write(ContentChunk("b"));
    return grpc::Status::OK;
  });
  ChatCompletionRequest request;
  request.set_model("a");
  auto stream = StreamFrom(fake.target(), request);
  EXPECT_THAT(ReadContents(stream), ElementsAre("a", "b"));
  EXPECT_TRUE(stream.Finish().ok());
}

TEST(Stream, AStreamMayBeEmpty) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer*) {
    return grpc::Status::OK;
  });
  auto stream = StreamFrom(fake.target());
  EXPECT_THAT(ReadContents(stream), IsEmpty());
  EXPECT_TRUE(stream.Finish().ok());
}

TEST(Stream, AnErrorComesAfterTheChunksBeforeIt) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ContentChunk("a"));
    return TruncatedStatus();
  });
  auto stream = StreamFrom(fake.target());
  EXPECT_THAT(ReadContents(stream), ElementsAre("a"));
  EXPECT_EQ(ErrorFromStatus(stream.Finish()).reason, "STREAM_TRUNCATED");
  EXPECT_FALSE(ErrorFromStatus(stream.Finish()).unreachable);
}

TEST(Stream, TrailersAreThereAfterTheEnd) {
  FakeService fake([](grpc::ServerContext* context, const ChatCompletionRequest&, Writer*) {
    context->AddTrailingMetadata("x-request-id", "req_1");
    return grpc::Status::OK;
  });
  auto stream = StreamFrom(fake.target());
  stream.Finish();
  EXPECT_EQ(stream.Trailer("x-request-id"), "req_1");
  EXPECT_EQ(stream.Trailer("x-other"), "");
}

TEST(Stream, MetadataGoesWithTheCall) {
  Received<std::string> values;
  FakeService fake([&](grpc::ServerContext* context, const ChatCompletionRequest&, Writer*) {
    auto found = context->client_metadata().find("x-session-affinity");
    if (found != context->client_metadata().end()) {
      values.Add(std::string(found->second.data(), found->second.size()));
    }
    return grpc::Status::OK;
  });
  CallOptions options;
  options.metadata = {{"x-session-affinity", "user 7"}};
  auto stream = StreamFrom(fake.target(), {}, options);
  EXPECT_TRUE(stream.Finish().ok());
  EXPECT_THAT(values.all(), ElementsAre("user 7"));
}

TEST(Stream, CancelFromAnotherThreadEndsTheStream) {
  std::promise<void> cancelled;
  FakeService fake([&](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    grpc::Status status = WriteForever(writer);
    cancelled.set_value();
    return status;
  });
  auto stream = StreamFrom(fake.target());
  std::thread canceller;
  for (const Chunk& chunk : stream) {
    EXPECT_EQ(chunk.choices(0).delta().content(), "tick");
    if (!canceller.joinable()) canceller = std::thread([&stream] { stream.Cancel(); });
  }
  canceller.join();
  EXPECT_EQ(ErrorFromStatus(stream.Finish()).code, grpc::StatusCode::CANCELLED);
  cancelled.get_future().wait();
}

TEST(Stream, DestructionCancelsACallThatHasNotEnded) {
  std::promise<void> cancelled;
  FakeService fake([&](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    grpc::Status status = WriteForever(writer);
    cancelled.set_value();
    return status;
  });
  {
    auto stream = StreamFrom(fake.target());
    EXPECT_NE(stream.begin(), stream.end());
  }
  cancelled.get_future().wait();
}

TEST(Stream, ThePassedTimeoutIsADeadline) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    return WriteForever(writer);
  });
  CallOptions options;
  options.timeout = absl::Milliseconds(200);
  auto stream = StreamFrom(fake.target(), {}, options);
  EXPECT_EQ(ErrorFromStatus(stream.Finish()).code, grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(Stream, ARefusedConnectionIsUnreachable) {
  const RefusingTarget nowhere;
  auto stream = StreamFrom(nowhere.target());
  EXPECT_THAT(ReadContents(stream), IsEmpty());
  EXPECT_EQ(ErrorFromStatus(stream.Finish()).code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(ErrorFromStatus(stream.Finish()).unreachable);
}

TEST(Stream, UnavailableFromAServerThatAnsweredIsNotUnreachable) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer*) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "no details");
  });
  auto stream = StreamFrom(fake.target());
  EXPECT_FALSE(ErrorFromStatus(stream.Finish()).unreachable);
}

TEST(Stream, LeadingMetadataIsThereWithTheFirstMessage) {
  FakeService fake([](grpc::ServerContext* context, const ChatCompletionRequest&, Writer* writer) {
    context->AddInitialMetadata("x-leading", "v");
    writer->Write(ContentChunk("a"));
    return grpc::Status::OK;
  });
  auto stream = StreamFrom(fake.target());
  ASSERT_NE(stream.begin(), stream.end());
  EXPECT_EQ(FirstValue(stream.metadata().leading, "x-leading"), "v");
}

TEST(Stream, AfterTheEndThereIsNothingToRead) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer*) {
    return grpc::Status::OK;
  });
  auto stream = StreamFrom(fake.target());
  EXPECT_TRUE(stream.Finish().ok());
  Chunk chunk;
  EXPECT_FALSE(stream.Read(&chunk));
  stream.Cancel();
  EXPECT_TRUE(stream.Finish().ok());
}

// A stream whose second message does not parse.
FakeMethods Garbling() {
  return FakeMethods({{"fireworks.inference.v1.ChatCompletionService/StreamChatCompletion",
                       [](const ReceivedCall&) {
                         const std::string good = ContentChunk("a").SerializeAsString();
                         return ScriptedAnswer{{good, "\xff", good}, {}};
                       }}});
}

TEST(Stream, AMessageThatDoesNotParseEndsIt) {
  const FakeMethods fake = Garbling();
  auto stream = StreamFrom(fake.target());
  EXPECT_THAT(ReadContents(stream), ElementsAre("a"));
  Chunk chunk;
  EXPECT_FALSE(stream.Read(&chunk));
  EXPECT_EQ(stream.Finish(), absl::InternalError("the answer does not parse"));
}

TEST(Stream, TheTokenGoesWithTheCall) {
  Received<std::string> values;
  FakeService fake([&](grpc::ServerContext* context, const ChatCompletionRequest&, Writer*) {
    auto found = context->client_metadata().find("authorization");
    if (found != context->client_metadata().end()) {
      values.Add(std::string(found->second.data(), found->second.size()));
    }
    return grpc::Status::OK;
  });
  ConnectionOptions options;
  options.target = fake.target();
  options.token = "t0ken";
  ChatCompletionServiceClient client(*Connect(options));
  EXPECT_TRUE(client.StreamChatCompletion({}).Finish().ok());
  EXPECT_THAT(values.all(), ElementsAre("Bearer t0ken"));
}

// What a subscription told.
struct Told {
  std::promise<absl::Status> done;
  Received<std::string> contents;
};

std::shared_ptr<RunningCall> Subscribe(const std::string& target, Told* told) {
  return ClientOf(target).StreamChatCompletionAsync(
      {},
      [told](const Chunk& chunk) { told->contents.Add(chunk.choices(0).delta().content()); },
      [told](const absl::Status& status, const ReceivedMetadata&) {
        told->done.set_value(status);
      });
}

TEST(Subscription, GivesEveryMessageAndThenTheStatus) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ContentChunk("a"));
    writer->Write(ContentChunk("b"));
    return TruncatedStatus();
  });
  Told told;
  // The handle may be dropped.
  Subscribe(fake.target(), &told);
  EXPECT_EQ(ErrorFromStatus(told.done.get_future().get()).reason, "STREAM_TRUNCATED");
  EXPECT_THAT(told.contents.all(), ElementsAre("a", "b"));
}

TEST(Subscription, CancelEndsIt) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    return WriteForever(writer);
  });
  Told told;
  const auto call = Subscribe(fake.target(), &told);
  call->Cancel();
  EXPECT_TRUE(absl::IsCancelled(told.done.get_future().get()));
}

TEST(Subscription, AMessageThatDoesNotParseEndsIt) {
  const FakeMethods fake = Garbling();
  Told told;
  Subscribe(fake.target(), &told);
  auto done = told.done.get_future();
  ASSERT_EQ(done.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(done.get(), absl::InternalError("the answer does not parse"));
  EXPECT_THAT(told.contents.all(), ElementsAre("a"));
}

TEST(MockConnection, StandsInForTheService) {
  const auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection,
              Read("fireworks.inference.v1.ChatCompletionService/StreamChatCompletion", ::testing::_,
                   ::testing::_))
      .WillOnce([](const auto&, const auto&, const auto&) {
        return std::make_unique<FakeReader<Chunk>>(std::vector<Chunk>{ContentChunk("a")},
                                                   absl::DataLossError("cut"));
      });
  auto stream = ChatCompletionServiceClient(connection).StreamChatCompletion({});
  EXPECT_THAT(ReadContents(stream), ElementsAre("a"));
  EXPECT_TRUE(absl::IsDataLoss(stream.Finish()));
}

}  // namespace
}  // namespace fireworks::client
