package com.fireworks.grpc.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;

/** Messages as Protobuf's own JSON, both ways. */
final class ProtoJson {
  private ProtoJson() {}

  static Message parse(JsonElement json, Message.Builder builder) {
    try {
      JsonFormat.parser().merge(json.toString(), builder);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("the request is no " + builder.getDescriptorForType(), e);
    }
    return builder.build();
  }

  static JsonElement print(Message message) {
    try {
      return JsonParser.parseString(
          JsonFormat.printer().omittingInsignificantWhitespace().print(message));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
