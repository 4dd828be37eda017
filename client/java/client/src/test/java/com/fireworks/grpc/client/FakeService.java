package com.fireworks.grpc.client;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A service in this process, and a client of it. */
final class FakeService implements AutoCloseable {
  private final Server server;
  final FireworksClient client;

  /** The request metadata of each call, in order. */
  final List<Metadata> calls;

  private FakeService(Server server, FireworksClient client, List<Metadata> calls) {
    this.server = server;
    this.client = client;
    this.calls = calls;
  }

  static FakeService of(BindableService... services) throws IOException {
    String name = InProcessServerBuilder.generateName();
    List<Metadata> calls = new CopyOnWriteArrayList<>();
    Server server = start(InProcessServerBuilder.forName(name), calls, services);
    ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
    return new FakeService(server, FireworksClient.over(channel), calls);
  }

  /** Starts a server that notes the metadata of each call. */
  static Server start(ServerBuilder<?> builder, List<Metadata> calls, BindableService... services)
      throws IOException {
    ServerInterceptor note =
        new ServerInterceptor() {
          @Override
          public <Q, R> ServerCall.Listener<Q> interceptCall(
              ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            calls.add(headers);
            return next.startCall(call, headers);
          }
        };
    builder.intercept(note);
    for (BindableService service : services) {
      builder.addService(service);
    }
    return builder.build().start();
  }

  static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @Override
  public void close() {
    client.close();
    server.shutdownNow();
  }
}
