#include "client/cpp/messages.h"

#include "google/protobuf/descriptor.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionMessageToolCall;
using fireworks::inference::v1::ChatCompletionTool;
using fireworks::inference::v1::ChatMessage;
using fireworks::inference::v1::EmbeddingRequest_Input;
using fireworks::inference::v1::ResponseFormat;

ChatMessage TextMessage(const char* role, const std::string& text) {
  ChatMessage message;
  message.set_role(role);
  message.mutable_content()->set_text(text);
  return message;
}

}  // namespace

ChatMessage SystemMessage(const std::string& text) { return TextMessage("system", text); }
ChatMessage UserMessage(const std::string& text) { return TextMessage("user", text); }
ChatMessage AssistantMessage(const std::string& text) { return TextMessage("assistant", text); }

ChatMessage ToolMessage(const std::string& call_id, const std::string& text) {
  ChatMessage message = TextMessage("tool", text);
  message.set_tool_call_id(call_id);
  return message;
}

ChatCompletionTool FunctionTool(const std::string& name, const std::string& description,
                                const std::string& schema) {
  ChatCompletionTool tool;
  tool.mutable_function()->set_name(name);
  tool.mutable_function()->set_description(description);
  tool.mutable_function()->set_parameters(schema);
  return tool;
}

FunctionCall FunctionCallOf(const ChatCompletionMessageToolCall& call) {
  if (call.function().has_text()) return {"", call.function().text()};
  const auto& function = call.function().call();
  if (function.arguments().has_object()) return {function.name(), function.arguments().object()};
  return {function.name(), function.arguments().text()};
}

ResponseFormat JsonSchemaFormat(const std::string& schema) {
  ResponseFormat format;
  format.set_type("json_schema");
  format.mutable_json_schema()->set_object(schema);
  return format;
}

EmbeddingRequest_Input TextsInput(const std::vector<std::string>& texts) {
  EmbeddingRequest_Input input;
  for (const std::string& text : texts) input.mutable_texts()->add_values(text);
  return input;
}

void ClearExtraJson(google::protobuf::Message* message) {
  const google::protobuf::Reflection& reflection = *message->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    if (field->name() == "extra_json") {
      reflection.ClearField(message, field);
    } else if (field->message_type() == nullptr) {
      continue;
    } else if (field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
        ClearExtraJson(reflection.MutableRepeatedMessage(message, field, i));
      }
    } else {
      ClearExtraJson(reflection.MutableMessage(message, field));
    }
  }
}

}  // namespace fireworks::client
