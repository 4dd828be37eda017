package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ResponseStreamTest {
  private static final ChatCompletionRequest REQUEST = ChatCompletionRequest.getDefaultInstance();

  @Test
  void messagesComeInOrderAndThenTheEnd() throws Exception {
    try (FakeService service = FakeService.of(new FakeChat(100, Status.OK, null));
        ResponseStream<ChatCompletionStreamResponse> stream =
            service.client.streamChatCompletion(REQUEST)) {
      List<String> ids = new ArrayList<>();
      for (ChatCompletionStreamResponse chunk : stream) {
        ids.add(chunk.getId());
      }
      assertEquals(100, ids.size());
      assertEquals("c0", ids.get(0));
      assertEquals("c99", ids.get(99));
      assertFalse(stream.hasNext());
      assertThrows(NoSuchElementException.class, stream::next);
    }
  }

  @Test
  void aFailureIsThrownAfterTheMessagesThatPrecededIt() throws Exception {
    Metadata trailers = new Metadata();
    trailers.put(FakeService.key("x-request-id"), "r1");
    trailers.put(FakeService.key("x-usage-completion-tokens"), "7");
    FakeChat chat = new FakeChat(2, Status.DATA_LOSS.withDescription("cut"), trailers);
    try (FakeService service = FakeService.of(chat);
        ResponseStream<ChatCompletionStreamResponse> stream =
            service.client.streamChatCompletion(REQUEST)) {
      stream.next();
      stream.next();
      FireworksException e = assertThrows(FireworksException.class, stream::hasNext);
      assertEquals(Status.Code.DATA_LOSS, e.getCode());
      assertEquals("r1", e.getRequestId());
      assertEquals(7, stream.getMetadata().getCompletionTokens().getAsLong());
      assertThrows(FireworksException.class, stream::hasNext, "it stays failed");
    }
  }

  @Test
  void closingCancelsTheCall() throws Exception {
    FakeChat chat = FakeChat.endless();
    try (FakeService service = FakeService.of(chat)) {
      try (ResponseStream<ChatCompletionStreamResponse> stream =
          service.client.streamChatCompletion(REQUEST)) {
        for (ChatCompletionStreamResponse chunk : stream) {
          assertEquals("c0", chunk.getId());
          break;
        }
      }
      assertTrue(chat.awaitCancelled());
    }
  }

  @Test
  void aCancelledStreamEndsAsCancelledEvenIfMessagesWereLeft() throws Exception {
    FakeChat chat = new FakeChat(3, Status.OK, null);
    try (FakeService service = FakeService.of(chat);
        ResponseStream<ChatCompletionStreamResponse> stream =
            service.client.streamChatCompletion(REQUEST)) {
      stream.next();
      stream.cancel();
      FireworksException e = assertThrows(FireworksException.class, stream::hasNext);
      assertEquals(Status.Code.CANCELLED, e.getCode());
    }
  }

  @Test
  void closingAStreamThatWasReadChangesNothing() throws Exception {
    try (FakeService service = FakeService.of(new FakeChat(1, Status.OK, null))) {
      ResponseStream<ChatCompletionStreamResponse> stream =
          service.client.streamChatCompletion(REQUEST);
      stream.next();
      assertFalse(stream.hasNext());
      stream.close();
      assertFalse(stream.hasNext());
    }
  }

  @Test
  void anInterruptedReaderCancels() throws Exception {
    FakeChat chat = FakeChat.endless();
    try (FakeService service = FakeService.of(chat);
        ResponseStream<ChatCompletionStreamResponse> stream =
            service.client.streamChatCompletion(REQUEST)) {
      chat.begun.await();
      Thread.currentThread().interrupt();
      FireworksException e =
          assertThrows(
              FireworksException.class,
              () -> {
                while (stream.hasNext()) {
                  stream.next();
                }
              });
      assertEquals(Status.Code.CANCELLED, e.getCode());
      assertTrue(Thread.interrupted(), "the flag stays");
      assertTrue(chat.awaitCancelled());
    }
  }

  @Test
  void aContextThatEndsCancels() throws Exception {
    FakeChat chat = FakeChat.endless();
    try (FakeService service = FakeService.of(chat)) {
      Context.CancellableContext context = Context.current().withCancellation();
      ResponseStream<ChatCompletionStreamResponse> stream =
          context.call(() -> service.client.streamChatCompletion(REQUEST));
      stream.next();
      context.cancel(null);
      FireworksException e =
          assertThrows(
              FireworksException.class,
              () -> {
                while (true) {
                  stream.next();
                }
              });
      assertEquals(Status.Code.CANCELLED, e.getCode());
      assertTrue(chat.awaitCancelled());
    }
  }

  @Test
  void aForgottenStreamIsCancelled() throws Exception {
    FakeChat chat = FakeChat.endless();
    try (FakeService service = FakeService.of(chat)) {
      service.client.streamChatCompletion(REQUEST).next();
      boolean cancelled = false;
      for (int i = 0; i < 200 && !cancelled; i++) {
        System.gc();
        cancelled = chat.cancelled.await(50, TimeUnit.MILLISECONDS);
      }
      assertTrue(cancelled);
    }
  }

  @Test
  void aReaderThatDoesNotReadHoldsTheSenderBack() throws Exception {
    FakeChat chat = FakeChat.endless();
    try (FakeService service = FakeService.of(chat);
        ResponseStream<ChatCompletionStreamResponse> stream =
            service.client.streamChatCompletion(REQUEST)) {
      for (int i = 0; i < 10; i++) {
        stream.next();
      }
      assertTrue(chat.sent.get() <= 20, () -> "sent " + chat.sent);
    }
  }

  @Test
  void aPassedDeadlineIsTold() throws Exception {
    FakeChat never =
        new FakeChat(0, Status.OK, null) {
          @Override
          public void streamChatCompletion(
              ChatCompletionRequest request,
              io.grpc.stub.StreamObserver<ChatCompletionStreamResponse> responses) {}
        };
    try (FakeService service = FakeService.of(never);
        ResponseStream<ChatCompletionStreamResponse> stream =
            service.client.streamChatCompletion(
                REQUEST, RequestOptions.defaults().withTimeout(java.time.Duration.ofMillis(20)))) {
      FireworksException e = assertThrows(FireworksException.class, stream::hasNext);
      assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getCode());
    }
  }
}
