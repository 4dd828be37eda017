package com.fireworks.grpc.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The keys of a JSON object, each to be taken: what is left at the end is not known. */
final class Fields {
  private final String what;
  private final Map<String, JsonElement> left = new TreeMap<>();

  private Fields(String what) {
    this.what = what;
  }

  static Fields of(JsonElement value, String what) {
    if (!value.isJsonObject()) {
      throw new IllegalArgumentException(what + " is no JSON object: " + value);
    }
    Fields fields = new Fields(what);
    JsonObject object = value.getAsJsonObject();
    for (Map.Entry<String, JsonElement> field : object.entrySet()) {
      fields.left.put(field.getKey(), field.getValue());
    }
    return fields;
  }

  /** Null when it is not there. */
  JsonElement take(String key) {
    return left.remove(key);
  }

  JsonElement require(String key) {
    JsonElement value = take(key);
    if (value == null) {
      throw new IllegalArgumentException(what + " lacks '" + key + "'");
    }
    return value;
  }

  String takeString(String key) {
    JsonElement value = take(key);
    return value == null ? null : value.getAsString();
  }

  /** -1 when it is not there. */
  int takeNumber(String key) {
    JsonElement value = take(key);
    return value == null ? -1 : value.getAsInt();
  }

  boolean takeFlag(String key) {
    JsonElement value = take(key);
    return value != null && value.getAsBoolean();
  }

  List<String> takeStrings(String key) {
    List<String> strings = new ArrayList<>();
    JsonElement value = take(key);
    if (value != null) {
      value.getAsJsonArray().forEach(element -> strings.add(element.getAsString()));
    }
    return strings;
  }

  /** Null when it is not there. */
  Fields takeObject(String key) {
    JsonElement value = take(key);
    return value == null ? null : of(value, key);
  }

  /** All that is left, as text by key. */
  Map<String, String> takeAllStrings() {
    Map<String, String> strings = new TreeMap<>();
    left.forEach((key, value) -> strings.put(key, value.getAsString()));
    left.clear();
    return strings;
  }

  void requireNothingLeft() {
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          what + " has unknown keys: " + new TreeSet<>(left.keySet()));
    }
  }
}
