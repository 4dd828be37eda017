package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fireworks.grpc.gateway.v1.GetModelRequest;
import com.fireworks.grpc.gateway.v1.Model;
import com.fireworks.grpc.gateway.v1.ModelServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Over real sockets: what the builder makes of its settings. */
@Timeout(120)
class ConnectionTest {
  private static final GetModelRequest REQUEST = GetModelRequest.getDefaultInstance();
  private static final RequestOptions PATIENT =
      RequestOptions.defaults().withWaitForReady().withTimeout(Duration.ofSeconds(30));

  @TempDir Path folder;

  /** An instance of the service; it can be unhealthy, and its first calls can fail. */
  private static final class Instance extends ModelServiceGrpc.ModelServiceImplBase {
    final HealthStatusManager health = new HealthStatusManager();
    final List<Metadata> metadata = new CopyOnWriteArrayList<>();
    final AtomicInteger calls = new AtomicInteger();
    final Server server;
    private final Status failure;
    private final String pushback;
    private volatile String model = "";

    Instance(ServerCredentials credentials, Status failure, String pushback) throws Exception {
      this.failure = failure;
      this.pushback = pushback;
      server =
          FakeService.start(
              Grpc.newServerBuilderForPort(0, credentials),
              metadata,
              this,
              health.getHealthService());
    }

    String target() {
      return "127.0.0.1:" + server.getPort();
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<Model> observer) {
      if (calls.incrementAndGet() == 1 && failure != null) {
        Metadata trailers = new Metadata();
        trailers.put(FakeService.key("grpc-retry-pushback-ms"), pushback);
        observer.onError(failure.asRuntimeException(trailers));
        return;
      }
      observer.onNext(Model.newBuilder().setName(model).build());
      observer.onCompleted();
    }
  }

  private final List<Instance> instances = new ArrayList<>();

  private Instance keep(Instance instance) {
    instances.add(instance);
    return instance;
  }

  private Instance instance() throws Exception {
    return instance(InsecureServerCredentials.create());
  }

  private Instance instance(ServerCredentials credentials) throws Exception {
    return keep(new Instance(credentials, null, null));
  }

  private Instance failingOnce(Status failure, String pushback) throws Exception {
    return keep(new Instance(InsecureServerCredentials.create(), failure, pushback));
  }

  @AfterEach
  void stop() {
    instances.forEach(instance -> instance.server.shutdownNow());
  }

  private static Model call(FireworksClient client) {
    return client.call(ModelServiceGrpc.getGetModelMethod(), REQUEST, PATIENT).getMessage();
  }

  @Test
  void metadataAndTokenAreSent() throws Exception {
    Instance instance = instance();
    try (FireworksClient client =
        FireworksClient.builder().target(instance.target()).token("secret").build()) {
      client.call(
          ModelServiceGrpc.getGetModelMethod(),
          REQUEST,
          PATIENT.withMetadata("x-request-id", "r1"));
      ModelServiceGrpc.newBlockingStub(client.channel()).getModel(REQUEST);
    }
    List<Metadata> calls = new ArrayList<>(instance.metadata);
    calls.removeIf(headers -> !headers.containsKey(FakeService.key("authorization")));
    assertEquals("r1", calls.get(0).get(FakeService.key("x-request-id")));
    assertEquals(
        "Bearer secret", calls.get(calls.size() - 1).get(FakeService.key("authorization")));
    assertTrue(calls.get(0).get(FakeService.key("user-agent")).startsWith("fireworks-grpc-java"));
  }

  @Test
  void severalInstancesAreCalledInTurn() throws Exception {
    Instance first = instance();
    Instance second = instance();
    try (FireworksClient client =
        FireworksClient.builder().target(first.target()).target(second.target()).build()) {
      // Until both are connected, one may get all calls.
      for (int i = 0; i < 10_000 && first.calls.get() * second.calls.get() == 0; i++) {
        call(client);
      }
      int firstBefore = first.calls.get();
      int secondBefore = second.calls.get();
      for (int i = 0; i < 10; i++) {
        call(client);
      }
      assertEquals(5, first.calls.get() - firstBefore);
      assertEquals(5, second.calls.get() - secondBefore);
    }
  }

  @Test
  void anInstanceThatIsNotServingGetsNoCalls() throws Exception {
    Instance sick = instance();
    sick.health.setStatus("", ServingStatus.NOT_SERVING);
    Instance well = instance();
    try (FireworksClient client =
        FireworksClient.builder().target(sick.target()).target(well.target()).build()) {
      for (int i = 0; i < 50; i++) {
        call(client);
      }
    }
    assertEquals(0, sick.calls.get());
    assertEquals(50, well.calls.get());
  }

  @Test
  void unavailableIsTriedAgain() throws Exception {
    Instance instance = failingOnce(Status.UNAVAILABLE, "1");
    try (FireworksClient client = FireworksClient.builder().target(instance.target()).build()) {
      call(client);
    }
    assertEquals(2, instance.calls.get());
  }

  @Test
  void whatTheServiceForbidsToRepeatIsNotRepeated() throws Exception {
    Instance instance = failingOnce(Status.UNAVAILABLE, "-1");
    try (FireworksClient client = FireworksClient.builder().target(instance.target()).build()) {
      FireworksException e = assertThrows(FireworksException.class, () -> call(client));
      assertEquals(Status.Code.UNAVAILABLE, e.getCode());
    }
    assertEquals(1, instance.calls.get());
  }

