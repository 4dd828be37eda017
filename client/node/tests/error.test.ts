import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { DescMessage, Message } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { FireworksError, status } from "fireworks-grpc";
import { UpstreamErrorSchema } from "fireworks-grpc/errors";
import { ModelService } from "fireworks-grpc/gateway";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "#internal/gen/google/rpc/error_details_pb.js";
import { FakeService, answers, failure } from "./fake_service.js";

async function errorOf(thrown: Error): Promise<FireworksError> {
  await using fake = await FakeService.start(ModelService, {
    getModel: answers(() => {
      throw thrown;
    }),
  });
  await using client = fake.connect();
  try {
    await client.service(ModelService).getModel({ name: "m" });
  } catch (error) {
    assert.ok(error instanceof FireworksError);
    return error;
  }
  throw new Error("the call did not fail");
}

function withDetails(code: grpc.status, details: string, ...attached: [DescMessage, Message][]) {
  return failure(code, details, attached.map(([, message]) => message), attached.map(([schema]) => schema));
}

test("all details of a status can be read", async () => {
  const metadata = { http_status: "429", upstream_code: "RATE_LIMITED" };
  const error = await errorOf(
    withDetails(
      status.RESOURCE_EXHAUSTED,
      "too many",
      [ErrorInfoSchema, create(ErrorInfoSchema, { reason: "UPSTREAM_ERROR", domain: "fireworks.ai", metadata })],
      [RetryInfoSchema, create(RetryInfoSchema, { retryDelay: { seconds: 2n, nanos: 500_000_000 } })],
      [RequestInfoSchema, create(RequestInfoSchema, { requestId: "r-1" })],
      [UpstreamErrorSchema, create(UpstreamErrorSchema, { httpStatus: 429, body: "slow down" })],
    ),
  );
  assert.equal(error.code, status.RESOURCE_EXHAUSTED);
  assert.equal(error.codeName, "RESOURCE_EXHAUSTED");
  assert.equal(error.details, "too many");
  assert.equal(error.reason, "UPSTREAM_ERROR");
  assert.equal(error.domain, "fireworks.ai");
  assert.deepEqual({ ...error.metadata }, metadata);
  assert.equal(error.retryDelayMs, 2500);
  assert.equal(error.requestId, "r-1");
  assert.equal(error.upstream?.body, "slow down");
  assert.deepEqual(error.fieldViolations, []);
});

test("field violations are told with their paths", async () => {
  const violations = [
    { field: "model", description: "is required" },
    { field: "messages[2].content", description: "is empty" },
  ];
  const error = await errorOf(
    withDetails(status.INVALID_ARGUMENT, "bad", [BadRequestSchema, create(BadRequestSchema, { fieldViolations: violations })]),
  );
  assert.deepEqual(error.fieldViolations, violations);
});

test("without details the request's id comes from the trailers", async () => {
  const thrown = failure(status.UNAVAILABLE, "gone");
  thrown.metadata.set("x-request-id", "r-2");
  thrown.metadata.set("grpc-retry-pushback-ms", "-1");
  const error = await errorOf(thrown);
  assert.equal(error.requestId, "r-2");
  assert.equal(error.reason, undefined);
  assert.equal(error.retryDelayMs, undefined);
  assert.deepEqual({ ...error.metadata }, {});
});

test("details that are no details do not hide the status", async () => {
  const thrown = failure(status.INTERNAL, "broken");
  thrown.metadata.set("grpc-status-details-bin", Buffer.from([0xff, 0xff, 0xff]));
  const error = await errorOf(thrown);
  assert.equal(error.code, status.INTERNAL);
  assert.equal(error.details, "broken");
});

test("a detail that does not parse does not hide the others", async () => {
  const broken = withDetails(
    status.INTERNAL,
    "broken",
    [ErrorInfoSchema, create(ErrorInfoSchema, { reason: "X".repeat(20) })],
    [RequestInfoSchema, create(RequestInfoSchema, { requestId: "r-3" })],
  );
  const [bytes] = broken.metadata.get("grpc-status-details-bin") as [Buffer];
  // The length of the reason, which then reaches beyond its message.
  bytes[bytes.indexOf("XXXX") - 1] = 0x7f;
  broken.metadata.set("grpc-status-details-bin", bytes);
  const error = await errorOf(broken);
  assert.equal(error.reason, undefined);
  assert.equal(error.requestId, "r-3");
});

test("a thing that is no status becomes UNKNOWN with its words", () => {
  const error = FireworksError.from(new Error("surprise"));
  assert.equal(error.code, status.UNKNOWN);
  assert.equal(error.details, "surprise");
});
