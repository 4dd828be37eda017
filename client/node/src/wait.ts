// Waiting for what takes the platform a while: jobs, deployments, datasets.
import type { DescMethodUnary, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import * as grpc from "@grpc/grpc-js";
import { callUnary } from "./call.js";
import type { CallOptions } from "./call.js";
import { FireworksError } from "./error.js";

/** How to wait. */
export interface WaitOptions<T> extends Omit<CallOptions, "timeoutMs"> {
  /** Is shown the resource each time it was asked for. */
  onProgress?: (resource: T) => void;
  /** Whether the wait is over. Unset: when the resource's state is final. */
  until?: (resource: T) => boolean;
  /** Time until the wait fails with DEADLINE_EXCEEDED; what is waited for goes on. Unset: none. */
  timeoutMs?: number;
  /** Pause after the first answer, in ms; it grows by half each time. Unset: 1000. */
  initialDelayMs?: number;
  /** Longest pause, in ms. Unset: 30 000. */
  maxDelayMs?: number;
  /** Pauses, and rejects when aborted. For tests. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A resource that ended in a state that is no success. */
export class FailedStateError<T extends Message = Message> extends Error {
  override readonly name = "FailedStateError";
  constructor(
    /** The resource, as it was answered last. */
    readonly resource: T,
    /** Name of its state, such as `JOB_STATE_FAILED`. */
    readonly state: string,
    words: string,
  ) {
    super(words === "" ? `ended as ${state}` : `ended as ${state}: ${words}`);
  }
}

const SUCCEEDED = /(^|_)(READY|COMPLETED|EARLY_STOPPED|ACTIVE|DEPLOYED)$/;
const FAILED = /(^|_)(FAILED|CANCELLED|EXPIRED|DELETED)$/;
const GROWTH = 1.5;

export async function waitForResource<M extends DescMethodUnary>(
  client: grpc.Client,
  method: M,
  request: MessageInitShape<M["input"]>,
  options: WaitOptions<MessageShape<M["output"]>> = {},
): Promise<MessageShape<M["output"]>> {
  const { onProgress, until, timeoutMs, initialDelayMs = 1000, maxDelayMs = 30_000, sleep = pause } = options;
  const deadline = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs;
  const signal = options.signal ?? new AbortController().signal;
  let delay = initialDelayMs;
  for (;;) {
    const resource = await poll(client, method, request, { ...options, timeoutMs: undefined, ...remaining(deadline) });
    if (resource !== undefined) {
      onProgress?.(resource);
      if (until ? until(resource) : isFinal(method, resource)) return resource;
    }
    if (Date.now() + delay >= deadline) throw timedOut(`${method.name}: not done within ${timeoutMs} ms`);
    await sleep(delay, signal);
    delay = Math.min(delay * GROWTH, maxDelayMs);
  }
}

function remaining(deadline: number): CallOptions {
  return deadline === Infinity ? {} : { timeoutMs: Math.max(deadline - Date.now(), 0) };
}

// A service that is restarted, or an upstream that is busy, does not end a wait of hours: it is
// asked again later. Undefined: nothing was learned this time.
async function poll<M extends DescMethodUnary>(
  client: grpc.Client,
  method: M,
  request: MessageInitShape<M["input"]>,
  options: CallOptions,
): Promise<MessageShape<M["output"]> | undefined> {
  try {
    return (await callUnary(client, method, request, options)) as MessageShape<M["output"]>;
  } catch (error) {
    if (error instanceof FireworksError && error.code === grpc.status.UNAVAILABLE) return undefined;
    throw error;
  }
}

function isFinal(method: DescMethodUnary, resource: Message): boolean {
  const state = stateOf(method, resource);
  if (FAILED.test(state)) throw new FailedStateError(resource, state, statusWords(resource));
  return SUCCEEDED.test(state);
}

// Empty while the state is not told, or is one that the contract does not know yet.
function stateOf(method: DescMethodUnary, resource: Message): string {
  const field = method.output.fields.find(({ name }) => name === "state");
  if (field?.fieldKind !== "enum") throw new TypeError(`${method.name}: its answer has no state; pass 'until'`);
  const number: unknown = reflect(method.output, resource).get(field);
  return (typeof number === "number" && field.enum.value[number]?.name) || "";
}

function statusWords(resource: Message): string {
  const { status } = resource as { status?: { message?: string } };
  return status?.message ?? "";
}

function timedOut(details: string): FireworksError {
  return new FireworksError({ code: grpc.status.DEADLINE_EXCEEDED, details, metadata: new grpc.Metadata() });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () => {
      clearTimeout(timer);
      const status = { code: grpc.status.CANCELLED, details: "Cancelled on client", metadata: new grpc.Metadata() };
      reject(FireworksError.from(status, signal.reason));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", cancelled);
      resolve();
    }, ms);
    if (signal.aborted) cancelled();
    else signal.addEventListener("abort", cancelled, { once: true });
  });
}