  @Test
  void aWaitThatIsToldBesideAnotherStatusIsNoLeaveToRepeat() throws Exception {
    Instance instance = failingOnce(Status.RESOURCE_EXHAUSTED, "1");
    try (FireworksClient client = FireworksClient.builder().target(instance.target()).build()) {
      FireworksException e = assertThrows(FireworksException.class, () -> call(client));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getCode());
      assertEquals("1", e.getCallMetadata().getTrailing("grpc-retry-pushback-ms").get());
    }
    assertEquals(1, instance.calls.get());
  }

  @Test
  void largeMessagesAreReceived() throws Exception {
    Instance instance = instance();
    instance.model = "m".repeat(20 << 20);
    try (FireworksClient client = FireworksClient.builder().target(instance.target()).build()) {
      assertEquals(20 << 20, call(client).getName().length());
    }
  }

  @Test
  void tlsChecksTheServicesCertificate() throws Exception {
    Certificates own = new Certificates(folder, "service");
    Certificates other = new Certificates(folder, "other");
    Instance instance =
        instance(TlsServerCredentials.create(own.certificate.toFile(), own.key.toFile()));
    FireworksClientBuilder builder = FireworksClient.builder().target(instance.target());
    try (FireworksClient client = builder.caFile(own.certificate).token("secret").build()) {
      call(client);
    }
    try (FireworksClient client = builder.caFile(other.certificate).build()) {
      FireworksException e =
          assertThrows(
              FireworksException.class,
              () -> client.call(ModelServiceGrpc.getGetModelMethod(), REQUEST));
      assertEquals(Status.Code.UNAVAILABLE, e.getCode());
    }
    assertEquals(1, instance.calls.get());
  }

  @Test
  void mutualTlsShowsTheCallersCertificate() throws Exception {
    Certificates own = new Certificates(folder, "service");
    Certificates caller = new Certificates(folder, "caller");
    ServerCredentials credentials =
        TlsServerCredentials.newBuilder()
            .keyManager(own.certificate.toFile(), own.key.toFile())
            .trustManager(caller.certificate.toFile())
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build();
    Instance first = instance(credentials);
    Instance second = instance(credentials);
    // Several, so that each is checked under its own name.
    FireworksClientBuilder builder =
        FireworksClient.builder()
            .target(first.target())
            .target("localhost:" + second.server.getPort())
            .caFile(own.certificate);
    try (FireworksClient client = builder.build()) {
      assertThrows(
          FireworksException.class,
          () -> client.call(ModelServiceGrpc.getGetModelMethod(), REQUEST));
    }
    try (FireworksClient client =
        builder.clientCertificate(caller.certificate, caller.key).build()) {
      for (int i = 0; i < 10_000 && first.calls.get() * second.calls.get() == 0; i++) {
        call(client);
      }
    }
    assertTrue(first.calls.get() > 0 && second.calls.get() > 0);
  }

  @Test
  void aTokenIsNotSentInPlaintextToOtherMachines() {
    for (String target :
        List.of("example.com:1", "dns:///10.0.0.1:1", "unix:///tmp/x", "127.0.0.1.example.com:1")) {
      FireworksClientBuilder builder = FireworksClient.builder().target(target).token("secret");
      assertThrows(IllegalArgumentException.class, builder::build, target);
    }
    FireworksClient.builder().target("example.com:1").useTls().token("secret").build().close();
    FireworksClient.builder().target("localhost:1").token("secret").build().close();
    FireworksClient.builder().token("secret").build().close();
  }

  @Test
  void aTokenThatNoHeaderCanHoldFailsTheCallAndIsNotTold() throws Exception {
    Instance instance = instance();
    for (String token : List.of("secret\n", "s\u00e9cret", "")) {
      try (FireworksClient client =
          FireworksClient.builder().target(instance.target()).token(token).build()) {
        FireworksException e =
            (FireworksException)
                assertThrows(
                        ExecutionException.class,
                        () ->
                            client
                                .callAsync(ModelServiceGrpc.getGetModelMethod(), REQUEST, PATIENT)
                                .get())
                    .getCause();
        assertEquals("UNAUTHENTICATED: the token is not printable ASCII", e.getMessage());
      }
    }
    assertEquals(0, instance.calls.get());
  }

  @Test
  void wrongSettingsAreToldAtOnce() {
    FireworksClientBuilder files = FireworksClient.builder().caFile(folder.resolve("none"));
    assertThrows(UncheckedIOException.class, files::build);
    FireworksClientBuilder targets = FireworksClient.builder().target("a:1").target("b");
    assertThrows(IllegalArgumentException.class, targets::build);
  }

  @Test
  void withoutAConnectionACallFailsAtOnceUnlessItWaits() throws Exception {
    Instance instance = instance();
    String target = instance.target();
    instance.server.shutdownNow().awaitTermination();
    try (FireworksClient client = FireworksClient.builder().target(target).build()) {
      FireworksException e =
          assertThrows(
              FireworksException.class,
              () -> client.call(ModelServiceGrpc.getGetModelMethod(), REQUEST));
      assertEquals(Status.Code.UNAVAILABLE, e.getCode());
      RequestOptions waiting =
          RequestOptions.defaults().withWaitForReady().withTimeout(Duration.ofMillis(50));
      e =
          assertThrows(
              FireworksException.class,
              () -> client.call(ModelServiceGrpc.getGetModelMethod(), REQUEST, waiting));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getCode());
    }
  }
}
