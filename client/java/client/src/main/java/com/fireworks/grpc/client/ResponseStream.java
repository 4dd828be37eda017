package com.fireworks.grpc.client;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;

/**
 * The messages of a stream, as they arrive. To be read once, by one thread at a time; {@link
 * #cancel} and {@link #getMetadata} may be called by any.
 *
 * <pre>{@code
 * try (ResponseStream<ChatCompletionStreamResponse> stream = client.streamChatCompletion(request)) {
 *   for (ChatCompletionStreamResponse chunk : stream) { ... }
 * }
 * }</pre>
 *
 * <p>After the last message {@link #hasNext} is false if the stream ended well; else it throws the
 * {@link FireworksException}. Closing a stream that has not ended cancels it, which stops the
 * generation; one that is forgotten is cancelled when the garbage collector finds it. A few
 * messages are fetched ahead; beyond them a slow reader slows the sender down.
 */
public final class ResponseStream<T> implements Iterable<T>, Iterator<T>, AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final int FETCHED_AHEAD = 4;

  private final Incoming<T> incoming;

  private ResponseStream(Incoming<T> incoming) {
    this.incoming = incoming;
    CLEANER.register(this, incoming::cancel);
  }

  static <Q, R> ResponseStream<R> open(ClientCall<Q, R> call, Q request, RequestOptions options) {
    Incoming<R> incoming = new Incoming<>(call);
    Calls.start(call, incoming, options);
    call.request(FETCHED_AHEAD);
    Calls.send(call, request);
    return new ResponseStream<>(incoming);
  }

  /** Itself: the messages that have not been read. */
  @Override
  public Iterator<T> iterator() {
    return this;
  }

  /**
   * Waits for the next message, or the end.
   *
   * @throws FireworksException when the stream failed, was cancelled, or the thread interrupted
   */
  @Override
  public boolean hasNext() {
    try {
      return incoming.awaitMessage();
    } finally {
      // While a thread waits here, the stream is not forgotten.
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the stream has ended");
    }
    return incoming.take();
  }

  /**
   * Stops the stream unless it has been read to its end. Messages that were not read are dropped;
   * {@link #hasNext} throws CANCELLED from now on.
   */
  public void cancel() {
    incoming.cancel();
  }

  /** The same as {@link #cancel}. */
  @Override
  public void close() {
    cancel();
  }

  /** What is known by now; complete when {@link #hasNext} has told the end. */
  public CallMetadata getMetadata() {
    return incoming.metadata();
  }

  /**
   * What the channel knows of the stream. Knows nothing of who reads it, or none were forgotten.
   */
  private static final class Incoming<T> extends ClientCall.Listener<T> {
    private final ClientCall<?, T> call;

    // All below: guarded by this.
    private final Queue<T> messages = new ArrayDeque<>();
    private Metadata leading = new Metadata();
    private Metadata trailing = new Metadata();
    // Null until the end is known.
    private Status status;

    Incoming(ClientCall<?, T> call) {
      this.call = call;
    }

    @Override
    public synchronized void onHeaders(Metadata headers) {
      leading = headers;
    }

    @Override
    public synchronized void onMessage(T message) {
      if (status == null) {
        messages.add(message);
        notifyAll();
      }
    }

    @Override
    public synchronized void onClose(Status status, Metadata trailers) {
      if (this.status == null) {
        this.status = status;
        trailing = trailers;
        notifyAll();
      }
    }

    synchronized boolean awaitMessage() {
      try {
        while (messages.isEmpty() && status == null) {
          wait();
        }
      } catch (InterruptedException e) {
        cancel();
        throw Calls.interrupted(e);
      }
      if (!messages.isEmpty()) {
        return true;
      }
      if (!status.isOk()) {
        throw new FireworksException(status, metadata());
      }
      return false;
    }

    T take() {
      T message;
      synchronized (this) {
        message = messages.remove();
      }
      call.request(1);
      return message;
    }

    void cancel() {
      synchronized (this) {
        if (status != null && messages.isEmpty()) {
          return;
        }
        messages.clear();
        status = Status.CANCELLED.withDescription("cancelled by the caller");
        notifyAll();
      }
      call.cancel("cancelled by the caller", null);
    }

    synchronized CallMetadata metadata() {
      return new CallMetadata(leading, trailing);
    }
  }
}
