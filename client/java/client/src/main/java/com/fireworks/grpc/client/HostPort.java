package com.fireworks.grpc.client;

import java.util.regex.Pattern;

/** Where an instance of the service is. */
final class HostPort {
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.\\d{1,3}){3}|(0*:)*:?0*1", Pattern.CASE_INSENSITIVE);

  final String host;
  final int port;

  private HostPort(String host, int port) {
    this.host = host;
    this.port = port;
  }

  /** Reads {@code host:port}, {@code 127.0.0.1:port} or {@code [::1]:port}. */
  static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":") || host.contains("/")) {
      host = "";
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (!host.isEmpty() && port > 0 && port <= 65535) {
        return new HostPort(host, port);
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException("'" + text + "' is no HOST:PORT, such as 127.0.0.1:50051");
  }

  /** Whether what is sent there stays on this machine. Asks no name service. */
  boolean isLoopback() {
    return LOOPBACK.matcher(host).matches();
  }

  String authority() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
