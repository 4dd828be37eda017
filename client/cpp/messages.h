// Short forms for the messages that most requests are made of, and for reading what comes
// back. Pure functions on values.
#ifndef FIREWORKS_CLIENT_CPP_MESSAGES_H_
#define FIREWORKS_CLIENT_CPP_MESSAGES_H_

#include <string>
#include <vector>

#include "fireworks/inference/v1/chat_completion_tool.pb.h"
#include "fireworks/inference/v1/chat_message.pb.h"
#include "fireworks/inference/v1/embedding.pb.h"
#include "fireworks/inference/v1/response_format.pb.h"
#include "google/protobuf/message.h"

namespace fireworks::client {

// What the model shall be.
fireworks::inference::v1::ChatMessage SystemMessage(const std::string& text);
// What the user says.
fireworks::inference::v1::ChatMessage UserMessage(const std::string& text);
// What the model has said.
fireworks::inference::v1::ChatMessage AssistantMessage(const std::string& text);
// A tool's result, for the call of this id.
fireworks::inference::v1::ChatMessage ToolMessage(const std::string& call_id,
                                                  const std::string& text);

// A function that the model may call. `schema` is the JSON Schema of its arguments as
// JSON text, of which the order of properties is kept.
fireworks::inference::v1::ChatCompletionTool FunctionTool(const std::string& name,
                                                          const std::string& description,
                                                          const std::string& schema);

// A call that the model makes. The arguments are as the model wrote them: they need not
// be JSON, nor match the schema.
struct FunctionCall {
  std::string name;
  std::string arguments;
};
FunctionCall FunctionCallOf(const fireworks::inference::v1::ChatCompletionMessageToolCall& call);

// Holds the answer to a JSON Schema, which is JSON text.
fireworks::inference::v1::ResponseFormat JsonSchemaFormat(const std::string& schema);

// What is to be embedded.
fireworks::inference::v1::EmbeddingRequest_Input TextsInput(const std::vector<std::string>& texts);

// Empties `extra_json` in `message` and all that it holds. For a received message that
// goes back in a request: it may have keys that only answers have.
void ClearExtraJson(google::protobuf::Message* message);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_MESSAGES_H_
