package com.fireworks.grpc.client;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/**
 * Several named instances as one gRPC target, {@code fireworks:///HOST:PORT,HOST:PORT}: gRPC's own
 * resolvers take one name each. Every instance is spoken to, and its certificate checked, under its
 * own name.
 */
final class InstancesResolver extends NameResolver {
  private static final String SCHEME = "fireworks";

  private final List<HostPort> instances;
  private final Executor executor;
  private volatile Listener2 listener;

  private InstancesResolver(List<HostPort> instances, Executor executor) {
    this.instances = instances;
    this.executor = executor;
  }

  static String target(List<HostPort> instances) {
    return instances.stream()
        .map(HostPort::authority)
        .collect(Collectors.joining(",", SCHEME + ":///", ""));
  }

  @Override
  public String getServiceAuthority() {
    return instances.get(0).authority();
  }

  @Override
  public void start(Listener2 listener) {
    this.listener = listener;
    resolve();
  }

  @Override
  public void refresh() {
    resolve();
  }

  @Override
  public void shutdown() {}

  // Looking up names blocks, which the channel's own thread must not.
  private void resolve() {
    executor.execute(() -> answer(listener));
  }

  private void answer(Listener2 listener) {
    List<EquivalentAddressGroup> groups = new ArrayList<>();
    Status failure = Status.UNAVAILABLE.withDescription("no instance's name could be resolved");
    for (HostPort instance : instances) {
      try {
        groups.add(group(instance));
      } catch (UnknownHostException e) {
        failure = failure.withCause(e);
      }
    }
    if (groups.isEmpty()) {
      listener.onError(failure);
    } else {
      listener.onResult(
          ResolutionResult.newBuilder().setAddressesOrError(StatusOr.fromValue(groups)).build());
    }
  }

  private static EquivalentAddressGroup group(HostPort instance) throws UnknownHostException {
    List<SocketAddress> addresses = new ArrayList<>();
    for (InetAddress address : InetAddress.getAllByName(instance.host)) {
      addresses.add(new InetSocketAddress(address, instance.port));
    }
    Attributes name =
        Attributes.newBuilder()
            .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, instance.authority())
            .build();
    return new EquivalentAddressGroup(addresses, name);
  }

  /** Makes resolvers for the scheme. Without state. */
  static final class Provider extends NameResolverProvider {
    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args arguments) {
      if (!SCHEME.equals(target.getScheme())) {
        return null;
      }
      List<HostPort> instances = new ArrayList<>();
      for (String instance : target.getSchemeSpecificPart().substring("///".length()).split(",")) {
        instances.add(HostPort.parse(instance));
      }
      return new InstancesResolver(instances, arguments.getOffloadExecutor());
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }
  }
}
