// Files on their way into datasets.
import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type * as grpc from "@grpc/grpc-js";
import { callClientStreaming } from "./call.js";
import type { CallOptions } from "./call.js";
import { DatasetService } from "./gen/gateway.js";
import type { FileUploadResponse, UploadDatasetFileRequestSchema } from "./gen/gateway.js";

/** What to upload, and whereto. */
export interface Upload {
  /** Resource name of the dataset, `accounts/ACCOUNT/datasets/ID`. */
  name: string;
  /** Path of the file. */
  file: string;
  /** Name that the upstream knows the file by. Unset: that of the file. */
  filename?: string;
}

export interface UploadOptions extends CallOptions {
  /** Is told how many bytes have been handed on, of how many. */
  onProgress?: (sentBytes: number, totalBytes: number) => void;
}

const PIECE_BYTES = 256 << 10;

export function uploadFile(client: grpc.Client, upload: Upload, options: UploadOptions = {}): Promise<FileUploadResponse> {
  return callClientStreaming(client, DatasetService.method.uploadDatasetFile, pieces(upload, options), options);
}

async function* pieces(
  { name, file, filename = basename(file) }: Upload,
  { onProgress }: UploadOptions,
): AsyncGenerator<MessageInitShape<typeof UploadDatasetFileRequestSchema>, void, void> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    yield { kind: { case: "metadata", value: { name, filename, sizeBytes: BigInt(size) } } };
    let sent = 0;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(PIECE_BYTES), 0, PIECE_BYTES);
      if (bytesRead === 0) return;
      yield { kind: { case: "data", value: buffer.subarray(0, bytesRead) } };
      sent += bytesRead;
      onProgress?.(sent, size);
    }
  } finally {
    await handle.close();
  }
}
