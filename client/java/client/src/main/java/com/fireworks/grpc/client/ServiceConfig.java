package com.fireworks.grpc.client;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The service config that the clients in all languages share: retries, health, round robin. */
final class ServiceConfig {
  private static final String RESOURCE = "service_config.json";

  private ServiceConfig() {}

  /** As gRPC wants it: objects as maps, numbers as doubles. */
  static Map<String, ?> load() {
    try (InputStream file = ServiceConfig.class.getResourceAsStream(RESOURCE)) {
      if (file == null) {
        throw new IllegalStateException("the client's jar lacks " + RESOURCE);
      }
      return new Gson()
          .fromJson(
              new InputStreamReader(file, StandardCharsets.UTF_8),
              new TypeToken<Map<String, Object>>() {}.getType());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
