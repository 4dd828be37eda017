package com.fireworks.grpc.client;

import io.grpc.Metadata;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the service told beside the messages of a call: {@code docs/errors.md} lists the names. A
 * snapshot: leading metadata is empty before the first message, trailing metadata before the end,
 * and both are empty when the call was cancelled. Not to be changed.
 */
public final class CallMetadata {
  private static final Metadata.Key<String> REQUEST_ID = key("x-request-id");

  private final Metadata leading;
  private final Metadata trailing;

  CallMetadata(Metadata leading, Metadata trailing) {
    this.leading = leading;
    this.trailing = trailing;
  }

  public Metadata getLeading() {
    return leading;
  }

  public Metadata getTrailing() {
    return trailing;
  }

  /** Names the call in the service's log and at the upstream. Empty when not told. */
  public String getRequestId() {
    String id = trailing.get(REQUEST_ID);
    return id == null ? "" : id;
  }

  /** Tokens of the prompt, if told. */
  public OptionalLong getPromptTokens() {
    return number("x-usage-prompt-tokens");
  }

  /** Tokens that were generated, if told. */
  public OptionalLong getCompletionTokens() {
    return number("x-usage-completion-tokens");
  }

  /** Tokens of the prompt that the prompt cache held, if told. */
  public OptionalLong getCachedTokens() {
    return number("x-usage-cached-tokens");
  }

  /** The last value of that name in the trailing metadata. */
  public Optional<String> getTrailing(String name) {
    return Optional.ofNullable(trailing.get(key(name)));
  }

  private OptionalLong number(String name) {
    String value = trailing.get(key(name));
    try {
      return value == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(value));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
