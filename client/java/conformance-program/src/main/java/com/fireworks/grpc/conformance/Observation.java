package com.fireworks.grpc.conformance;

import com.fireworks.grpc.client.CallMetadata;
import com.fireworks.grpc.client.ChatAccumulator;
import com.fireworks.grpc.client.FieldViolation;
import com.fireworks.grpc.client.FireworksException;
import com.fireworks.grpc.inference.v1.ChatCompletionMessageToolCall;
import com.fireworks.grpc.inference.v1.ChatCompletionMessageToolCallFunction;
import com.fireworks.grpc.inference.v1.ChatCompletionResponse;
import com.fireworks.grpc.inference.v1.ChatCompletionResponseChoice;
import com.fireworks.grpc.inference.v1.UsageInfo;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Message;
import io.grpc.Metadata;

/** What was seen of one call. */
final class Observation {
  private final JsonObject json = new JsonObject();
  private final JsonArray messages = new JsonArray();
  private final JsonArray names = new JsonArray();
  private int messageCount;

  JsonObject toJson() {
    return json;
  }

  /** Without metadata when nothing was asked for. */
  void succeeded(CallMetadata metadata) {
    json.addProperty("code", "OK");
    if (metadata != null) {
      requestId(metadata.getRequestId());
      metadata(metadata);
    }
  }

  void failed(FireworksException e) {
    json.addProperty("code", e.getCode().name());
    String message = e.getStatus().getDescription();
    json.addProperty("message", message == null ? "" : message);
    if (!e.getReason().isEmpty()) {
      json.addProperty("reason", e.getReason());
      json.addProperty("domain", e.getDomain());
      JsonObject errorMetadata = new JsonObject();
      e.getErrorMetadata().forEach(errorMetadata::addProperty);
      json.add("error_metadata", errorMetadata);
    }
    e.getRetryDelay().ifPresent(delay -> json.addProperty("retry_delay_ms", delay.toMillis()));
    requestId(e.getRequestId());
    if (!e.getFieldViolations().isEmpty()) {
      JsonArray violations = new JsonArray();
      for (FieldViolation violation : e.getFieldViolations()) {
        JsonObject entry = new JsonObject();
        entry.addProperty("field", violation.getField());
        entry.addProperty("description", violation.getDescription());
        violations.add(entry);
      }
      json.add("field_violations", violations);
    }
    metadata(e.getCallMetadata());
  }

  private void requestId(String id) {
    if (!id.isEmpty()) {
      json.addProperty("request_id", id);
    }
  }

  private void metadata(CallMetadata metadata) {
    json.add("leading", ascii(metadata.getLeading()));
    json.add("trailing", ascii(metadata.getTrailing()));
  }

  private static JsonObject ascii(Metadata metadata) {
    JsonObject values = new JsonObject();
    for (String name : metadata.keys()) {
      if (!name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
        values.addProperty(name, metadata.getAll(key).iterator().next());
      }
    }
    return values;
  }

  void response(Message response) {
    json.add("response", ProtoJson.print(response));
  }

  /** Counts a stream's message, and keeps it if asked to. Answers how many there were. */
  int message(Message message, boolean keep) {
    if (keep) {
      messages.add(ProtoJson.print(message));
      json.add("messages", messages);
    }
    return ++messageCount;
  }

  void messageCount() {
    json.addProperty("message_count", messageCount);
  }

  void name(String name) {
    names.add(name);
  }

  void names() {
    json.add("names", names);
  }

  /** Nothing if {@code response}, which may be null, has no choice. */
  void text(ChatCompletionResponse response) {
    if (response != null && response.getChoicesCount() > 0) {
      json.addProperty("text", response.getChoices(0).getMessage().getContent().getText());
    }
  }

  void accumulated(ChatAccumulator accumulator) {
    json.addProperty("text", accumulator.getText());
    ChatCompletionResponse response = accumulator.toResponse();
    JsonObject whole = new JsonObject();
    JsonArray choices = new JsonArray();
    response.getChoicesList().forEach(choice -> choices.add(choice(choice)));
    whole.add("choices", choices);
    if (response.hasUsage()) {
      whole.add("usage", usage(response.getUsage()));
    }
    json.add("accumulated", whole);
  }

  private static JsonObject choice(ChatCompletionResponseChoice choice) {
    JsonObject json = new JsonObject();
    json.addProperty("index", choice.getIndex());
    if (choice.getMessage().hasContent()) {
      json.addProperty("text", choice.getMessage().getContent().getText());
    }
    if (choice.getMessage().hasReasoningContent()) {
      json.addProperty("reasoning", choice.getMessage().getReasoningContent());
    }
    if (choice.getMessage().getToolCallsCount() > 0) {
      JsonArray calls = new JsonArray();
      choice.getMessage().getToolCallsList().forEach(call -> calls.add(toolCall(call)));
      json.add("tool_calls", calls);
    }
    if (choice.hasFinishReason()) {
      json.addProperty("finish_reason", choice.getFinishReason());
    }
    return json;
  }

  private static JsonObject toolCall(ChatCompletionMessageToolCall call) {
    ChatCompletionMessageToolCallFunction function = call.getFunction().getCall();
    JsonObject json = new JsonObject();
    if (call.hasId()) {
      json.addProperty("id", call.getId());
    }
    if (function.hasName()) {
      json.addProperty("name", function.getName());
    }
    if (function.hasArguments()) {
      json.addProperty("arguments", function.getArguments().getText());
    }
    return json;
  }

  private static JsonObject usage(UsageInfo usage) {
    JsonObject json = new JsonObject();
    if (usage.hasPromptTokens()) {
      json.addProperty("prompt_tokens", usage.getPromptTokens());
    }
    if (usage.hasCompletionTokens()) {
      json.addProperty("completion_tokens", usage.getCompletionTokens());
    }
    if (usage.getPromptTokensDetails().hasCachedTokens()) {
      json.addProperty("cached_tokens", usage.getPromptTokensDetails().getCachedTokens());
    }
    return json;
  }
}
