#include "client/cpp/chat_stream.h"

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

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

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& target) {
  ConnectionOptions options;
  options.target = target;
  return Connect(options);
}

std::vector<std::string> ReadContents(ChatStream& stream) {
  std::vector<std::string> contents;
  for (const ChatStream::Chunk& chunk : stream) {
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

TEST(ChatStream, GivesEveryChunkAndThenSuccess) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest& request, Writer* writer) {
    writer->Write(ContentChunk(request.model()));
    writer->Write(ContentChunk("b"));
    return grpc::Status::OK;
  });
  ChatCompletionRequest request;
  request.set_model("a");
  ChatStream stream(ChannelTo(fake.target()), request);
  EXPECT_THAT(ReadContents(stream), ElementsAre("a", "b"));
  EXPECT_EQ(stream.Finish(), absl::nullopt);
}

TEST(ChatStream, AStreamMayBeEmpty) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer*) {
    return grpc::Status::OK;
  });
  ChatStream stream(ChannelTo(fake.target()), {});
  EXPECT_THAT(ReadContents(stream), IsEmpty());
  EXPECT_FALSE(stream.Finish().has_value());
}

TEST(ChatStream, AnErrorComesAfterTheChunksBeforeIt) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(ContentChunk("a"));
    return TruncatedStatus();
  });
  ChatStream stream(ChannelTo(fake.target()), {});
  EXPECT_THAT(ReadContents(stream), ElementsAre("a"));
  ASSERT_TRUE(stream.Finish().has_value());
  EXPECT_EQ(stream.Finish()->reason, "STREAM_TRUNCATED");
  EXPECT_FALSE(stream.Finish()->unreachable);
}

TEST(ChatStream, TrailersAreThereAfterTheEnd) {
  FakeService fake([](grpc::ServerContext* context, const ChatCompletionRequest&, Writer*) {
    context->AddTrailingMetadata("x-request-id", "req_1");
    return grpc::Status::OK;
  });
  ChatStream stream(ChannelTo(fake.target()), {});
  stream.Finish();
  EXPECT_EQ(stream.Trailer("x-request-id"), "req_1");
  EXPECT_EQ(stream.Trailer("x-other"), "");
}

TEST(ChatStream, MetadataGoesWithTheCall) {
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
  ChatStream stream(ChannelTo(fake.target()), {}, options);
  EXPECT_FALSE(stream.Finish().has_value());
  EXPECT_THAT(values.all(), ElementsAre("user 7"));
}

TEST(ChatStream, CancelFromAnotherThreadEndsTheStream) {
  std::promise<void> cancelled;
  FakeService fake([&](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    grpc::Status status = WriteForever(writer);
    cancelled.set_value();
    return status;
  });
  ChatStream stream(ChannelTo(fake.target()), {});
  std::thread canceller;
  for (const ChatStream::Chunk& chunk : stream) {
    EXPECT_EQ(chunk.choices(0).delta().content(), "tick");
    if (!canceller.joinable()) canceller = std::thread([&stream] { stream.Cancel(); });
  }
  canceller.join();
  ASSERT_TRUE(stream.Finish().has_value());
  EXPECT_EQ(stream.Finish()->code, grpc::StatusCode::CANCELLED);
  cancelled.get_future().wait();
}

TEST(ChatStream, DestructionCancelsACallThatHasNotEnded) {
  std::promise<void> cancelled;
  FakeService fake([&](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    grpc::Status status = WriteForever(writer);
    cancelled.set_value();
    return status;
  });
  {
    ChatStream stream(ChannelTo(fake.target()), {});
    EXPECT_NE(stream.begin(), stream.end());
  }
  cancelled.get_future().wait();
}

TEST(ChatStream, ThePassedTimeoutIsADeadline) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    return WriteForever(writer);
  });
  const auto channel = ChannelTo(fake.target());
  CallOptions options;
  options.timeout = absl::Milliseconds(200);
  ChatStream stream(channel, {}, options);
  ASSERT_TRUE(stream.Finish().has_value());
  EXPECT_EQ(stream.Finish()->code, grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(ChatStream, ARefusedConnectionIsUnreachable) {
  const RefusingTarget nowhere;
  ChatStream stream(ChannelTo(nowhere.target()), {});
  EXPECT_THAT(ReadContents(stream), IsEmpty());
  ASSERT_TRUE(stream.Finish().has_value());
  EXPECT_EQ(stream.Finish()->code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(stream.Finish()->unreachable);
}

TEST(ChatStream, UnavailableFromAServerThatAnsweredIsNotUnreachable) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer*) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "no details");
  });
  ChatStream stream(ChannelTo(fake.target()), {});
  ASSERT_TRUE(stream.Finish().has_value());
  EXPECT_FALSE(stream.Finish()->unreachable);
}

}  // namespace
}  // namespace fireworks::client
