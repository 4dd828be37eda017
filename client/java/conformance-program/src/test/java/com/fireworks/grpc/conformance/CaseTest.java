package com.fireworks.grpc.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CaseTest {
  private static Case read(String json) {
    return new Case(Fields.of(JsonParser.parseString(json.replace('\'', '"')), "the case"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'case': 'a'}",
        "{'calls': []}",
        "{'case': 'a', 'calls': [], 'odd': 1}",
        "{'case': 'a', 'calls': [], 'tls': {'ca_file': 'x', 'odd': 1}}",
        "{'case': 'a', 'calls': [{}]}",
        "{'case': 'a', 'calls': [{'operation': 'get_model', 'odd': 1}]}",
        "{'case': 'a', 'calls': [{'operation': 'get_model', 'want': ['odd']}]}",
        "[]"
      })
  void whatIsNotUnderstoodIsRefused(String json) {
    assertThrows(IllegalArgumentException.class, () -> read(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'operation': 'odd'}",
        "{'operation': 'get_model', 'request': {'odd': 1}}",
        "{'operation': 'upload_dataset_file', 'file': 'x', 'request': {'name': 'd', 'odd': 1}}"
      })
  void aCallThatIsNotUnderstoodIsRefused(String call) {
    Case odd = read("{'case': 'a', 'targets': ['127.0.0.1:1'], 'calls': [" + call + "]}");
    assertThrows(IllegalArgumentException.class, odd::run);
  }

  @Test
  void whatFailedIsObserved() throws Exception {
    JsonObject observed =
        read("{'case': 'a', 'targets': ['127.0.0.1:1'], 'calls': ["
                + "{'operation': 'get_model', 'wait_for_ready': true, 'timeout_ms': 1}]}")
            .run();
    assertEquals("a", observed.get("case").getAsString());
    JsonObject call = observed.getAsJsonArray("calls").get(0).getAsJsonObject();
    assertEquals("DEADLINE_EXCEEDED", call.get("code").getAsString());
    assertEquals(false, call.has("response"));
  }
}
