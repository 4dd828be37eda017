package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fireworks.grpc.gateway.v1.DatasetServiceGrpc;
import com.fireworks.grpc.gateway.v1.FileUploadResponse;
import com.fireworks.grpc.gateway.v1.UploadDatasetFileRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DatasetUploadTest {
  private static final String DATASET = "accounts/a/datasets/d";

  @TempDir Path folder;

  /** Keeps what it is sent; refuses it after the first message if it is told to. */
  private static final class FakeDatasets extends DatasetServiceGrpc.DatasetServiceImplBase {
    private final Status refusal;
    UploadDatasetFileRequest.Metadata metadata;
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    FakeDatasets(Status refusal) {
      this.refusal = refusal;
    }

    @Override
    public StreamObserver<UploadDatasetFileRequest> uploadDatasetFile(
        StreamObserver<FileUploadResponse> answer) {
      return new StreamObserver<>() {
        @Override
        public void onNext(UploadDatasetFileRequest message) {
          if (message.hasMetadata()) {
            metadata = message.getMetadata();
            if (refusal != null) {
              answer.onError(refusal.asRuntimeException());
            }
          } else {
            write(message);
          }
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {
          if (refusal == null) {
            answer.onNext(FileUploadResponse.newBuilder().setBytes(bytes.size()).build());
            answer.onCompleted();
          }
        }
      };
    }

    private void write(UploadDatasetFileRequest message) {
      try {
        message.getData().writeTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private Path file(int size) throws IOException {
    byte[] content = new byte[size];
    new Random(1).nextBytes(content);
    return Files.write(folder.resolve("data.jsonl"), content);
  }

  @Test
  void aFileArrivesWholeBehindItsMetadata() throws Exception {
    FakeDatasets datasets = new FakeDatasets(null);
    Path file = file(3_000_000);
    List<Long> progress = new ArrayList<>();
    try (FakeService service = FakeService.of(datasets)) {
      Answer<FileUploadResponse> answer =
          service.client.uploadDatasetFile(DATASET, file, progress::add, RequestOptions.defaults());
      assertEquals(3_000_000, answer.getMessage().getBytes());
    }
    assertEquals(DATASET, datasets.metadata.getName());
    assertEquals("data.jsonl", datasets.metadata.getFilename());
    assertEquals(3_000_000, datasets.metadata.getSizeBytes());
    assertArrayEquals(Files.readAllBytes(file), datasets.bytes.toByteArray());
    assertEquals(12, progress.size());
    assertEquals(3_000_000, progress.get(11));
  }

  @Test
  void anEmptyFileIsAFile() throws Exception {
    FakeDatasets datasets = new FakeDatasets(null);
    try (FakeService service = FakeService.of(datasets)) {
      assertEquals(0, service.client.uploadDatasetFile(DATASET, file(0)).getBytes());
    }
    assertEquals(0, datasets.metadata.getSizeBytes());
  }

  @Test
  void aRefusalEndsTheUploadWithTheServicesWords() throws Exception {
    FakeDatasets datasets = new FakeDatasets(Status.NOT_FOUND.withDescription("no such dataset"));
    Path file = file(20_000_000);
    try (FakeService service = FakeService.of(datasets)) {
      FireworksException e =
          assertThrows(
              FireworksException.class, () -> service.client.uploadDatasetFile(DATASET, file));
      assertEquals(Status.Code.NOT_FOUND, e.getCode());
    }
  }

  @Test
  void aMissingFileCausesNoCall() throws Exception {
    try (FakeService service = FakeService.of(new FakeDatasets(null))) {
      assertThrows(
          NoSuchFileException.class,
          () -> service.client.uploadDatasetFile(DATASET, folder.resolve("none")));
      assertEquals(0, service.calls.size());
    }
  }
}
