package com.fireworks.grpc.client;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What goes with one call. Immutable: each {@code with} method answers a changed copy. */
public final class RequestOptions {
  private static final RequestOptions DEFAULTS = new RequestOptions(null, List.of(), false);

  private final Duration timeout;
  private final List<Map.Entry<String, String>> metadata;
  private final boolean waitForReady;

  private RequestOptions(
      Duration timeout, List<Map.Entry<String, String>> metadata, boolean waitForReady) {
    this.timeout = timeout;
    this.metadata = metadata;
    this.waitForReady = waitForReady;
  }

  /** No deadline, no metadata, fail at once when there is no connection. */
  public static RequestOptions defaults() {
    return DEFAULTS;
  }

  /**
   * How long the call may take, from its start to its end; of a list, each page. Cancelled at the
   * upstream too when it passes.
   */
  public RequestOptions withTimeout(Duration timeout) {
    return new RequestOptions(Objects.requireNonNull(timeout), metadata, waitForReady);
  }

  /**
   * Adds a pair of request metadata.
   *
   * @throws IllegalArgumentException when gRPC cannot send it: the name must be of letters, digits,
   *     {@code - _ .} and not end with {@code -bin}, the value of printable ASCII
   */
  public RequestOptions withMetadata(String name, String value) {
    Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    if (!value.chars().allMatch(c -> c >= 0x20 && c <= 0x7e)) {
      throw new IllegalArgumentException("metadata '" + name + "' has a value beyond ASCII");
    }
    List<Map.Entry<String, String>> more = new ArrayList<>(metadata);
    more.add(Map.entry(name, value));
    return new RequestOptions(timeout, List.copyOf(more), waitForReady);
  }

  /** Wait for a connection, as long as the timeout allows, in place of failing at once. */
  public RequestOptions withWaitForReady() {
    return new RequestOptions(timeout, metadata, true);
  }

  /** The deadline begins here. */
  CallOptions callOptions() {
    CallOptions options = CallOptions.DEFAULT;
    if (timeout != null) {
      options = options.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
    return waitForReady ? options.withWaitForReady() : options;
  }

  Metadata headers() {
    Metadata headers = new Metadata();
    for (Map.Entry<String, String> pair : metadata) {
      headers.put(
          Metadata.Key.of(pair.getKey(), Metadata.ASCII_STRING_MARSHALLER), pair.getValue());
    }
    return headers;
  }
}
