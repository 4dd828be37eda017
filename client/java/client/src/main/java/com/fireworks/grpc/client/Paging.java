package com.fireworks.grpc.client;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;

/**
 * How a list method goes from page to page. Management methods have tokens; stored responses are
 * continued behind the last one's id. A method with neither has one page.
 */
final class Paging {
  private Paging() {}

  /** {@code request}, asking for the page that {@code next} names. */
  @SuppressWarnings("unchecked")
  static <Q extends Message> Q request(Q request, String next) {
    if (next.isEmpty()) {
      return request;
    }
    FieldDescriptor token = field(request, "page_token");
    if (token == null) {
      token = field(request, "after");
    }
    return (Q) request.toBuilder().setField(token, next).build();
  }

  /** Names the page behind {@code response}. Empty: there is none. */
  static String next(Message request, Message response) {
    FieldDescriptor token = field(response, "next_page_token");
    if (token != null && field(request, "page_token") != null) {
      return (String) response.getField(token);
    }
    FieldDescriptor more = field(response, "has_more");
    FieldDescriptor last = field(response, "last_id");
    if (more != null && last != null && field(request, "after") != null) {
      return (Boolean) response.getField(more) ? (String) response.getField(last) : "";
    }
    return "";
  }

  private static FieldDescriptor field(Message message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }
}
