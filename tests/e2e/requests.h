// The smallest requests of each protocol: a model and a text.
#ifndef FIREWORKS_TESTS_E2E_REQUESTS_H_
#define FIREWORKS_TESTS_E2E_REQUESTS_H_

#include <string>

#include "fireworks/inference/v1/anthropic_message.pb.h"
#include "fireworks/inference/v1/completion.pb.h"
#include "fireworks/inference/v1/response.pb.h"
#include "tests/e2e/chat.h"

namespace fireworks::e2e {

inline fireworks::inference::v1::CompletionRequest MakeCompletionRequest(const std::string& text) {
  fireworks::inference::v1::CompletionRequest request;
  request.set_model(kChatModel);
  request.mutable_prompt()->set_text(text);
  return request;
}

inline fireworks::inference::v1::CreateResponse MakeResponseRequest(const std::string& text) {
  fireworks::inference::v1::CreateResponse request;
  request.set_model(kChatModel);
  request.mutable_input()->set_text(text);
  return request;
}

// One user message.
inline fireworks::inference::v1::AnthropicCreateMessageParams MakeMessageRequest(
    const std::string& text) {
  fireworks::inference::v1::AnthropicCreateMessageParams request;
  request.set_model(kChatModel);
  auto* message = request.add_messages();
  message->set_role("user");
  message->mutable_content()->set_text(text);
  return request;
}

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_REQUESTS_H_
