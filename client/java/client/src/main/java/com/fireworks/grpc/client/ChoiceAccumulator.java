package com.fireworks.grpc.client;

import com.fireworks.grpc.inference.v1.ChatCompletionMessageToolCall;
import com.fireworks.grpc.inference.v1.ChatCompletionResponseChoice;
import com.fireworks.grpc.inference.v1.ChatCompletionResponseStreamChoice;
import com.fireworks.grpc.inference.v1.ChatMessage;
import com.fireworks.grpc.inference.v1.DeltaMessage;
import java.util.ArrayList;
import java.util.List;

/** One choice of a stream, put together. */
final class ChoiceAccumulator {
  private final ChatCompletionResponseChoice.Builder choice =
      ChatCompletionResponseChoice.newBuilder();
  private final ChatMessage.Builder message = ChatMessage.newBuilder();
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final List<ToolCallAccumulator> calls = new ArrayList<>();
  // Unset is not empty.
  private boolean hasText;
  private boolean hasReasoning;

  ChoiceAccumulator(int index) {
    choice.setIndex(index);
  }

  void add(ChatCompletionResponseStreamChoice piece) {
    addDelta(piece.getDelta());
    if (piece.hasFinishReason()) {
      choice.setFinishReason(piece.getFinishReason());
    }
    // Merging appends what is repeated.
    switch (piece.getLogprobs().getKindCase()) {
      case OPENAI:
        choice.getLogprobsBuilder().getOpenaiBuilder().mergeFrom(piece.getLogprobs().getOpenai());
        break;
      case LEGACY:
        choice.getLogprobsBuilder().getLegacyBuilder().mergeFrom(piece.getLogprobs().getLegacy());
        break;
      default:
        break;
    }
    if (piece.hasRawOutput()) {
      choice.setRawOutput(piece.getRawOutput());
    }
    choice.addAllTokenIds(piece.getTokenIdsList());
    choice.putAllExtraJson(piece.getExtraJsonMap());
  }

  private void addDelta(DeltaMessage delta) {
    if (delta.hasRole()) {
      message.setRole(delta.getRole());
    }
    if (delta.hasContent()) {
      hasText = true;
      text.append(delta.getContent());
    }
    if (delta.hasReasoningContent()) {
      hasReasoning = true;
      reasoning.append(delta.getReasoningContent());
    }
    for (ChatCompletionMessageToolCall piece : delta.getToolCallsList()) {
      callOf(piece).add(piece);
    }
    message.putAllExtraJson(delta.getExtraJsonMap());
  }

  // By its index. Of a piece without one, an id begins a call, and what has none goes on with it.
  private ToolCallAccumulator callOf(ChatCompletionMessageToolCall piece) {
    if (piece.hasIndex()) {
      for (ToolCallAccumulator call : calls) {
        if (call.index() == piece.getIndex()) {
          return call;
        }
      }
    } else if (!calls.isEmpty() && piece.getId().isEmpty()) {
      return calls.get(calls.size() - 1);
    }
    ToolCallAccumulator call =
        new ToolCallAccumulator(piece.hasIndex() ? piece.getIndex() : calls.size());
    calls.add(call);
    return call;
  }

  String text() {
    return text.toString();
  }

  ChatCompletionResponseChoice build() {
    ChatMessage.Builder whole = message.clone();
    if (hasText) {
      whole.getContentBuilder().setText(text.toString());
    }
    if (hasReasoning) {
      whole.setReasoningContent(reasoning.toString());
    }
    calls.stream()
        .sorted((a, b) -> Integer.compare(a.index(), b.index()))
        .forEach(call -> whole.addToolCalls(call.build()));
    return choice.clone().setMessage(whole).build();
  }
}
