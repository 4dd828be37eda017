package com.fireworks.grpc.examples;

import com.fireworks.grpc.client.FireworksClient;
import com.fireworks.grpc.gateway.v1.BatchInferenceJob;
import com.fireworks.grpc.gateway.v1.BatchInferenceJobServiceGrpc;
import com.fireworks.grpc.gateway.v1.CreateBatchInferenceJobRequest;
import com.fireworks.grpc.gateway.v1.CreateDatasetRequest;
import com.fireworks.grpc.gateway.v1.Dataset;
import com.fireworks.grpc.gateway.v1.DatasetServiceGrpc;
import com.fireworks.grpc.gateway.v1.GetBatchInferenceJobRequest;
import com.fireworks.grpc.gateway.v1.GetDatasetRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Answers the requests of a file: a dataset, its upload, a batch job, and its end. */
public final class BatchJob {
  private BatchJob() {}

  public static void main(String[] arguments) throws IOException {
    String target = arguments.length > 0 ? arguments[0] : "127.0.0.1:50051";
    String account = arguments.length > 1 ? arguments[1] : "accounts/-";
    Path file = Files.createTempFile("requests", ".jsonl");
    try (FireworksClient client = FireworksClient.builder().target(target).build()) {
      Files.write(
          file,
          List.of(
              "{\"custom_id\": \"1\", \"body\": {\"messages\":"
                  + " [{\"role\": \"user\", \"content\": \"Say one.\"}]}}",
              "{\"custom_id\": \"2\", \"body\": {\"messages\":"
                  + " [{\"role\": \"user\", \"content\": \"Say two.\"}]}}"));
      String id = "example-" + System.currentTimeMillis();
      BatchInferenceJob job = run(client, account, id, file);
      System.out.println(job.getName() + " is " + job.getState());
    } finally {
      Files.delete(file);
    }
  }

  // [START batch_job]
  static BatchInferenceJob run(FireworksClient client, String account, String id, Path file)
      throws IOException {
    Dataset dataset =
        client.call(
            DatasetServiceGrpc.getCreateDatasetMethod(),
            CreateDatasetRequest.newBuilder()
                .setParent(account)
                .setDatasetId(id)
                .setDataset(Dataset.newBuilder().setExampleCount(2).setFormat(Dataset.Format.CHAT))
                .build());
    client.uploadDatasetFile(dataset.getName(), file);
    client
        .waitFor(
            DatasetServiceGrpc.getGetDatasetMethod(),
            GetDatasetRequest.newBuilder().setName(dataset.getName()).build())
        .withTimeout(Duration.ofMinutes(10))
        .await();

    BatchInferenceJob job =
        client.call(
            BatchInferenceJobServiceGrpc.getCreateBatchInferenceJobMethod(),
            CreateBatchInferenceJobRequest.newBuilder()
                .setParent(account)
                .setBatchInferenceJob(
                    BatchInferenceJob.newBuilder()
                        .setModel("accounts/fireworks/models/kimi-k2-instruct-0905")
                        .setInputDatasetId(dataset.getName()))
                .build());
    return client
        .waitFor(
            BatchInferenceJobServiceGrpc.getGetBatchInferenceJobMethod(),
            GetBatchInferenceJobRequest.newBuilder().setName(job.getName()).build())
        .withTimeout(Duration.ofHours(24))
        .onProgress(progress -> System.out.println(progress.getState()))
        .await();
  }
  // [END batch_job]
}
