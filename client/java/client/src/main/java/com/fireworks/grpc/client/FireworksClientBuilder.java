package com.fireworks.grpc.client;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.NameResolverRegistry;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Says where the service is and how to get there. By default: plaintext to 127.0.0.1:50051, the
 * service config that the clients in all languages share, a probe when a connection is silent for
 * 30 s, and messages of up to 64 MiB.
 */
public final class FireworksClientBuilder {
  private static final String DEFAULT_TARGET = "127.0.0.1:50051";
  private static final int MAX_RECEIVE_BYTES = 64 << 20;

  static {
    NameResolverRegistry.getDefaultRegistry().register(new InstancesResolver.Provider());
  }

  private final List<String> targets = new ArrayList<>();
  private boolean tls;
  private Path caFile;
  private Path certificateFile;
  private Path keyFile;
  private String authority;
  private Supplier<String> token;
  private Consumer<ManagedChannelBuilder<?>> configurator = builder -> {};

  FireworksClientBuilder() {}

  /**
   * Adds an instance: {@code host:port}. Of several, calls go to the healthy ones in turn, as they
   * go to all addresses that one name stands for. A single target may be any that gRPC knows, such
   * as {@code dns:///host:port}.
   */
  public FireworksClientBuilder target(String target) {
    targets.add(Objects.requireNonNull(target));
    return this;
  }

  /** TLS; the service's certificate is checked with the authorities that Java trusts. */
  public FireworksClientBuilder useTls() {
    tls = true;
    return this;
  }

  /** TLS; the service's certificate is checked with the authorities of this PEM file. */
  public FireworksClientBuilder caFile(Path file) {
    caFile = Objects.requireNonNull(file);
    return useTls();
  }

  /** TLS with a certificate of the caller's own: PEM files, the key in PKCS #8 without password. */
  public FireworksClientBuilder clientCertificate(Path certificateFile, Path keyFile) {
    this.certificateFile = Objects.requireNonNull(certificateFile);
    this.keyFile = Objects.requireNonNull(keyFile);
    return useTls();
  }

  /** The name to expect in the service's certificate, when it is not the target's. */
  public FireworksClientBuilder authority(String authority) {
    this.authority = Objects.requireNonNull(authority);
    return this;
  }

  /** A bearer token for every call. Only with TLS, or to this machine's loopback. */
  public FireworksClientBuilder token(String token) {
    Objects.requireNonNull(token);
    return token(() -> token);
  }

  /** The same, asked for at each call: for tokens that expire. Must not block. */
  public FireworksClientBuilder token(Supplier<String> token) {
    this.token = Objects.requireNonNull(token);
    return this;
  }

  /** The last word on the channel, for what has no method here. */
  public FireworksClientBuilder configureChannel(Consumer<ManagedChannelBuilder<?>> configurator) {
    this.configurator = Objects.requireNonNull(configurator);
    return this;
  }

  /**
   * Makes the client. It connects when the first call is made; failures show there.
   *
   * @throws IllegalArgumentException when targets are malformed or contradict the token
   * @throws UncheckedIOException when a file cannot be read
   */
  public FireworksClient build() {
    if (targets.isEmpty()) {
      targets.add(DEFAULT_TARGET);
    }
    if (token != null && !tls && !targets.stream().allMatch(FireworksClientBuilder::isLoopback)) {
      throw new IllegalArgumentException(
          "a token travels over TLS or to loopback only; call useTls() or caFile()");
    }
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilder(channelTarget(), credentials())
            .defaultServiceConfig(ServiceConfig.load())
            .disableServiceConfigLookUp()
            .keepAliveTime(30, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS)
            .maxInboundMessageSize(MAX_RECEIVE_BYTES)
            .userAgent("fireworks-grpc-java")
            .intercept(new PushbackFilter());
    if (authority != null) {
      builder.overrideAuthority(authority);
    }
    if (token != null) {
      builder.intercept(new BearerToken(token));
    }
    configurator.accept(builder);
    return new FireworksClient(builder.build());
  }

  private String channelTarget() {
    if (targets.size() == 1) {
      return targets.get(0);
    }
    List<HostPort> instances = new ArrayList<>();
    for (String target : targets) {
      instances.add(HostPort.parse(target));
    }
    return InstancesResolver.target(instances);
  }

  private ChannelCredentials credentials() {
    if (!tls) {
      return InsecureChannelCredentials.create();
    }
    TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
    try {
      if (caFile != null) {
        builder.trustManager(caFile.toFile());
      }
      if (certificateFile != null) {
        builder.keyManager(certificateFile.toFile(), keyFile.toFile());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return builder.build();
  }

  private static boolean isLoopback(String target) {
    String instance = target.startsWith("dns:///") ? target.substring("dns:///".length()) : target;
    try {
      return HostPort.parse(instance).isLoopback();
    } catch (IllegalArgumentException e) {
      // Of another form, so not known to be.
      return false;
    }
  }
}
