package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamPublisherTest {
  private static final ChatCompletionRequest REQUEST = ChatCompletionRequest.getDefaultInstance();

  /** Asks for so many messages at first, and for one more behind each. */
  private static class Reader implements Flow.Subscriber<ChatCompletionStreamResponse> {
    final List<String> ids = new CopyOnWriteArrayList<>();
    final CompletableFuture<Throwable> end = new CompletableFuture<>();
    private final long first;
    private final int cancelAfter;
    private Flow.Subscription subscription;

    Reader(long first, int cancelAfter) {
      this.first = first;
      this.cancelAfter = cancelAfter;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(first);
    }

    @Override
    public void onNext(ChatCompletionStreamResponse chunk) {
      ids.add(chunk.getId());
      if (ids.size() == cancelAfter) {
        subscription.cancel();
      } else {
        subscription.request(1);
      }
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(failure);
    }

    @Override
    public void onComplete() {
      end.complete(null);
    }

    Throwable await() throws Exception {
      return end.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void messagesComeInOrderAndThenTheEnd() throws Exception {
    try (FakeService service = FakeService.of(new FakeChat(50, Status.OK, null))) {
      Reader reader = new Reader(2, 0);
      service.client.publishChatCompletion(REQUEST).subscribe(reader);
      assertNull(reader.await());
      assertEquals(50, reader.ids.size());
      assertEquals("c49", reader.ids.get(49));
    }
  }

  @Test
  void unboundedDemandIsServed() throws Exception {
    try (FakeService service = FakeService.of(new FakeChat(50, Status.OK, null))) {
      Reader reader = new Reader(Long.MAX_VALUE, 0);
      service.client.publishChatCompletion(REQUEST).subscribe(reader);
      assertNull(reader.await());
      assertEquals(50, reader.ids.size());
    }
  }

  @Test
  void eachSubscriberHasACallOfItsOwn() throws Exception {
    try (FakeService service = FakeService.of(new FakeChat(3, Status.OK, null))) {
      Flow.Publisher<ChatCompletionStreamResponse> publisher =
          service.client.publishChatCompletion(REQUEST);
      assertEquals(0, service.calls.size());
      for (Reader reader : List.of(new Reader(1, 0), new Reader(1, 0))) {
        publisher.subscribe(reader);
        assertNull(reader.await());
        assertEquals(List.of("c0", "c1", "c2"), reader.ids);
      }
      assertEquals(2, service.calls.size());
    }
  }

  @Test
  void aFailureIsTyped() throws Exception {
    FakeChat chat = new FakeChat(1, Status.DATA_LOSS, new Metadata());
    try (FakeService service = FakeService.of(chat)) {
      Reader reader = new Reader(5, 0);
      service.client.publishChatCompletion(REQUEST).subscribe(reader);
      FireworksException e = assertInstanceOf(FireworksException.class, reader.await());
      assertEquals(Status.Code.DATA_LOSS, e.getCode());
      assertEquals(List.of("c0"), reader.ids);
    }
  }

  @Test
  void aCallThatCannotBeginIsAnError() throws Exception {
    IllegalStateException sealed = new IllegalStateException("the vault is sealed");
    Reader reader = new Reader(1, 0);
    new StreamPublisher<ChatCompletionRequest, ChatCompletionStreamResponse>(
            () -> {
              throw sealed;
            },
            REQUEST,
            RequestOptions.defaults())
        .subscribe(reader);
    assertSame(sealed, assertInstanceOf(FireworksException.class, reader.await()).getCause());
    reader = new Reader(1, 0);
    try (FireworksClient client =
        FireworksClient.builder()
            .token(
                () -> {
                  throw sealed;
                })
            .build()) {
      client.publishChatCompletion(REQUEST).subscribe(reader);
      assertSame(sealed, assertInstanceOf(FireworksException.class, reader.await()).getCause());
    }
  }

  @Test
  void cancellingStopsTheCallAndNothingMoreIsTold() throws Exception {
    FakeChat chat = FakeChat.endless();
    try (FakeService service = FakeService.of(chat)) {
      Reader reader = new Reader(10, 3);
      service.client.publishChatCompletion(REQUEST).subscribe(reader);
      assertTrue(chat.awaitCancelled());
      assertEquals(List.of("c0", "c1", "c2"), reader.ids);
      assertEquals(false, reader.end.isDone());
    }
  }

  @Test
  void nothingIsFetchedThatWasNotAskedFor() throws Exception {
    FakeChat chat = FakeChat.endless();
    try (FakeService service = FakeService.of(chat)) {
      CompletableFuture<Void> third = new CompletableFuture<>();
      Reader reader =
          new Reader(3, 0) {
            @Override
            public void onNext(ChatCompletionStreamResponse chunk) {
              ids.add(chunk.getId());
              if (ids.size() == 3) {
                third.complete(null);
              }
            }
          };
      service.client.publishChatCompletion(REQUEST).subscribe(reader);
      third.get(30, TimeUnit.SECONDS);
      assertEquals(3, chat.sent.get());
    }
  }

  @Test
  void askingForNothingIsAnError() throws Exception {
    try (FakeService service = FakeService.of(FakeChat.endless())) {
      Reader reader = new Reader(0, 0);
      service.client.publishChatCompletion(REQUEST).subscribe(reader);
      assertInstanceOf(IllegalArgumentException.class, reader.await());
    }
  }

  @Test
  void aSubscriberThatCancelsAtOnceCausesNoCall() throws Exception {
    try (FakeService service = FakeService.of(FakeChat.endless())) {
      service
          .client
          .publishChatCompletion(REQUEST)
          .subscribe(
              new Reader(1, 0) {
                @Override
                public void onSubscribe(Flow.Subscription subscription) {
                  subscription.cancel();
                }
              });
      assertEquals(0, service.calls.size());
    }
  }
}
