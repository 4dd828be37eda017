package com.fireworks.grpc.client;

import com.fireworks.grpc.inference.v1.ChatCompletionRequest;
import com.fireworks.grpc.inference.v1.ChatCompletionServiceGrpc;
import com.fireworks.grpc.inference.v1.ChatCompletionStreamResponse;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Streams numbered chunks while the client asks for them, then ends as it is told. */
class FakeChat extends ChatCompletionServiceGrpc.ChatCompletionServiceImplBase {
  /** Of so many chunks a stream never ends. */
  static final int ENDLESS = Integer.MAX_VALUE;

  private final int chunks;
  private final Status end;
  private final Metadata trailers;
  final AtomicInteger sent = new AtomicInteger();
  final CountDownLatch begun = new CountDownLatch(1);
  final CountDownLatch cancelled = new CountDownLatch(1);

  FakeChat(int chunks, Status end, Metadata trailers) {
    this.chunks = chunks;
    this.end = end;
    this.trailers = trailers;
  }

  static FakeChat endless() {
    return new FakeChat(ENDLESS, Status.OK, new Metadata());
  }

  boolean awaitCancelled() throws InterruptedException {
    return cancelled.await(30, TimeUnit.SECONDS);
  }

  @Override
  public void streamChatCompletion(
      ChatCompletionRequest request, StreamObserver<ChatCompletionStreamResponse> responses) {
    ServerCallStreamObserver<ChatCompletionStreamResponse> observer =
        (ServerCallStreamObserver<ChatCompletionStreamResponse>) responses;
    AtomicInteger next = new AtomicInteger();
    observer.setOnCancelHandler(cancelled::countDown);
    observer.setOnReadyHandler(() -> send(observer, next));
    begun.countDown();
  }

  private void send(
      ServerCallStreamObserver<ChatCompletionStreamResponse> observer, AtomicInteger next) {
    while (observer.isReady() && next.get() < chunks) {
      // First, so that who has a chunk sees it counted.
      sent.incrementAndGet();
      observer.onNext(chunk(next.getAndIncrement()));
    }
    if (next.get() == chunks) {
      next.incrementAndGet();
      if (end.isOk()) {
        observer.onCompleted();
      } else {
        observer.onError(end.asRuntimeException(trailers));
      }
    }
  }

  static ChatCompletionStreamResponse chunk(int number) {
    return ChatCompletionStreamResponse.newBuilder().setId("c" + number).build();
  }
}
