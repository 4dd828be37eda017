package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fireworks.grpc.errors.v1.UpstreamError;
import com.fireworks.grpc.gateway.v1.GetModelRequest;
import com.fireworks.grpc.gateway.v1.Model;
import com.fireworks.grpc.gateway.v1.ModelServiceGrpc;
import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FireworksExceptionTest {
  private static final GetModelRequest REQUEST = GetModelRequest.getDefaultInstance();

  private static final class FailingModels extends ModelServiceGrpc.ModelServiceImplBase {
    private final StatusRuntimeException failure;

    FailingModels(StatusRuntimeException failure) {
      this.failure = failure;
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<Model> observer) {
      observer.onError(failure);
    }
  }

  private static StatusRuntimeException failure(Message... details) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.RESOURCE_EXHAUSTED.value())
            .setMessage("slow down");
    for (Message detail : details) {
      status.addDetails(Any.pack(detail));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  private static FireworksException callThatFails(StatusRuntimeException failure) throws Exception {
    try (FakeService service = FakeService.of(new FailingModels(failure))) {
      return assertThrows(
          FireworksException.class,
          () -> service.client.call(ModelServiceGrpc.getGetModelMethod(), REQUEST));
    }
  }

  @Test
  void allDetailsAreRead() throws Exception {
    FireworksException e =
        callThatFails(
            failure(
                ErrorInfo.newBuilder()
                    .setReason("UPSTREAM_ERROR")
                    .setDomain("fireworks.ai")
                    .putMetadata("http_status", "429")
                    .build(),
                RequestInfo.newBuilder().setRequestId("r7").build(),
                RetryInfo.newBuilder()
                    .setRetryDelay(
                        com.google.protobuf.Duration.newBuilder().setSeconds(1).setNanos(500000000))
                    .build(),
                BadRequest.newBuilder()
                    .addFieldViolations(
                        BadRequest.FieldViolation.newBuilder()
                            .setField("model")
                            .setDescription("missing"))
                    .build(),
                UpstreamError.newBuilder().setHttpStatus(429).build()));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getCode());
    assertEquals("slow down", e.getStatus().getDescription());
    assertEquals("UPSTREAM_ERROR", e.getReason());
    assertEquals("fireworks.ai", e.getDomain());
    assertEquals(Map.of("http_status", "429"), e.getErrorMetadata());
    assertEquals("r7", e.getRequestId());
    assertEquals(Duration.ofMillis(1500), e.getRetryDelay().get());
    assertEquals("model", e.getFieldViolations().get(0).getField());
    assertEquals("missing", e.getFieldViolations().get(0).getDescription());
    assertEquals(429, e.getUpstreamError().get().getHttpStatus());
    assertEquals("RESOURCE_EXHAUSTED (UPSTREAM_ERROR): slow down [request id r7]", e.getMessage());
  }

  @Test
  void withoutDetailsTheTrailersTellTheRequestId() throws Exception {
    Metadata trailers = new Metadata();
    trailers.put(FakeService.key("x-request-id"), "r8");
    FireworksException e = callThatFails(Status.NOT_FOUND.asRuntimeException(trailers));
    assertEquals("r8", e.getRequestId());
    assertEquals("", e.getReason());
    assertTrue(e.getRetryDelay().isEmpty());
    assertTrue(e.getFieldViolations().isEmpty());
  }

  @Test
  void malformedDetailsAreLeftOut() throws Exception {
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
        new byte[] {(byte) 0xff, 1, 2});
    FireworksException e = callThatFails(Status.ABORTED.asRuntimeException(trailers));
    assertEquals(Status.Code.ABORTED, e.getCode());
    assertEquals("", e.getReason());
  }

  @Test
  void whatAGeneratedStubThrowsIsReadTheSameWay() throws Exception {
    ErrorInfo info = ErrorInfo.newBuilder().setReason("DRAINING").build();
    try (FakeService service = FakeService.of(new FailingModels(failure(info)))) {
      StatusRuntimeException thrown =
          assertThrows(
              StatusRuntimeException.class,
              () -> ModelServiceGrpc.newBlockingStub(service.client.channel()).getModel(REQUEST));
      FireworksException e = FireworksException.from(new RuntimeException(thrown));
      assertEquals("DRAINING", e.getReason());
      assertSame(e, FireworksException.from(e));
    }
  }

  @Test
  void whatIsNoStatusIsUnknown() {
    IllegalStateException cause = new IllegalStateException("odd");
    FireworksException e = FireworksException.from(cause);
    assertEquals(Status.Code.UNKNOWN, e.getCode());
    assertSame(cause, e.getCause());
  }
}
