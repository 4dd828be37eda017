package com.fireworks.grpc.client;

import com.fireworks.grpc.inference.v1.ChatCompletionResponse;
import com.fireworks.grpc.inference.v1.ChatCompletionResponseStreamChoice;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes of the chunks of a chat stream the response that the unary method would have answered.
 *
 * <p>Text, reasoning and the arguments of tool calls are put together, each choice and each call by
 * its index; log probabilities and token ids are appended; of usage, timings and of each key of
 * {@code extra_json} the last one counts. What there is by now can be asked for at any time, so
 * also after a stream that failed. Not for several threads at once.
 */
public final class ChatAccumulator {
  private final ChatCompletionResponse.Builder response = ChatCompletionResponse.newBuilder();
  private final Map<Integer, ChoiceAccumulator> choices = new TreeMap<>();

  /** Adds the next chunk. Answers itself. */
  public ChatAccumulator add(ChatCompletionStreamResponse chunk) {
    if (!chunk.getId().isEmpty()) {
      response.setId(chunk.getId());
    }
    if (!chunk.getModel().isEmpty()) {
      response.setModel(chunk.getModel());
    }
    if (chunk.hasCreated()) {
      response.setCreated(chunk.getCreated());
    }
    if (chunk.hasUsage()) {
      response.setUsage(chunk.getUsage());
    }
    if (chunk.hasPerfMetrics()) {
      response.setPerfMetrics(chunk.getPerfMetrics());
    }
    response.addAllPromptTokenIds(chunk.getPromptTokenIdsList());
    response.putAllExtraJson(chunk.getExtraJsonMap());
    for (ChatCompletionResponseStreamChoice choice : chunk.getChoicesList()) {
      choices.computeIfAbsent(choice.getIndex(), index -> new ChoiceAccumulator(index)).add(choice);
    }
    return this;
  }

  /** The response so far; its choices in the order of their indexes. */
  public ChatCompletionResponse toResponse() {
    ChatCompletionResponse.Builder whole = response.clone().setObject("chat.completion");
    for (ChoiceAccumulator choice : choices.values()) {
      whole.addChoices(choice.build());
    }
    return whole.build();
  }

  /** The first choice's text so far. */
  public String getText() {
    return getText(0);
  }

  /** The text so far of the choice with this index. */
  public String getText(int index) {
    ChoiceAccumulator choice = choices.get(index);
    return choice == null ? "" : choice.text();
  }
}
