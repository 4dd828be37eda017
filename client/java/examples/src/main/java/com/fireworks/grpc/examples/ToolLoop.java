package com.fireworks.grpc.examples;

import com.fireworks.grpc.client.ChatAccumulator;
import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.client.ResponseStream;
import com.fireworks.grpc.inference.v1.ChatCompletionFunction;
import com.fireworks.grpc.inference.v1.ChatCompletionMessageToolCall;
import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionResponseChoice;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import com.fireworks.grpc.inference.v1.ChatCompletionTool;
import com.fireworks.grpc.inference.v1.ChatMessage;

/** Lets the model call a function, and goes on until it has an answer. */
public final class ToolLoop {
  private static final int MOST_ROUNDS = 8;

  private ToolLoop() {}

  public static void main(String[] arguments) {
    String target = arguments.length > 0 ? arguments[0] : "127.0.0.1:50051";
    try (FireworksClient client = FireworksClient.builder().target(target).build()) {
      System.out.println(answer(client, "How warm is it in Oslo?"));
    }
  }

  // [START tool_loop]
  static String answer(FireworksClient client, String question) {
    ChatCompletionRequest.Builder request =
        ChatCompletionRequest.newBuilder()
            .setModel("accounts/fireworks/models/kimi-k2-instruct-0905")
            .addMessages(ChatMessage.newBuilder().setRole("user").setContent(text(question)))
            .addTools(
                ChatCompletionTool.newBuilder()
                    .setFunction(
                        ChatCompletionFunction.newBuilder()
                            .setName("temperature")
                            .setDescription("The temperature in a city, in degrees Celsius.")
                            .setParameters(
                                "{\"type\": \"object\", \"required\": [\"city\"],"
                                    + " \"properties\": {\"city\": {\"type\": \"string\"}}}")));
    for (int round = 0; round < MOST_ROUNDS; round++) {
      ChatAccumulator accumulator = new ChatAccumulator();
      try (ResponseStream<ChatCompletionStreamResponse> stream =
          client.streamChatCompletion(request.build())) {
        stream.forEachRemaining(accumulator::add);
      }
      ChatCompletionResponseChoice choice = accumulator.toResponse().getChoices(0);
      if (choice.getMessage().getToolCallsCount() == 0) {
        return accumulator.getText();
      }
      // Keys that the contract does not know came along; a request need not take them.
      request.addMessages(choice.getMessage().toBuilder().clearExtraJson());
      for (ChatCompletionMessageToolCall call : choice.getMessage().getToolCallsList()) {
        // What the model wrote need not match the schema: check it before use.
        String functionArguments = call.getFunction().getCall().getArguments().getText();
        System.out.println(call.getFunction().getCall().getName() + functionArguments);
        request.addMessages(
            ChatMessage.newBuilder()
                .setRole("tool")
                .setToolCallId(call.getId())
                .setContent(text("-3")));
      }
    }
    throw new IllegalStateException("the model goes on calling tools");
  }

  private static ChatMessage.Content text(String text) {
    return ChatMessage.Content.newBuilder().setText(text).build();
  }
  // [END tool_loop]
}
