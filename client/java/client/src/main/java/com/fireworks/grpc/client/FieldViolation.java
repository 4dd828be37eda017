package com.fireworks.grpc.client;

/** A field of the request that is at fault. */
public final class FieldViolation {
  private final String field;
  private final String description;

  FieldViolation(String field, String description) {
    this.field = field;
    this.description = description;
  }

  /** Path of the field, such as {@code messages[2].content}. */
  public String getField() {
    return field;
  }

  public String getDescription() {
    return description;
  }

  @Override
  public String toString() {
    return field + ": " + description;
  }
}
