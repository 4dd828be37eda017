package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionResponse;
import com.fireworks.grpc.inference.v1.ChatCompletionServiceGrpc;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Unary calls, and what goes with calls. */
@Timeout(60)
class CallTest {
  private static final ChatCompletionRequest REQUEST =
      ChatCompletionRequest.newBuilder().setModel("m").build();

  /** Repeats the model; never answers when it is "never". */
  private static final class Echo extends ChatCompletionServiceGrpc.ChatCompletionServiceImplBase {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);

    @Override
    public void createChatCompletion(
        ChatCompletionRequest request, StreamObserver<ChatCompletionResponse> observer) {
      ((ServerCallStreamObserver<?>) observer).setOnCancelHandler(cancelled::countDown);
      begun.countDown();
      if (!request.getModel().equals("never")) {
        observer.onNext(ChatCompletionResponse.newBuilder().setModel(request.getModel()).build());
        observer.onCompleted();
      }
    }
  }

  @Test
  void aCallAnswers() throws Exception {
    try (FakeService service = FakeService.of(new Echo())) {
      assertEquals("m", service.client.createChatCompletion(REQUEST).getModel());
    }
  }

  @Test
  void aFailureHasTheStackOfTheCaller() throws Exception {
    try (FakeService service = FakeService.of()) {
      FireworksException e =
          assertThrows(
              FireworksException.class, () -> service.client.createChatCompletion(REQUEST));
      assertEquals(Status.Code.UNIMPLEMENTED, e.getCode());
      assertTrue(
          Arrays.stream(e.getStackTrace())
              .anyMatch(frame -> frame.getClassName().equals(CallTest.class.getName())));
    }
  }

  @Test
  void aFutureFailsWithTheTypedError() throws Exception {
    try (FakeService service = FakeService.of()) {
      CompletableFuture<?> future =
          service.client.callAsync(
              ChatCompletionServiceGrpc.getCreateChatCompletionMethod(),
              REQUEST,
              RequestOptions.defaults());
      ExecutionException e =
          assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
      assertInstanceOf(FireworksException.class, e.getCause());
    }
  }

  @Test
  void cancellingAFutureCancelsTheCall() throws Exception {
    Echo echo = new Echo();
    try (FakeService service = FakeService.of(echo)) {
      CompletableFuture<?> future =
          service.client.callAsync(
              ChatCompletionServiceGrpc.getCreateChatCompletionMethod(),
              REQUEST.toBuilder().setModel("never").build(),
              RequestOptions.defaults());
      assertTrue(echo.begun.await(30, TimeUnit.SECONDS));
      future.cancel(true);
      assertTrue(echo.cancelled.await(30, TimeUnit.SECONDS));
    }
  }

  @Test
  void anInterruptedCallIsCancelled() throws Exception {
    Echo echo = new Echo();
    try (FakeService service = FakeService.of(echo)) {
      Thread caller = Thread.currentThread();
      Thread interrupter =
          new Thread(
              () -> {
                try {
                  echo.begun.await();
                } catch (InterruptedException e) {
                  return;
                }
                caller.interrupt();
              });
      interrupter.start();
      FireworksException e =
          assertThrows(
              FireworksException.class,
              () ->
                  service.client.createChatCompletion(
                      REQUEST.toBuilder().setModel("never").build()));
      assertEquals(Status.Code.CANCELLED, e.getCode());
      assertTrue(Thread.interrupted(), "the flag stays");
      assertTrue(echo.cancelled.await(30, TimeUnit.SECONDS));
      interrupter.join();
    }
  }

  @Test
  void aMethodOfAnotherKindIsRefused() throws Exception {
    try (FakeService service = FakeService.of(new Echo())) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              service.client.call(
                  ChatCompletionServiceGrpc.getStreamChatCompletionMethod(), REQUEST));
      assertThrows(
          IllegalArgumentException.class,
          () ->
              service.client.stream(
                  ChatCompletionServiceGrpc.getCreateChatCompletionMethod(),
                  REQUEST,
                  RequestOptions.defaults()));
    }
  }

  @Test
  void metadataThatCannotBeSentIsRefused() {
    RequestOptions options = RequestOptions.defaults();
    assertThrows(IllegalArgumentException.class, () -> options.withMetadata("a b", "v"));
    assertThrows(IllegalArgumentException.class, () -> options.withMetadata("a-bin", "v"));
    assertThrows(IllegalArgumentException.class, () -> options.withMetadata("a", "ä"));
    assertThrows(IllegalArgumentException.class, () -> options.withMetadata("a", "b\nc"));
  }

  @Test
  void optionsAreCopied() {
    RequestOptions first = RequestOptions.defaults().withMetadata("a", "1");
    RequestOptions second = first.withMetadata("a", "2");
    assertEquals("1", first.headers().get(FakeService.key("a")));
    assertEquals("2", second.headers().get(FakeService.key("a")));
  }

  @Test
  void usageIsReadFromTheTrailers() {
    Metadata trailing = new Metadata();
    trailing.put(FakeService.key("x-usage-prompt-tokens"), "3");
    trailing.put(FakeService.key("x-usage-completion-tokens"), "many");
    CallMetadata metadata = new CallMetadata(new Metadata(), trailing);
    assertEquals(3, metadata.getPromptTokens().getAsLong());
    assertTrue(metadata.getCompletionTokens().isEmpty());
    assertTrue(metadata.getCachedTokens().isEmpty());
    assertEquals("", metadata.getRequestId());
    assertEquals("3", metadata.getTrailing("x-usage-prompt-tokens").get());
  }
}
