package com.fireworks.grpc.examples;

import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionResponseChoice;
import com.fireworks.grpc.inference.v1.ChatMessage;
import com.fireworks.grpc.inference.v1.ResponseFormat;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

/** Gets an answer as JSON of a given form. */
public final class StructuredOutput {
  private StructuredOutput() {}

  public static void main(String[] arguments) {
    String target = arguments.length > 0 ? arguments[0] : "127.0.0.1:50051";
    try (FireworksClient client = FireworksClient.builder().target(target).build()) {
      JsonObject city = city(client);
      System.out.println(city.get("name") + " has " + city.get("inhabitants") + " inhabitants");
    }
  }

  static JsonObject city(FireworksClient client) {
    // [START structured_output]
    String schema =
        "{\"type\": \"object\", \"required\": [\"name\", \"inhabitants\"], \"properties\":"
            + " {\"name\": {\"type\": \"string\"}, \"inhabitants\": {\"type\": \"integer\"}}}";
    ChatCompletionRequest request =
        ChatCompletionRequest.newBuilder()
            .setModel("accounts/fireworks/models/kimi-k2-instruct-0905")
            .addMessages(
                ChatMessage.newBuilder()
                    .setRole("user")
                    .setContent(
                        ChatMessage.Content.newBuilder()
                            .setText("Tell me of a city, as JSON with name and inhabitants.")))
            .setResponseFormat(
                ResponseFormat.newBuilder()
                    .setType("json_schema")
                    .setJsonSchema(ResponseFormat.JsonSchema.newBuilder().setObject(schema)))
            .build();
    ChatCompletionResponseChoice choice = client.createChatCompletion(request).getChoices(0);
    if (!choice.getFinishReason().equals("stop")) {
      // Cut off by max_tokens, say: then it need not be whole.
      throw new IllegalStateException("the answer ended with " + choice.getFinishReason());
    }
    return JsonParser.parseString(choice.getMessage().getContent().getText()).getAsJsonObject();
    // [END structured_output]
  }
}
