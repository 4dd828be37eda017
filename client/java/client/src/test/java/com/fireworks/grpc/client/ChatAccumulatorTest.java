package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fireworks.grpc.inference.v1.ChatCompletionMessageToolCall;
import com.fireworks.grpc.inference.v1.ChatCompletionResponse;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import com.fireworks.grpc.inference.v1.ChatMessage;
import com.fireworks.grpc.inference.v1.NewLogProbsContent;
import com.google.protobuf.TextFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ChatAccumulatorTest {
  private static ChatCompletionStreamResponse chunk(String text) throws Exception {
    return TextFormat.parse(text, ChatCompletionStreamResponse.class);
  }

  private static ChatCompletionResponse accumulate(String... chunks) throws Exception {
    ChatAccumulator accumulator = new ChatAccumulator();
    for (String chunk : chunks) {
      accumulator.add(chunk(chunk));
    }
    return accumulator.toResponse();
  }

  private static ChatMessage message(String... deltas) throws Exception {
    ChatAccumulator accumulator = new ChatAccumulator();
    for (String delta : deltas) {
      accumulator.add(chunk("choices { index: 0 delta { " + delta + " } }"));
    }
    return accumulator.toResponse().getChoices(0).getMessage();
  }

  @Test
  void textAndReasoningAreConcatenated() throws Exception {
    ChatMessage message =
        message(
            "role: 'assistant' reasoning_content: 'hm'",
            "reasoning_content: ' m' content: 'a'",
            "content: ' b'",
            "");
    assertEquals("assistant", message.getRole());
    assertEquals("hm m", message.getReasoningContent());
    assertEquals("a b", message.getContent().getText());
  }

  @Test
  void whatNeverCameIsUnsetAndWhatCameEmptyIsEmpty() throws Exception {
    assertFalse(message("role: 'assistant'").hasContent());
    assertFalse(message("role: 'assistant'").hasReasoningContent());
    assertEquals(true, message("content: ''").getContent().hasText());
  }

  @Test
  void choicesAreToldApartByIndex() throws Exception {
    ChatAccumulator accumulator =
        new ChatAccumulator()
            .add(chunk("choices { index: 1 delta { content: 'x' } }"))
            .add(
                chunk(
                    "choices { delta { content: 'a' } } choices { index: 1 delta { content: 'y' } }"))
            .add(chunk("choices { index: 1 finish_reason: 'length' }"))
            .add(chunk("choices { index: 0 finish_reason: 'stop' }"));
    ChatCompletionResponse response = accumulator.toResponse();
    assertEquals(2, response.getChoicesCount());
    assertEquals("stop", response.getChoices(0).getFinishReason());
    assertEquals("length", response.getChoices(1).getFinishReason());
    assertEquals("a", accumulator.getText());
    assertEquals("xy", accumulator.getText(1));
    assertEquals("", accumulator.getText(2));
  }

  @Test
  void toolCallsAreAssembledByIndex() throws Exception {
    List<ChatCompletionMessageToolCall> calls =
        message(
                "tool_calls { index: 1 id: 'b' type: 'function' function { call { name: 'g' } } }",
                "tool_calls { index: 0 id: 'a' type: 'function' function { call { name: 'f' } } }",
                "tool_calls { index: 1 function { call { arguments { text: '{\"x\":' } } } }",
                "tool_calls { index: 0 function { call { arguments { text: '{' } } } }"
                    + " tool_calls { index: 1 function { call { arguments { text: ' 1}' } } } }",
                "tool_calls { index: 0 function { call { arguments { text: '}' } } } }")
            .getToolCallsList();
    assertEquals(
        List.of("0 a f {}", "1 b g {\"x\": 1}"),
        calls.stream().map(ChatAccumulatorTest::describe).collect(Collectors.toList()));
    assertEquals("function", calls.get(0).getType());
  }

  private static String describe(ChatCompletionMessageToolCall call) {
    return call.getIndex()
        + " "
        + call.getId()
        + " "
        + call.getFunction().getCall().getName()
        + " "
        + call.getFunction().getCall().getArguments().getText();
  }

  @Test
  void piecesWithoutIndexFollowTheIdBeforeThem() throws Exception {
    List<ChatCompletionMessageToolCall> calls =
        message(
                "tool_calls { id: 'a' function { call { name: 'f' } } }",
                "tool_calls { function { call { arguments { text: '1' } } } }",
                "tool_calls { id: 'b' function { call { name: 'g' } } }",
                "tool_calls { function { call { arguments { text: '2' } } } }")
            .getToolCallsList();
    assertEquals(
        List.of("0 a f 1", "1 b g 2"),
        calls.stream().map(ChatAccumulatorTest::describe).collect(Collectors.toList()));
  }

  @Test
  void theOtherFormsOfACallAreKept() throws Exception {
    ChatMessage message =
        message(
            "tool_calls { index: 0 function { call { arguments { object: '{\"x\": 1}' } } } }",
            "tool_calls { index: 1 function { text: 'f(' } }",
            "tool_calls { index: 1 function { text: '1)' } }");
    assertEquals(
        "{\"x\": 1}", message.getToolCalls(0).getFunction().getCall().getArguments().getObject());
    assertEquals("f(1)", message.getToolCalls(1).getFunction().getText());
  }

  @Test
  void theLastUsageCountsAndTheRestIsKept() throws Exception {
    ChatCompletionResponse response =
        accumulate(
            "id: 'c' model: 'm' created: 5 prompt_token_ids: [1, 2] usage { prompt_tokens: 1 }",
            "id: 'c' model: 'm@2' usage { prompt_tokens: 3 completion_tokens: 4 }",
            "perf_metrics {}");
    assertEquals("c", response.getId());
    assertEquals("m@2", response.getModel());
    assertEquals("chat.completion", response.getObject());
    assertEquals(5, response.getCreated());
    assertEquals(List.of(1, 2), response.getPromptTokenIdsList());
    assertEquals(3, response.getUsage().getPromptTokens());
    assertEquals(4, response.getUsage().getCompletionTokens());
    assertEquals(true, response.hasPerfMetrics());
    assertEquals(0, response.getChoicesCount());
  }

  @Test
  void extraJsonIsKeptAtEveryLevel() throws Exception {
    String extra = " extra_json { key: 'k' value: '\"v\"' } ";
    ChatCompletionResponse response =
        accumulate(
            extra
                + "choices {"
                + extra
                + "delta {"
                + extra
                + "tool_calls { index: 0"
                + extra
                + "function { call {"
                + extra
                + "} } } } }");
    ChatMessage message = response.getChoices(0).getMessage();
    assertEquals("\"v\"", response.getExtraJsonMap().get("k"));
    assertEquals("\"v\"", response.getChoices(0).getExtraJsonMap().get("k"));
    assertEquals("\"v\"", message.getExtraJsonMap().get("k"));
    assertEquals("\"v\"", message.getToolCalls(0).getExtraJsonMap().get("k"));
    assertEquals(
        "\"v\"", message.getToolCalls(0).getFunction().getCall().getExtraJsonMap().get("k"));
  }

  @Test
  void logProbabilitiesAndTokenIdsAreAppended() throws Exception {
    ChatCompletionResponse response =
        accumulate(
            "choices { token_ids: 1 logprobs { openai { content { token: 'a' } } } }",
            "choices { token_ids: 2 logprobs { openai { content { token: 'b' } } } raw_output {} }");
    assertEquals(List.of(1, 2), response.getChoices(0).getTokenIdsList());
    assertEquals(
        List.of("a", "b"),
        response.getChoices(0).getLogprobs().getOpenai().getContentList().stream()
            .map(NewLogProbsContent::getToken)
            .collect(Collectors.toList()));
    assertEquals(true, response.getChoices(0).hasRawOutput());
    assertEquals(
        List.of("a", "b"),
        accumulate(
                "choices { logprobs { legacy { tokens: 'a' } } }",
                "choices { logprobs { legacy { tokens: 'b' } } }")
            .getChoices(0)
            .getLogprobs()
            .getLegacy()
            .getTokensList());
  }

  @Test
  void itCanBeAskedInBetween() throws Exception {
    ChatAccumulator accumulator = new ChatAccumulator();
    assertEquals(0, accumulator.toResponse().getChoicesCount());
    accumulator.add(chunk("choices { delta { content: 'a' } }"));
    assertEquals("a", accumulator.toResponse().getChoices(0).getMessage().getContent().getText());
    accumulator.add(chunk("choices { delta { content: 'b' } }"));
    assertEquals("ab", accumulator.toResponse().getChoices(0).getMessage().getContent().getText());
  }
}
