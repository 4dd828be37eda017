import assert from "node:assert/strict";
import { test } from "node:test";
import { FailedStateError, FireworksError, status } from "fireworks-grpc";
import type { WaitOptions } from "fireworks-grpc";
import {
  BatchInferenceJobService,
  Deployment_State,
  DeploymentService,
  JobState,
  ModelService,
} from "fireworks-grpc/gateway";
import { FakeService, answers, failure } from "./fake_service.js";

const GET = BatchInferenceJobService.method.getBatchInferenceJob;

/** Serves a job whose states are `states`, one per call; an Error is thrown. */
function serveJob(...states: (JobState | undefined | Error)[]): Promise<FakeService> {
  return FakeService.start(BatchInferenceJobService, {
    getBatchInferenceJob: answers(() => {
      const state = states.shift();
      if (state instanceof Error) throw state;
      return { name: "job", state, status: { message: "out of memory" } };
    }),
  });
}

/** A pause that only takes notes. */
function noting(): { pauses: number[]; sleep: NonNullable<WaitOptions<never>["sleep"]> } {
  const pauses: number[] = [];
  return {
    pauses,
    sleep: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  };
}

test("the wait ends in the final state, and shows every state before", async () => {
  await using fake = await serveJob(JobState.VALIDATING, undefined, JobState.RUNNING, JobState.COMPLETED);
  await using client = fake.connect();
  const { pauses, sleep } = noting();
  const seen: unknown[] = [];
  const job = await client.wait(GET, { name: "job" }, { sleep, onProgress: ({ state }) => seen.push(state) });
  assert.equal(job.state, JobState.COMPLETED);
  assert.deepEqual(seen, [JobState.VALIDATING, undefined, JobState.RUNNING, JobState.COMPLETED]);
  assert.deepEqual(pauses, [1000, 1500, 2250]);
});

test("pauses grow to the longest and no further", async () => {
  await using fake = await serveJob(...Array.from({ length: 4 }, () => JobState.RUNNING), JobState.EARLY_STOPPED);
  await using client = fake.connect();
  const { pauses, sleep } = noting();
  await client.wait(GET, { name: "job" }, { sleep, initialDelayMs: 100, maxDelayMs: 200 });
  assert.deepEqual(pauses, [100, 150, 200, 200]);
});

test("a job that failed is an error with the job and its words", async () => {
  await using fake = await serveJob(JobState.RUNNING, JobState.FAILED);
  await using client = fake.connect();
  await assert.rejects(client.wait(GET, { name: "job" }, noting()), (error: FailedStateError) => {
    assert.ok(error instanceof FailedStateError);
    assert.equal(error.state, "JOB_STATE_FAILED");
    assert.equal((error.resource as unknown as { name: string }).name, "job");
    assert.match(error.message, /JOB_STATE_FAILED: out of memory/);
    return true;
  });
});

test("pausing, cancelling and deleting are on the way, not the end", async () => {
  await using fake = await serveJob(JobState.PAUSED, JobState.CANCELLING, JobState.DELETING, JobState.CANCELLED);
  await using client = fake.connect();
  const { pauses, sleep } = noting();
  await assert.rejects(client.wait(GET, { name: "job" }, { sleep }), /JOB_STATE_CANCELLED/);
  assert.equal(pauses.length, 3);
});

test("a deployment is waited for like a job", async () => {
  const states = [Deployment_State.CREATING, Deployment_State.READY];
  await using fake = await FakeService.start(DeploymentService, {
    getDeployment: answers(() => ({ name: "d", state: states.shift() })),
  });
  await using client = fake.connect();
  const deployment = await client.wait(DeploymentService.method.getDeployment, { name: "d" }, noting());
  assert.equal(deployment.state, Deployment_State.READY);
});

test("the caller may say what to wait for", async () => {
  await using fake = await serveJob(JobState.PENDING, JobState.RUNNING);
  await using client = fake.connect();
  const until = ({ state }: { state?: JobState }) => state === JobState.RUNNING;
  const job = await client.wait(GET, { name: "job" }, { ...noting(), until });
  assert.equal(job.state, JobState.RUNNING);
});

test("a service that is away for a moment does not end the wait; other errors do", async () => {
  const away = failure(status.UNAVAILABLE, "restarting");
  away.metadata.set("grpc-retry-pushback-ms", "-1");
  await using fake = await serveJob(away, JobState.RUNNING, failure(status.NOT_FOUND, "deleted"));
  await using client = fake.connect();
  const { pauses, sleep } = noting();
  const waiting = client.wait(GET, { name: "job" }, { sleep });
  await assert.rejects(waiting, (error: FireworksError) => error.code === status.NOT_FOUND);
  assert.equal(pauses.length, 2);
});

test("a wait that would take too long fails before its next pause", async () => {
  await using fake = await serveJob(JobState.RUNNING);
  await using client = fake.connect();
  const { pauses, sleep } = noting();
  const waiting = client.wait(GET, { name: "job" }, { sleep, timeoutMs: 60_000, initialDelayMs: 70_000 });
  await assert.rejects(waiting, (error: FireworksError) => error.code === status.DEADLINE_EXCEEDED);
  assert.deepEqual(pauses, []);
});

test("an abort ends a pause", async () => {
  await using fake = await serveJob(JobState.RUNNING);
  await using client = fake.connect();
  const abort = new AbortController();
  const waiting = client.wait(
    GET,
    { name: "job" },
    { signal: abort.signal, initialDelayMs: 3_600_000, maxDelayMs: 3_600_000, onProgress: () => setImmediate(() => abort.abort("enough")) },
  );
  await assert.rejects(waiting, (error: FireworksError) => error.code === status.CANCELLED && error.cause === "enough");
});

test("what has no state cannot be waited for without saying until when", async () => {
  await using fake = await FakeService.start(ModelService, { getModelDownloadEndpoint: answers(() => ({})) });
  await using client = fake.connect();
  const method = ModelService.method.getModelDownloadEndpoint;
  await assert.rejects(client.wait(method, { name: "m" }, noting()), TypeError);
  await client.wait(method, { name: "m" }, { until: () => true });
});
