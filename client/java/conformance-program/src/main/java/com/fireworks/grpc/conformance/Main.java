package com.fireworks.grpc.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Reads cases, one JSON object per line, and writes what it observed: tests/clients/README.md. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.isBlank()) {
        continue;
      }
      try {
        JsonElement given = JsonParser.parseString(line);
        JsonObject observed = new Case(Fields.of(given, "the case")).run();
        out.println(observed);
      } catch (RuntimeException | IOException e) {
        e.printStackTrace();
        System.exit(1);
      }
    }
  }
}
