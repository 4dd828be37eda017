// Chat completions as callers make them.
#ifndef FIREWORKS_TESTS_E2E_CHAT_H_
#define FIREWORKS_TESTS_E2E_CHAT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "fireworks/inference/v1/chat_completion_service.grpc.pb.h"
#include "grpcpp/support/sync_stream.h"

namespace fireworks::e2e {

using ChatRequest = fireworks::inference::v1::ChatCompletionRequest;
using ChatResponse = fireworks::inference::v1::ChatCompletionResponse;
using ChatChunk = fireworks::inference::v1::ChatCompletionStreamResponse;
using ChatService = fireworks::inference::v1::ChatCompletionService;
using ChatReader = grpc::ClientReader<ChatChunk>;

inline constexpr char kChatModel[] = "accounts/fireworks/models/chat-large";

// One user message.
ChatRequest MakeChatRequest(absl::string_view text, absl::string_view model = kChatModel);

struct ChatStream {
  std::vector<ChatChunk> chunks;
  grpc::Status status;

  // What the deltas of one choice add up to.
  std::string Content(int choice = 0) const;
  std::string Reasoning(int choice = 0) const;
  // The finish reason of one choice; empty when it did not finish.
  std::string FinishReason(int choice = 0) const;
};

// Reads to the end.
ChatStream ReadAll(ChatReader* reader);

// Starts a stream and reads all of it.
ChatStream StreamChat(ChatService::Stub* stub, grpc::ClientContext* context,
                      const ChatRequest& request);

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_CHAT_H_
