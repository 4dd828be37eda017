// Answers a file of requests with a batch inference job.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FireworksClient } from "fireworks-grpc";
// [START batch_job]
import { BatchInferenceJobService, DatasetService, JobState } from "fireworks-grpc/gateway";

async function runBatch(client: FireworksClient, id: string, file: string, exampleCount: bigint): Promise<string> {
  const parent = "accounts/-"; // The account that the service is configured with.
  const { name } = await client.service(DatasetService).createDataset({
    parent,
    datasetId: id,
    dataset: { exampleCount, userUploaded: {} },
  });
  await client.uploadDatasetFile({ name, file }, { onProgress: (sent, total) => console.log(`${sent} of ${total} bytes`) });
  await client.wait(DatasetService.method.getDataset, { name });

  const job = await client.service(BatchInferenceJobService).createBatchInferenceJob({
    parent,
    batchInferenceJob: { model: "accounts/fireworks/models/kimi-k2-instruct-0905", inputDatasetId: name },
  });
  const done = await client.wait(
    BatchInferenceJobService.method.getBatchInferenceJob,
    { name: job.name },
    { onProgress: ({ state, jobProgress }) => console.log(JobState[state ?? 0], jobProgress?.percent ?? 0), initialDelayMs: 250 },
  );
  return done.name;
}
// [END batch_job]

const folder = await mkdtemp(join(tmpdir(), "batch-"));
try {
  const file = join(folder, "requests.jsonl");
  const lines = ["Hello!", "Goodbye!"].map((content, i) =>
    JSON.stringify({ custom_id: String(i), body: { messages: [{ role: "user", content }] } }));
  await writeFile(file, `${lines.join("\n")}\n`);
  await using client = FireworksClient.connect(process.env.FIREWORKS_GRPC_TARGET ?? "127.0.0.1:50051");
  const job = await runBatch(client, `example-${Date.now()}`, file, BigInt(lines.length));
  console.log(`${job} is done`);
} finally {
  await rm(folder, { recursive: true });
}
