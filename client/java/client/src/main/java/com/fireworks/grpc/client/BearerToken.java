package com.fireworks.grpc.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors.CheckedForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.function.Supplier;

/** Puts a token on every call. Only for channels that keep it from others' eyes. */
final class BearerToken implements ClientInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Supplier<String> token;

  BearerToken(Supplier<String> token) {
    this.token = token;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    // What is thrown here becomes the status of the call.
    return new CheckedForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      protected void checkedStart(Listener<R> listener, Metadata headers) {
        headers.discardAll(AUTHORIZATION);
        headers.put(AUTHORIZATION, "Bearer " + checked(token.get()));
        delegate().start(listener, headers);
      }
    };
  }

  // gRPC logs what no header can hold.
  private static String checked(String token) {
    if (token == null || token.isEmpty() || !token.chars().allMatch(c -> c >= 0x20 && c <= 0x7e)) {
      throw new FireworksException(
          Status.UNAUTHENTICATED.withDescription("the token is not printable ASCII"));
    }
    return token;
  }
}
