#include "tests/rollout/held_calls.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/faults/wire.h"

namespace fireworks::rollout {
namespace {

namespace gateway = fireworks::gateway::v1;
using simulator::RequestState;

constexpr std::size_t kPieceBytes = 32 << 10;
constexpr std::size_t kAllEvents = 1000;
constexpr char kStepwise[] = "step=1;chunk_tokens=1";

}  // namespace

HeldCalls::HeldCalls(const std::shared_ptr<grpc::Channel>& channel,
                     simulator::Simulator* simulator)
    : simulator_(simulator),
      stream_context_(kStepwise),
      chat_(e2e::ChatService::NewStub(channel)),
      unary_context_(kStepwise),
      upload_context_(faults::Verbatim(faults::JsonAnswer("{}"), "keep=1")),
      datasets_(gateway::DatasetService::NewStub(channel)) {
  stream_ = chat_->StreamChatCompletion(&stream_context_, e2e::MakeChatRequest("say: a b c d"));
  unary_caller_ = std::thread([this] {
    unary_status_ = chat_->CreateChatCompletion(
        &unary_context_, e2e::MakeChatRequest("say: a b c d"), &unary_response_);
  });
  for (const auto* context : {&stream_context_, &unary_context_}) {
    EXPECT_TRUE(simulator_->WaitForState(context->request_id(), RequestState::kOpen).ok());
  }
  EXPECT_TRUE(simulator_->Release(stream_context_.request_id(), 1).ok());
  e2e::ChatChunk chunk;
  EXPECT_TRUE(stream_->Read(&chunk));

  upload_ = datasets_->UploadDatasetFile(&upload_context_, &upload_response_);
  gateway::UploadDatasetFileRequest request;
  request.mutable_metadata()->set_name("accounts/test-account/datasets/tides");
  request.mutable_metadata()->set_filename("tides.jsonl");
  EXPECT_TRUE(upload_->Write(request));
  // Upstream hears of an upload when it is whole. What is sent on the same connection
  // after it, and is answered, says that the service has heard of it.
  e2e::CallContext context;
  EXPECT_TRUE(faults::Make(faults::Call::kGet, channel, &context).status.ok());
}

HeldCalls::~HeldCalls() {
  for (auto* context : {&stream_context_, &unary_context_, &upload_context_}) context->TryCancel();
  if (unary_caller_.joinable()) unary_caller_.join();
  if (stream_ != nullptr) e2e::ReadAll(stream_.get());
  if (upload_ != nullptr) upload_->Finish();
}

void HeldCalls::ExpectToEndWell() {
  for (const auto* context : {&stream_context_, &unary_context_}) {
    EXPECT_TRUE(simulator_->Release(context->request_id(), kAllEvents).ok());
  }
  const e2e::ChatStream stream = e2e::ReadAll(stream_.get());
  stream_ = nullptr;
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_EQ(stream.Content(), "a b c d");
  EXPECT_EQ(stream.FinishReason(), "stop");

  unary_caller_.join();
  EXPECT_TRUE(unary_status_.ok()) << unary_status_.error_message();
  ASSERT_EQ(unary_response_.choices_size(), 1);
  EXPECT_EQ(unary_response_.choices(0).message().content().text(), "a b c d");

  gateway::UploadDatasetFileRequest request;
  request.set_data(std::string(kPieceBytes, 'x'));
  EXPECT_TRUE(upload_->Write(request));
  upload_->WritesDone();
  const grpc::Status uploaded = upload_->Finish();
  upload_ = nullptr;
  EXPECT_TRUE(uploaded.ok()) << uploaded.error_message();
}

}  // namespace fireworks::rollout
