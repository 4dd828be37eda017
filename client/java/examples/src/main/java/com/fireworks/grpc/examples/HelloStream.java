package com.fireworks.grpc.examples;

// [START hello_stream]
import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.client.ResponseStream;
import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionResponseStreamChoice;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import com.fireworks.grpc.inference.v1.ChatMessage;

/** Streams one answer to the terminal. */
public final class HelloStream {
  private HelloStream() {}

  public static void main(String[] arguments) {
    String target = arguments.length > 0 ? arguments[0] : "127.0.0.1:50051";
    ChatCompletionRequest request =
        ChatCompletionRequest.newBuilder()
            .setModel("accounts/fireworks/models/kimi-k2-instruct-0905")
            .addMessages(
                ChatMessage.newBuilder()
                    .setRole("user")
                    .setContent(ChatMessage.Content.newBuilder().setText("Say hello!")))
            .build();

    try (FireworksClient client = FireworksClient.builder().target(target).build();
        ResponseStream<ChatCompletionStreamResponse> stream =
            client.streamChatCompletion(request)) {
      for (ChatCompletionStreamResponse chunk : stream) {
        for (ChatCompletionResponseStreamChoice choice : chunk.getChoicesList()) {
          System.out.print(choice.getDelta().getContent());
          System.out.flush();
        }
      }
      System.out.println();
    }
  }
}
// [END hello_stream]
