package com.fireworks.grpc.client;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Supplier;

/**
 * A stream for those who must not block: each subscriber has a call of its own, which starts when
 * it subscribes. Demand reaches the sender; what is not asked for is not fetched.
 */
final class StreamPublisher<Q, R> implements Flow.Publisher<R> {
  private final Supplier<ClientCall<Q, R>> calls;
  private final Q request;
  private final RequestOptions options;

  StreamPublisher(Supplier<ClientCall<Q, R>> calls, Q request, RequestOptions options) {
    this.calls = calls;
    this.request = request;
    this.options = options;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super R> subscriber) {
    Objects.requireNonNull(subscriber);
    Subscription<R> subscription = new Subscription<>(subscriber);
    subscriber.onSubscribe(subscription);
    try {
      subscription.start(calls, request, options);
    } catch (RuntimeException e) {
      FireworksException failure = FireworksException.from(e);
      subscription.onClose(failure.getStatus(), failure.getTrailers());
    }
  }

  /** One call. gRPC tells messages and end one after the other, as a subscriber wants them. */
  private static final class Subscription<R> extends ClientCall.Listener<R>
      implements Flow.Subscription {
    private final Flow.Subscriber<? super R> subscriber;
    private Metadata leading = new Metadata();

    // All below: guarded by this, which is not held while others are called.
    private ClientCall<?, R> call;
    // Asked for before the call was there.
    private long demand;
    private boolean cancelled;
    private IllegalArgumentException misuse;

    Subscription(Flow.Subscriber<? super R> subscriber) {
      this.subscriber = subscriber;
    }

    <Q> void start(Supplier<ClientCall<Q, R>> calls, Q request, RequestOptions options) {
      synchronized (this) {
        if (cancelled) {
          return;
        }
      }
      ClientCall<Q, R> started = calls.get();
      Calls.start(started, this, options);
      Calls.send(started, request);
      long asked;
      boolean unwanted;
      synchronized (this) {
        call = started;
        asked = demand;
        unwanted = cancelled || misuse != null;
      }
      if (unwanted) {
        started.cancel("cancelled by the subscriber", null);
      } else if (asked > 0) {
        started.request(clamp(asked));
      }
    }

    @Override
    public void request(long count) {
      ClientCall<?, R> running;
      synchronized (this) {
        running = call;
        if (count <= 0) {
          misuse = new IllegalArgumentException("request(" + count + "): must be positive");
        } else if (running == null) {
          demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
        }
      }
      if (running != null && count > 0) {
        running.request(clamp(count));
      } else if (running != null) {
        running.cancel("misused by the subscriber", null);
      }
    }

    @Override
    public void cancel() {
      ClientCall<?, R> running;
      synchronized (this) {
        cancelled = true;
        running = call;
      }
      if (running != null) {
        running.cancel("cancelled by the subscriber", null);
      }
    }

    @Override
    public void onHeaders(Metadata headers) {
      leading = headers;
    }

    @Override
    public void onMessage(R message) {
      if (!isCancelled()) {
        subscriber.onNext(message);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      Throwable failure;
      synchronized (this) {
        if (cancelled) {
          return;
        }
        cancelled = true;
        failure = misuse;
      }
      if (failure == null && !status.isOk()) {
        failure = new FireworksException(status, new CallMetadata(leading, trailers));
      }
      if (failure == null) {
        subscriber.onComplete();
      } else {
        subscriber.onError(failure);
      }
    }

    private synchronized boolean isCancelled() {
      return cancelled || misuse != null;
    }

    private static int clamp(long count) {
      return (int) Math.min(count, Integer.MAX_VALUE);
    }
  }
}
