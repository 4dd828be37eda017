package com.fireworks.grpc.client;

import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Unary calls, and what all kinds of calls have in common. */
final class Calls {
  private Calls() {}

  /** Starts a unary call. Cancelling the future cancels the call. */
  static <Q, R> CompletableFuture<Answer<R>> unary(
      Channel channel, MethodDescriptor<Q, R> method, Q request, RequestOptions options) {
    ClientCall<Q, R> call = channel.newCall(method, options.callOptions());
    UnaryListener<R> listener = new UnaryListener<>();
    listener.future.whenComplete(
        (answer, failure) -> {
          if (listener.future.isCancelled()) {
            call.cancel("cancelled by the caller", null);
          }
        });
    start(call, listener, options);
    // One more than the one message that may come, so that a second is noticed.
    call.request(2);
    send(call, request);
    return listener.future;
  }

  /** Waits for a future of this package. */
  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw FireworksException.from(e.getCause()).here();
    }
  }

  /** For a thread that was interrupted while it waited; leaves its flag set. */
  static FireworksException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new FireworksException(
        Status.CANCELLED
            .withDescription("the thread was interrupted while it waited")
            .withCause(cause));
  }

  static <Q, R> void start(
      ClientCall<Q, R> call, ClientCall.Listener<R> listener, RequestOptions options) {
    call.start(listener, options.headers());
  }

  /** Sends the only message of a call, which must be cancelled when that fails. */
  static <Q> void send(ClientCall<Q, ?> call, Q request) {
    try {
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException | Error e) {
      call.cancel("the request could not be sent", e);
      throw e;
    }
  }

  /** Completes a future with the only message of a call, or with how it failed. */
  static final class UnaryListener<R> extends ClientCall.Listener<R> {
    final CompletableFuture<Answer<R>> future = new CompletableFuture<>();
    private Metadata leading = new Metadata();
    private R message;
    private boolean several;

    @Override
    public void onHeaders(Metadata headers) {
      leading = headers;
    }

    @Override
    public void onMessage(R message) {
      several = this.message != null;
      this.message = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      CallMetadata metadata = new CallMetadata(leading, trailers);
      if (status.isOk() && (message == null || several)) {
        status = Status.INTERNAL.withDescription("the answer is not one message");
      }
      if (status.isOk()) {
        future.complete(new Answer<>(message, metadata));
      } else {
        future.completeExceptionally(new FireworksException(status, metadata));
      }
    }
  }
}
