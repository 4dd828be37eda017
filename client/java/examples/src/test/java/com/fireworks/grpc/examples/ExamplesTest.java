package com.fireworks.grpc.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.client.FireworksException;
import com.fireworks.grpc.gateway.v1.GetModelRequest;
import com.fireworks.grpc.gateway.v1.ListModelsRequest;
import com.fireworks.grpc.gateway.v1.ListModelsResponse;
import com.fireworks.grpc.gateway.v1.Model;
import com.fireworks.grpc.gateway.v1.ModelServiceGrpc;
import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionResponse;
import com.fireworks.grpc.inference.v1.ChatCompletionServiceGrpc;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import com.fireworks.grpc.inference.v1.ChatMessage;
import com.fireworks.grpc.inference.v1.EmbeddingRequest;
import com.fireworks.grpc.inference.v1.EmbeddingResponse;
import com.fireworks.grpc.inference.v1.EmbeddingServiceGrpc;
import com.fireworks.grpc.inference.v1.NumberList;
import com.google.protobuf.TextFormat;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples, with answers that are known; examples.sh runs them against the real service. */
@Timeout(60)
class ExamplesTest {
  private Server server;
  private FireworksClient client;

  @BeforeEach
  void start() throws Exception {
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .addService(new Chat())
            .addService(new Embeddings())
            .addService(new Models())
            .build()
            .start();
    client = FireworksClient.over(InProcessChannelBuilder.forName(name).build());
  }

  @AfterEach
  void stop() {
    client.close();
    server.shutdownNow();
  }

  /** Calls the tool once, then repeats what the tool said. */
  private static final class Chat extends ChatCompletionServiceGrpc.ChatCompletionServiceImplBase {
    @Override
    public void streamChatCompletion(
        ChatCompletionRequest request, StreamObserver<ChatCompletionStreamResponse> observer) {
      ChatMessage last = request.getMessages(request.getMessagesCount() - 1);
      if (last.getRole().equals("tool")) {
        observer.onNext(chunk("content: '" + last.getContent().getText() + " degrees'"));
      } else {
        observer.onNext(
            chunk("tool_calls { index: 0 id: 'c1' function { call { name: 'temperature' } } }"));
        observer.onNext(
            chunk("tool_calls { index: 0 function { call { arguments { text: '{}' } } } }"));
      }
      observer.onCompleted();
    }

    private static ChatCompletionStreamResponse chunk(String delta) {
      try {
        return TextFormat.parse(
            "choices { index: 0 delta { " + delta + " } }", ChatCompletionStreamResponse.class);
      } catch (TextFormat.ParseException e) {
        throw new IllegalArgumentException(e);
      }
    }

    @Override
    public void createChatCompletion(
        ChatCompletionRequest request, StreamObserver<ChatCompletionResponse> observer) {
      if (!request.hasResponseFormat()) {
        observer.onError(Status.RESOURCE_EXHAUSTED.asRuntimeException());
        return;
      }
      ChatCompletionResponse.Builder response = ChatCompletionResponse.newBuilder();
      response
          .addChoicesBuilder()
          .setFinishReason("stop")
          .getMessageBuilder()
          .getContentBuilder()
          .setText("{\"name\": \"Oslo\", \"inhabitants\": 700000}");
      observer.onNext(response.build());
      observer.onCompleted();
    }
  }

  /** Vectors whose only element that is not 0 tells the text's length, in twos. */
  private static final class Embeddings extends EmbeddingServiceGrpc.EmbeddingServiceImplBase {
    @Override
    public void createEmbedding(
        EmbeddingRequest request, StreamObserver<EmbeddingResponse> observer) {
      EmbeddingResponse.Builder response = EmbeddingResponse.newBuilder();
      List<String> texts = request.getInput().getTexts().getValuesList();
      for (int i = texts.size() - 1; i >= 0; i--) {
        NumberList.Builder vector =
            response.addDataBuilder().setIndex(i).getEmbeddingBuilder().getNumbersBuilder();
        for (int element = 0; element < 4; element++) {
          vector.addValues(texts.get(i).length() / 2 == element ? 1 : 0);
        }
      }
      observer.onNext(response.build());
      observer.onCompleted();
    }
  }

  private static final class Models extends ModelServiceGrpc.ModelServiceImplBase {
    @Override
    public void getModel(GetModelRequest request, StreamObserver<Model> observer) {
      observer.onNext(Model.newBuilder().setName(request.getName()).build());
      observer.onCompleted();
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
      boolean first = request.getPageToken().isEmpty();
      observer.onNext(
          ListModelsResponse.newBuilder()
              .addModels(Model.newBuilder().setName(first ? "a" : "b"))
              .setNextPageToken(first ? "1" : "")
              .build());
      observer.onCompleted();
    }
  }

  @Test
  void toolLoop() {
    assertEquals("-3 degrees", ToolLoop.answer(client, "How warm is it?"));
  }

  @Test
  void structuredOutput() {
    assertEquals("Oslo", StructuredOutput.city(client).get("name").getAsString());
  }

  @Test
  void embeddingsSearch() {
    assertEquals("bbbb", EmbeddingsSearch.closest(client, List.of("aa", "bbbb", "cccccc"), "dddd"));
  }

  @Test
  void snippets() throws Exception {
    ChatCompletionRequest request =
        ChatCompletionRequest.newBuilder()
            .addMessages(ChatMessage.newBuilder().setRole("user"))
            .build();
    assertEquals(
        1, Snippets.stream(client, request).getChoices(0).getMessage().getToolCallsCount());
    assertEquals(
        "", Snippets.textOf(client.publishChatCompletion(request)).get(30, TimeUnit.SECONDS));
    assertEquals("accounts/fireworks/models/chat-small", Snippets.call(client).getName());
    assertEquals(List.of("a", "b"), Snippets.list(client));
    assertThrows(FireworksException.class, () -> Snippets.waitBeforeNextAttempt(client, request));
  }
}
