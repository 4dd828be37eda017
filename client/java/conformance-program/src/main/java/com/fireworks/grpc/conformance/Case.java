package com.fireworks.grpc.conformance;

import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.client.FireworksClientBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One line of input: calls by one client, one after the other. */
final class Case {
  private final String name;
  private final FireworksClientBuilder builder = FireworksClient.builder();
  private final List<Call> calls = new ArrayList<>();

  /** Reads all of it before anything is called. */
  Case(Fields fields) {
    name = fields.require("case").getAsString();
    fields.takeStrings("targets").forEach(builder::target);
    Fields tls = fields.takeObject("tls");
    if (tls != null) {
      readTls(tls);
    }
    String token = fields.takeString("token");
    if (token != null) {
      builder.token(token);
    }
    for (JsonElement call : fields.require("calls").getAsJsonArray()) {
      calls.add(new Call(Fields.of(call, "a call")));
    }
    fields.requireNothingLeft();
  }

  private void readTls(Fields tls) {
    builder.caFile(Path.of(tls.require("ca_file").getAsString()));
    String certificate = tls.takeString("certificate_file");
    if (certificate != null) {
      builder.clientCertificate(
          Path.of(certificate), Path.of(tls.require("key_file").getAsString()));
    }
    tls.requireNothingLeft();
  }

  JsonObject run() throws IOException {
    JsonArray observed = new JsonArray();
    try (FireworksClient client = builder.build()) {
      for (Call call : calls) {
        observed.add(call.run(client));
      }
    }
    JsonObject line = new JsonObject();
    line.addProperty("case", name);
    line.add("calls", observed);
    return line;
  }
}
