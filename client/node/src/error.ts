// The one error that calls fail with: the gRPC status, and what the service attaches to it.
import { fromBinary } from "@bufbuild/protobuf";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import type { Any } from "@bufbuild/protobuf/wkt";
import * as grpc from "@grpc/grpc-js";
import { UpstreamErrorSchema } from "./gen/errors.js";
import type { UpstreamError } from "./gen/errors.js";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "./gen/google/rpc/status_pb.js";
import { firstText } from "./metadata.js";

/** A field of the request that is at fault. */
export interface FieldViolation {
  /** Its path, such as `messages[2].content`. */
  field: string;
  /** What is wrong with it, and what would be right. */
  description: string;
}

/** Name of a gRPC status code, such as `UNAVAILABLE`. */
export type StatusName = keyof typeof grpc.status;

/**
 * A call's status that is not OK. Every call of this package fails with it and nothing else,
 * whether the service, the network or the caller (cancelled, deadline) ended the call.
 */
export class FireworksError extends Error {
  override readonly name = "FireworksError";

  /** The status code. */
  readonly code: grpc.status;
  /** The service's words, without the code. */
  readonly details: string;
  /** Why, as a name of `fireworks.errors.v1.ErrorReason` without its prefix. Unset: not told. */
  readonly reason?: string;
  /** Whose `reason` it is: `fireworks.ai`. */
  readonly domain?: string;
  /** Facts beside the reason, such as `http_status` and `upstream_code`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When to try again, from now. Unset: nobody said. */
  readonly retryDelayMs?: number;
  /** The request's id, to be looked for in the service's log. */
  readonly requestId?: string;
  /** The request's fields that are at fault. */
  readonly fieldViolations: readonly FieldViolation[];
  /** What the upstream said, when it was it that failed. */
  readonly upstream?: UpstreamError;
  /** The call's trailing metadata. */
  readonly trailers: grpc.Metadata;

  constructor(status: grpc.StatusObject, options?: ErrorOptions) {
    super(`${statusName(status.code)}: ${status.details}`, options);
    this.code = status.code;
    this.details = status.details;
    this.trailers = status.metadata;
    let metadata: Record<string, string> = {};
    const violations: FieldViolation[] = [];
    for (const detail of detailsOf(status.metadata)) {
      const info = unpack(detail, ErrorInfoSchema);
      if (info) {
        this.reason = info.reason;
        this.domain = info.domain;
        metadata = info.metadata;
      }
      const retry = unpack(detail, RetryInfoSchema);
      if (retry?.retryDelay) this.retryDelayMs = durationMs(retry.retryDelay);
      const request = unpack(detail, RequestInfoSchema);
      if (request) this.requestId = request.requestId;
      for (const { field, description } of unpack(detail, BadRequestSchema)?.fieldViolations ?? []) {
        violations.push({ field, description });
      }
      this.upstream ??= unpack(detail, UpstreamErrorSchema);
    }
    this.metadata = metadata;
    this.fieldViolations = violations;
    this.requestId ??= firstText(status.metadata, "x-request-id");
  }

  /** Name of the status code, such as `RESOURCE_EXHAUSTED`. */
  get codeName(): StatusName {
    return statusName(this.code);
  }

  /** The error that `error`, as grpc-js throws it, stands for. `cause` is why the caller cancelled. */
  static from(error: unknown, cause?: unknown): FireworksError {
    if (error instanceof FireworksError) return error;
    const status = error as Partial<grpc.StatusObject> & { message?: string };
    return new FireworksError(
      {
        code: status.code ?? grpc.status.UNKNOWN,
        details: status.details ?? status.message ?? String(error),
        metadata: status.metadata ?? new grpc.Metadata(),
      },
      cause === undefined ? undefined : { cause },
    );
  }
}

function statusName(code: grpc.status): StatusName {
  return (grpc.status[code] as StatusName | undefined) ?? "UNKNOWN";
}

// A detail that does not parse is left out: the status itself still tells what happened.
function detailsOf(metadata: grpc.Metadata): Any[] {
  const [bytes] = metadata.get("grpc-status-details-bin");
  if (bytes === undefined || typeof bytes === "string") return [];
  try {
    return fromBinary(StatusSchema, bytes).details;
  } catch {
    return [];
  }
}

function unpack<S extends DescMessage>(any: Any, schema: S): MessageShape<S> | undefined {
  try {
    return anyUnpack(any, schema);
  } catch {
    return undefined;
  }
}
