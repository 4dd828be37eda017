package com.fireworks.grpc.client;

import com.fireworks.grpc.inference.v1.ChatCompletionMessageToolCall;
import com.fireworks.grpc.inference.v1.ChatCompletionMessageToolCallFunction;

/** One tool call of a stream, put together: id and name come once, arguments in fragments. */
final class ToolCallAccumulator {
  private final ChatCompletionMessageToolCall.Builder call =
      ChatCompletionMessageToolCall.newBuilder();
  private final StringBuilder arguments = new StringBuilder();

  ToolCallAccumulator(int index) {
    call.setIndex(index);
  }

  int index() {
    return call.getIndex();
  }

  void add(ChatCompletionMessageToolCall piece) {
    if (!piece.getId().isEmpty()) {
      call.setId(piece.getId());
    }
    if (piece.hasType()) {
      call.setType(piece.getType());
    }
    call.putAllExtraJson(piece.getExtraJsonMap());
    switch (piece.getFunction().getKindCase()) {
      case CALL:
        addFunction(piece.getFunction().getCall());
        break;
      case TEXT:
        call.getFunctionBuilder()
            .setText(call.getFunction().getText() + piece.getFunction().getText());
        break;
      default:
        break;
    }
  }

  private void addFunction(ChatCompletionMessageToolCallFunction piece) {
    ChatCompletionMessageToolCallFunction.Builder function =
        call.getFunctionBuilder().getCallBuilder();
    if (!piece.getName().isEmpty()) {
      function.setName(piece.getName());
    }
    function.putAllExtraJson(piece.getExtraJsonMap());
    switch (piece.getArguments().getKindCase()) {
      case TEXT:
        arguments.append(piece.getArguments().getText());
        function.getArgumentsBuilder().setText("");
        break;
      case OBJECT:
        function.setArguments(piece.getArguments());
        break;
      default:
        break;
    }
  }

  ChatCompletionMessageToolCall build() {
    ChatCompletionMessageToolCall.Builder whole = call.clone();
    if (whole.getFunction().getCall().getArguments().hasText()) {
      whole
          .getFunctionBuilder()
          .getCallBuilder()
          .getArgumentsBuilder()
          .setText(arguments.toString());
    }
    return whole.build();
  }
}
