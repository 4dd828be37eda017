package com.fireworks.grpc.client;

import com.fireworks.grpc.errors.v1.UpstreamError;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a call failed: the gRPC status, and the details that the service attaches to it.
 *
 * <p>It is a {@link StatusRuntimeException}, as the generated stubs throw it, so that one {@code
 * catch} serves both; {@link #from} tells the details of one that a stub threw. Details that are
 * unknown or malformed are left out; those of gRPC itself have none.
 */
public final class FireworksException extends StatusRuntimeException {
  private static final long serialVersionUID = 1;
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final transient CallMetadata metadata;
  private final transient List<FieldViolation> fieldViolations = new ArrayList<>();
  private transient ErrorInfo errorInfo = ErrorInfo.getDefaultInstance();
  private transient UpstreamError upstreamError;
  private Duration retryDelay;
  private String requestId = "";

  FireworksException(Status status, CallMetadata metadata) {
    super(status, metadata.getTrailing());
    this.metadata = metadata;
    byte[] details = metadata.getTrailing().get(DETAILS);
    if (details != null) {
      readDetails(details);
    }
    if (requestId.isEmpty()) {
      requestId = metadata.getRequestId();
    }
  }

  FireworksException(Status status) {
    this(status, new CallMetadata(new Metadata(), new Metadata()));
  }

  /**
   * The typed error that {@code failure} stands for: itself, or the one of the first gRPC status in
   * its chain of causes, else UNKNOWN with {@code failure} as its cause.
   */
  public static FireworksException from(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FireworksException) {
        return (FireworksException) cause;
      }
      if (cause instanceof StatusRuntimeException) {
        StatusRuntimeException status = (StatusRuntimeException) cause;
        return from(status.getStatus(), status.getTrailers(), failure);
      }
      if (cause instanceof StatusException) {
        StatusException status = (StatusException) cause;
        return from(status.getStatus(), status.getTrailers(), failure);
      }
    }
    return from(Status.UNKNOWN.withDescription(failure.toString()), null, failure);
  }

  private static FireworksException from(Status status, Metadata trailing, Throwable cause) {
    return new FireworksException(
        status.withCause(cause),
        new CallMetadata(new Metadata(), trailing == null ? new Metadata() : trailing));
  }

  /** The same failure with the stack of the thread that calls this. */
  FireworksException here() {
    return new FireworksException(getStatus().withCause(this), metadata);
  }

  private void readDetails(byte[] bytes) {
    try {
      for (Any detail : com.google.rpc.Status.parseFrom(bytes).getDetailsList()) {
        readDetail(detail);
      }
    } catch (InvalidProtocolBufferException e) {
      // What was understood so far stays; code and message do not depend on details.
    }
  }

  private void readDetail(Any detail) throws InvalidProtocolBufferException {
    if (detail.is(ErrorInfo.class)) {
      errorInfo = detail.unpack(ErrorInfo.class);
    } else if (detail.is(RetryInfo.class)) {
      com.google.protobuf.Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
      retryDelay = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
    } else if (detail.is(RequestInfo.class)) {
      requestId = detail.unpack(RequestInfo.class).getRequestId();
    } else if (detail.is(BadRequest.class)) {
      for (BadRequest.FieldViolation violation :
          detail.unpack(BadRequest.class).getFieldViolationsList()) {
        fieldViolations.add(new FieldViolation(violation.getField(), violation.getDescription()));
      }
    } else if (detail.is(UpstreamError.class)) {
      upstreamError = detail.unpack(UpstreamError.class);
    }
  }

  /** For people: {@code UNAVAILABLE (STREAM_TRUNCATED): the stream ended early [request id r1]}. */
  @Override
  public String getMessage() {
    StringBuilder text = new StringBuilder(getCode().name());
    if (!getReason().isEmpty()) {
      text.append(" (").append(getReason()).append(')');
    }
    if (getStatus().getDescription() != null) {
      text.append(": ").append(getStatus().getDescription());
    }
    if (!requestId.isEmpty()) {
      text.append(" [request id ").append(requestId).append(']');
    }
    return text.toString();
  }

  public Status.Code getCode() {
    return getStatus().getCode();
  }

  /**
   * The cause in one word of {@code fireworks.errors.v1.ErrorReason}, such as {@code
   * STREAM_TRUNCATED}. Empty when the failure stems from gRPC or a proxy, not from the service.
   */
  public String getReason() {
    return errorInfo.getReason();
  }

  /** Whose word the reason is: {@code fireworks.ai}. */
  public String getDomain() {
    return errorInfo.getDomain();
  }

  /** What the service adds to the reason, such as {@code http_status}. */
  public Map<String, String> getErrorMetadata() {
    return errorInfo.getMetadataMap();
  }

  /** When a new attempt makes sense, if the service says so. */
  public Optional<Duration> getRetryDelay() {
    return Optional.ofNullable(retryDelay);
  }

  /** Names the call in the service's log. Empty when not told. */
  public String getRequestId() {
    return requestId;
  }

  /** The request's fields that are at fault. */
  public List<FieldViolation> getFieldViolations() {
    return List.copyOf(fieldViolations);
  }

  /** What the upstream answered, if it was the upstream that failed. */
  public Optional<UpstreamError> getUpstreamError() {
    return Optional.ofNullable(upstreamError);
  }

  /** Leading and trailing metadata of the call. */
  public CallMetadata getCallMetadata() {
    return metadata;
  }
}
