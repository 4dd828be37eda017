import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type * as grpc from "@grpc/grpc-js";
import { FireworksError, status } from "fireworks-grpc";
import { DatasetService } from "fireworks-grpc/gateway";
import type { UploadDatasetFileRequest } from "fireworks-grpc/gateway";
import { FakeService, failure } from "./fake_service.js";

type Call = grpc.ServerReadableStream<UploadDatasetFileRequest, object>;
type Answer = grpc.sendUnaryData<object>;

function serve(handler: (call: Call, callback: Answer) => void): Promise<FakeService> {
  return FakeService.start(DatasetService, { uploadDatasetFile: handler as grpc.UntypedHandleCall });
}

/** Keeps what is uploaded. */
function keep(uploaded: UploadDatasetFileRequest[]) {
  return (call: Call, callback: Answer) => {
    call.on("data", (message: UploadDatasetFileRequest) => uploaded.push(message));
    call.on("end", () => callback(null, { id: "d", bytes: BigInt(uploaded.length) }));
  };
}

async function withFile<T>(content: Uint8Array, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "upload-"));
  try {
    const file = join(folder, "examples.jsonl");
    await writeFile(file, content);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a file arrives byte by byte, behind its name and size", async () => {
  const content = randomBytes(700_000);
  const uploaded: UploadDatasetFileRequest[] = [];
  await using fake = await serve(keep(uploaded));
  await using client = fake.connect();
  const progress: [number, number][] = [];
  const response = await withFile(content, (file) =>
    client.uploadDatasetFile({ name: "accounts/a/datasets/d", file }, { onProgress: (...numbers) => progress.push(numbers) }));
  assert.equal(response.id, "d");
  const [first, ...rest] = uploaded.map(({ kind }) => kind);
  assert.ok(first?.case === "metadata");
  assert.equal(first.value.name, "accounts/a/datasets/d");
  assert.equal(first.value.filename, "examples.jsonl");
  assert.equal(first.value.sizeBytes, 700_000n);
  assert.ok(rest.length > 1);
  assert.deepEqual(Buffer.concat(rest.map((kind) => kind.value as Uint8Array)), content);
  assert.deepEqual(progress.at(-1), [700_000, 700_000]);
});

test("an empty file is uploaded, and may have another name", async () => {
  const uploaded: UploadDatasetFileRequest[] = [];
  await using fake = await serve(keep(uploaded));
  await using client = fake.connect();
  await withFile(new Uint8Array(), (file) => client.uploadDatasetFile({ name: "n", file, filename: "other.jsonl" }));
  assert.equal(uploaded.length, 1);
  assert.ok(uploaded[0]?.kind.case === "metadata" && uploaded[0].kind.value.filename === "other.jsonl");
});

test("a refusal in the midst of the upload is the call's error", async () => {
  await using fake = await serve((call, callback) => {
    call.once("data", () => callback(failure(status.FAILED_PRECONDITION, "not UPLOADING")));
  });
  await using client = fake.connect();
  const upload = withFile(randomBytes(3_000_000), (file) => client.uploadDatasetFile({ name: "n", file }));
  await assert.rejects(upload, (error: FireworksError) => error.code === status.FAILED_PRECONDITION);
});

test("a file that is not there is the file system's error, and cancels the call", async () => {
  await using fake = await serve(() => undefined);
  await using client = fake.connect();
  await assert.rejects(client.uploadDatasetFile({ name: "n", file: "/no/such/file" }), { code: "ENOENT" });
});

test("an abort ends an upload that the service does not take", async () => {
  const abort = new AbortController();
  await using fake = await serve(() => abort.abort("enough"));
  await using client = fake.connect();
  const upload = withFile(randomBytes(3_000_000), (file) =>
    client.uploadDatasetFile({ name: "n", file }, { signal: abort.signal }));
  await assert.rejects(upload, (error: FireworksError) => error.code === status.CANCELLED && error.cause === "enough");
});
