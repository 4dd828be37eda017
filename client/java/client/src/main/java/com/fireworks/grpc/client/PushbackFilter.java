package com.fireworks.grpc.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientStreamTracer;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;

/**
 * Has gRPC repeat only what the service config says, as it does in other languages: gRPC for Java
 * takes any wait in {@code grpc-retry-pushback-ms} for leave to repeat, whatever the status, and
 * the service tells waits beside other statuses than UNAVAILABLE too. So gRPC's retries are not
 * shown those; the caller is.
 */
final class PushbackFilter implements ClientInterceptor {
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    Attempts attempts = new Attempts();
    return new SimpleForwardingClientCall<>(
        next.newCall(method, options.withStreamTracerFactory(attempts))) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<>(listener) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                attempts.restore(trailers);
                super.onClose(status, trailers);
              }
            },
            headers);
      }
    };
  }

  /** The attempts of one call. A tracer sees the status before gRPC decides upon it. */
  private static final class Attempts extends ClientStreamTracer.Factory {
    // Of the newest attempt. Null: nothing was hidden.
    private volatile String hidden;

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      hidden = null;
      return new ClientStreamTracer() {
        private Metadata trailers = new Metadata();

        @Override
        public void inboundTrailers(Metadata trailers) {
          this.trailers = trailers;
        }

        @Override
        public void streamClosed(Status status) {
          if (status.getCode() != Status.Code.UNAVAILABLE) {
            hidden = trailers.get(PUSHBACK);
            trailers.discardAll(PUSHBACK);
          }
        }
      };
    }

    void restore(Metadata trailers) {
      String value = hidden;
      if (value != null && !trailers.containsKey(PUSHBACK)) {
        trailers.put(PUSHBACK, value);
      }
    }
  }
}
