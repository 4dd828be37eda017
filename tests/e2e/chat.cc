#include "tests/e2e/chat.h"

#include <memory>
#include <utility>

namespace fireworks::e2e {
namespace {

// Calls `visit` with each delta of choice `index`.
template <typename Visit>
void VisitChoice(const std::vector<ChatChunk>& chunks, int index, const Visit& visit) {
  for (const ChatChunk& chunk : chunks) {
    for (const auto& choice : chunk.choices()) {
      if (choice.index() == index) visit(choice);
    }
  }
}

}  // namespace

ChatRequest MakeChatRequest(absl::string_view text, absl::string_view model) {
  ChatRequest request;
  request.set_model(std::string(model));
  auto* message = request.add_messages();
  message->set_role("user");
  message->mutable_content()->set_text(std::string(text));
  return request;
}

std::string ChatStream::Content(int choice) const {
  std::string text;
  VisitChoice(chunks, choice, [&text](const auto& part) { text += part.delta().content(); });
  return text;
}

std::string ChatStream::Reasoning(int choice) const {
  std::string text;
  VisitChoice(chunks, choice,
              [&text](const auto& part) { text += part.delta().reasoning_content(); });
  return text;
}

std::string ChatStream::FinishReason(int choice) const {
  std::string reason;
  VisitChoice(chunks, choice, [&reason](const auto& part) { reason += part.finish_reason(); });
  return reason;
}

ChatStream ReadAll(ChatReader* reader) {
  ChatStream stream;
  ChatChunk chunk;
  while (reader->Read(&chunk)) stream.chunks.push_back(std::move(chunk));
  stream.status = reader->Finish();
  return stream;
}

ChatStream StreamChat(ChatService::Stub* stub, grpc::ClientContext* context,
                      const ChatRequest& request) {
  const std::unique_ptr<ChatReader> reader = stub->StreamChatCompletion(context, request);
  return ReadAll(reader.get());
}

}  // namespace fireworks::e2e
