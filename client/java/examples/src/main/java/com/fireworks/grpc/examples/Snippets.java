package com.fireworks.grpc.examples;

import com.fireworks.grpc.client.Answer;
import com.fireworks.grpc.client.ChatAccumulator;
import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.client.FireworksException;
import com.fireworks.grpc.client.RequestOptions;
import com.fireworks.grpc.client.ResponseStream;
import com.fireworks.grpc.gateway.v1.GetModelRequest;
import com.fireworks.grpc.gateway.v1.ListModelsRequest;
import com.fireworks.grpc.gateway.v1.ListModelsResponse;
import com.fireworks.grpc.gateway.v1.Model;
import com.fireworks.grpc.gateway.v1.ModelServiceGrpc;
import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionResponse;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.Collectors;

/** What README.md shows beside the examples. */
final class Snippets {
  private Snippets() {}

  static FireworksClient connect(List<String> instances, Path folder, String token) {
    // [START connect]
    FireworksClient client =
        FireworksClient.builder()
            .target(instances.get(0))
            .target(instances.get(1))
            .caFile(folder.resolve("ca.pem"))
            .clientCertificate(folder.resolve("client.pem"), folder.resolve("client-key.pem"))
            .token(token)
            .build();
    // [END connect]
    return client;
  }

  static ChatCompletionResponse stream(FireworksClient client, ChatCompletionRequest request) {
    // [START stream]
    ChatAccumulator accumulator = new ChatAccumulator();
    RequestOptions options = RequestOptions.defaults().withTimeout(Duration.ofMinutes(5));
    try (ResponseStream<ChatCompletionStreamResponse> stream =
        client.streamChatCompletion(request, options)) {
      for (ChatCompletionStreamResponse chunk : stream) {
        accumulator.add(chunk);
      }
      System.out.println(stream.getMetadata().getRequestId());
    }
    ChatCompletionResponse response = accumulator.toResponse();
    // [END stream]
    return response;
  }

  // [START publish]
  static CompletableFuture<String> textOf(Flow.Publisher<ChatCompletionStreamResponse> chunks) {
    CompletableFuture<String> text = new CompletableFuture<>();
    chunks.subscribe(
        new Flow.Subscriber<>() {
          private final ChatAccumulator accumulator = new ChatAccumulator();
          private Flow.Subscription subscription;

          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            subscription.request(1);
          }

          @Override
          public void onNext(ChatCompletionStreamResponse chunk) {
            accumulator.add(chunk);
            subscription.request(1);
          }

          @Override
          public void onError(Throwable failure) {
            text.completeExceptionally(failure);
          }

          @Override
          public void onComplete() {
            text.complete(accumulator.getText());
          }
        });
    return text;
  }

  // [END publish]

  static Duration waitBeforeNextAttempt(FireworksClient client, ChatCompletionRequest request) {
    // [START failure]
    try {
      client.createChatCompletion(request);
      return Duration.ZERO;
    } catch (FireworksException e) {
      System.err.println(e.getCode() + " " + e.getReason() + ", request " + e.getRequestId());
      e.getFieldViolations().forEach(System.err::println);
      return e.getRetryDelay().orElseThrow(() -> e);
    }
    // [END failure]
  }

  static Model call(FireworksClient client) {
    // [START call]
    GetModelRequest request =
        GetModelRequest.newBuilder().setName("accounts/fireworks/models/chat-small").build();
    Model model = client.call(ModelServiceGrpc.getGetModelMethod(), request);

    RequestOptions options = RequestOptions.defaults().withMetadata("x-request-id", "mine-1");
    Answer<Model> answer = client.call(ModelServiceGrpc.getGetModelMethod(), request, options);
    System.out.println(answer.getMetadata().getRequestId());
    // [END call]
    return model;
  }

  static List<String> list(FireworksClient client) {
    // [START list]
    ListModelsRequest request =
        ListModelsRequest.newBuilder().setParent("accounts/fireworks").build();
    List<String> names =
        client
            .list(
                ModelServiceGrpc.getListModelsMethod(), request, ListModelsResponse::getModelsList)
            .stream()
            .map(Model::getName)
            .limit(100)
            .collect(Collectors.toList());
    // [END list]
    return names;
  }
}
