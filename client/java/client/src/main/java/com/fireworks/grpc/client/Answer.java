package com.fireworks.grpc.client;

/** The response of a unary call, with what the service told beside it. */
public final class Answer<R> {
  private final R message;
  private final CallMetadata metadata;

  Answer(R message, CallMetadata metadata) {
    this.message = message;
    this.metadata = metadata;
  }

  public R getMessage() {
    return message;
  }

  public CallMetadata getMetadata() {
    return metadata;
  }
}
