// How one call is made: options, the request as bytes, cancellation, and errors as
// FireworksError. Methods are known by their descriptors alone.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { FireworksError } from "./error.js";
import { toMetadata } from "./metadata.js";
import type { MetadataInit } from "./metadata.js";
import { ServerStream } from "./server_stream.js";

/** What a caller may say about one call. */
export interface CallOptions {
  /** Cancels the call when it is aborted; the call then fails with CANCELLED, the reason as its `cause`. */
  signal?: AbortSignal;
  /** Time until the call fails with DEADLINE_EXCEEDED. Unset: none. */
  timeoutMs?: number;
  /** Metadata to send along. */
  metadata?: MetadataInit;
  /** Wait for a connection, as long as the deadline allows, instead of failing at once. */
  waitForReady?: boolean;
  /** Gets the leading metadata, when it comes. */
  onLeading?: (leading: grpc.Metadata) => void;
  /** Gets the trailing metadata, when the call ends, in whatever way. */
  onTrailing?: (trailing: grpc.Metadata) => void;
}

/** Requests that are sent one after the other. */
export type Requests<I extends DescMessage> = Iterable<MessageInitShape<I>> | AsyncIterable<MessageInitShape<I>>;

const asIs = (bytes: Buffer): Buffer => bytes;

function path(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

// Before the call begins, so that a value that does not fit its field is the caller's own error.
function encode<S extends DescMessage>(schema: S, init: MessageInitShape<S>): Buffer {
  const bytes = toBinary(schema, create(schema, init));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function prepare(options: CallOptions): { metadata: grpc.Metadata; callOptions: grpc.CallOptions } {
  const metadata = toMetadata(options.metadata);
  if (options.waitForReady) metadata.setOptions({ ...metadata.getOptions(), waitForReady: true });
  const callOptions: grpc.CallOptions = {};
  if (options.timeoutMs !== undefined) callOptions.deadline = Date.now() + options.timeoutMs;
  return { metadata, callOptions };
}

function abortedError(signal: AbortSignal): FireworksError {
  const details = "Cancelled on client";
  return FireworksError.from(
    { code: grpc.status.CANCELLED, details, metadata: new grpc.Metadata() },
    signal.reason,
  );
}

/** Why `call` failed; an abort of the caller's is the cause of what it led to. */
function failure(error: unknown, signal: AbortSignal | undefined): FireworksError {
  return FireworksError.from(error, signal?.aborted ? signal.reason : undefined);
}

/** Cancels `call` when the caller aborts; `done` ends the watch. */
function watch(call: { cancel(): void }, signal: AbortSignal | undefined): () => void {
  const cancel = () => call.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  return () => signal?.removeEventListener("abort", cancel);
}

function observe(call: grpc.ClientUnaryCall | grpc.ClientWritableStream<Buffer>, options: CallOptions): void {
  call.on("metadata", (leading: grpc.Metadata) => options.onLeading?.(leading));
  call.on("status", (status: grpc.StatusObject) => options.onTrailing?.(status.metadata));
}

export function callUnary<I extends DescMessage, O extends DescMessage>(
  client: grpc.Client,
  method: DescMethod & { input: I; output: O },
  request: MessageInitShape<I>,
  options: CallOptions = {},
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) throw abortedError(signal);
    const { metadata, callOptions } = prepare(options);
    const call = client.makeUnaryRequest(
      path(method),
      asIs,
      (bytes) => fromBinary(method.output, bytes),
      encode(method.input, request),
      metadata,
      callOptions,
      (error, response) => {
        unwatch();
        if (error) reject(failure(error, signal));
        else resolve(response as MessageShape<O>);
      },
    );
    const unwatch = watch(call, signal);
    observe(call, options);
  });
}

export function callServerStreaming<I extends DescMessage, O extends DescMessage>(
  client: grpc.Client,
  method: DescMethod & { input: I; output: O },
  request: MessageInitShape<I>,
  options: CallOptions = {},
): ServerStream<MessageShape<O>> {
  const { signal } = options;
  const { metadata, callOptions } = prepare(options);
  const call = client.makeServerStreamRequest(
    path(method),
    asIs,
    (bytes) => fromBinary(method.output, bytes),
    encode(method.input, request),
    metadata,
    callOptions,
  );
  if (signal?.aborted) call.cancel();
  const unwatch = watch(call, signal);
  return new ServerStream<MessageShape<O>>(call, {
    onLeading: options.onLeading,
    onTrailing(trailing) {
      unwatch();
      options.onTrailing?.(trailing);
    },
    failure: (error) => failure(error, signal),
  });
}

export function callClientStreaming<I extends DescMessage, O extends DescMessage>(
  client: grpc.Client,
  method: DescMethod & { input: I; output: O },
  requests: Requests<I>,
  options: CallOptions = {},
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) throw abortedError(signal);
    const { metadata, callOptions } = prepare(options);
    let end: () => void = () => undefined;
    const ended = new Promise<"ended">((resolveEnded) => {
      end = () => resolveEnded("ended");
    });
    const call = client.makeClientStreamRequest(
      path(method),
      asIs,
      (bytes) => fromBinary(method.output, bytes),
      metadata,
      callOptions,
      (error, response) => {
        end();
        unwatch();
        if (error) reject(failure(error, signal));
        else resolve(response as MessageShape<O>);
      },
    );
    const unwatch = watch(call, signal);
    observe(call, options);
    // The status tells what went wrong with writing, too.
    call.on("error", () => undefined);
    sendAll(call, method.input, requests, ended).catch((error: unknown) => {
      reject(error);
      call.cancel();
    });
  });
}

// Waits while the transport is full. What has ended is not written to any more: the service may
// answer, or refuse, before it has read everything.
async function sendAll<I extends DescMessage>(
  call: grpc.ClientWritableStream<Buffer>,
  schema: I,
  requests: Requests<I>,
  ended: Promise<"ended">,
): Promise<void> {
  const over = ended.then((): IteratorResult<MessageInitShape<I>> => ({ done: true, value: undefined }));
  const iterator = Symbol.asyncIterator in requests ? requests[Symbol.asyncIterator]() : requests[Symbol.iterator]();
  try {
    for (;;) {
      const next = await Promise.race([over, iterator.next()]);
      if (next.done) break;
      if (!call.write(encode(schema, next.value))) {
        await Promise.race([ended, new Promise((resolve) => call.once("drain", resolve))]);
      }
    }
  } finally {
    await iterator.return?.();
  }
  call.end();
}
