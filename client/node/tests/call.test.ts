import assert from "node:assert/strict";
import { test } from "node:test";
import * as grpc from "@grpc/grpc-js";
import { FireworksError, status } from "fireworks-grpc";
import { DeploymentService, Model_State, ModelService } from "fireworks-grpc/gateway";
import type { GetModelRequest } from "fireworks-grpc/gateway";
import { FakeService, answers, deferred, failure } from "./fake_service.js";

test("a unary call sends request and metadata, and shows both metadata of the answer", async () => {
  let request: GetModelRequest | undefined;
  let sent: grpc.Metadata | undefined;
  await using fake = await FakeService.start(ModelService, {
    getModel: ((call: grpc.ServerUnaryCall<GetModelRequest, object>, callback: grpc.sendUnaryData<object>) => {
      request = call.request;
      sent = call.metadata;
      const leading = new grpc.Metadata();
      leading.set("x-leading", "1");
      call.sendMetadata(leading);
      const trailing = new grpc.Metadata();
      trailing.set("x-trailing", "2");
      callback(null, { name: "accounts/a/models/m", state: Model_State.READY }, trailing);
    }) as grpc.UntypedHandleCall,
  });
  await using client = fake.connect();
  let leading: unknown;
  let trailing: unknown;
  const model = await client.service(ModelService).getModel(
    { name: "accounts/a/models/m" },
    {
      metadata: { "x-session-affinity": "s", "x-several": ["1", "2"] },
      onLeading: (metadata) => (leading = metadata.get("x-leading")),
      onTrailing: (metadata) => (trailing = metadata.get("x-trailing")),
    },
  );
  assert.equal(model.state, Model_State.READY);
  assert.equal(request?.name, "accounts/a/models/m");
  assert.deepEqual(sent?.get("x-session-affinity"), ["s"]);
  assert.equal(sent?.get("x-several").join(), "1, 2");
  assert.deepEqual([leading, trailing], [["1"], ["2"]]);
});

test("nothing is lost: large integers, unknown enum values and fields, extra_json", async () => {
  const created = 9_007_199_254_740_993n;
  await using fake = await FakeService.start(ModelService, {
    getModel: answers(() => ({
      name: "m",
      state: 77,
      baseModelDetails: { parameterCount: created },
      extraJson: { newKey: '{"a":12345678901234567890}' },
    })),
  });
  await using client = fake.connect();
  const model = await client.service(ModelService).getModel({ name: "m" });
  assert.equal(model.state, 77);
  assert.equal(model.baseModelDetails?.parameterCount, created);
  assert.deepEqual(model.extraJson, { newKey: '{"a":12345678901234567890}' });
  assert.equal(model.displayName, undefined);
});

test("set to zero is not unset", async () => {
  let request: { deployment?: { minReplicaCount?: number; maxReplicaCount?: number } } = {};
  await using fake = await FakeService.start(DeploymentService, {
    createDeployment: answers((call) => {
      request = call.request;
      return {};
    }),
  });
  await using client = fake.connect();
  await client.service(DeploymentService).createDeployment({ parent: "accounts/a", deployment: { minReplicaCount: 0 } });
  assert.equal(request.deployment?.minReplicaCount, 0);
  assert.equal(request.deployment?.maxReplicaCount, undefined);
});

test("a value that does not fit its field fails before anything is sent", async () => {
  let calls = 0;
  await using fake = await FakeService.start(ModelService, {
    listModels: answers(() => ({ totalSize: ++calls })),
  });
  await using client = fake.connect();
  const response = client.service(ModelService).listModels({ parent: "accounts/a", pageSize: 1.5 });
  await assert.rejects(response, (error) => !(error instanceof FireworksError));
  assert.equal(calls, 0);
});

test("a failing call is a FireworksError with the status", async () => {
  await using fake = await FakeService.start(ModelService, {
    getModel: answers(() => {
      throw failure(status.NOT_FOUND, "no such model");
    }),
  });
  await using client = fake.connect();
  await assert.rejects(client.service(ModelService).getModel({ name: "m" }), (error: FireworksError) => {
    assert.equal(error.code, status.NOT_FOUND);
    assert.equal(error.codeName, "NOT_FOUND");
    assert.equal(error.message, "NOT_FOUND: no such model");
    return error instanceof FireworksError;
  });
});

test("an abort cancels a unary call on both sides", async () => {
  const arrived = deferred();
  const cancelled = deferred();
  await using fake = await FakeService.start(ModelService, {
    getModel: ((call: grpc.ServerUnaryCall<GetModelRequest, object>) => {
      call.on("cancelled", () => cancelled.resolve());
      arrived.resolve();
    }) as grpc.UntypedHandleCall,
  });
  await using client = fake.connect();
  const abort = new AbortController();
  const response = client.service(ModelService).getModel({ name: "m" }, { signal: abort.signal });
  await arrived.promise;
  abort.abort("enough");
  await assert.rejects(response, (error: FireworksError) => error.code === status.CANCELLED && error.cause === "enough");
  await cancelled.promise;
});

test("what is aborted already sends nothing", async () => {
  let calls = 0;
  await using fake = await FakeService.start(ModelService, { getModel: answers(() => ({ id: String(calls++) })) });
  await using client = fake.connect();
  const response = client.service(ModelService).getModel({ name: "m" }, { signal: AbortSignal.abort() });
  await assert.rejects(response, (error: FireworksError) => error.code === status.CANCELLED);
  assert.equal(calls, 0);
});

test("a deadline ends a call that hangs", async () => {
  await using fake = await FakeService.start(ModelService, { getModel: (() => undefined) as grpc.UntypedHandleCall });
  await using client = fake.connect();
  const response = client.service(ModelService).getModel({ name: "m" }, { timeoutMs: 50 });
  await assert.rejects(response, (error: FireworksError) => error.code === status.DEADLINE_EXCEEDED);
});

test("a closed client fails calls", async () => {
  await using fake = await FakeService.start(ModelService, { getModel: answers(() => ({})) });
  const client = fake.connect();
  const models = client.service(ModelService);
  await models.getModel({ name: "m" });
  client.close();
  await assert.rejects(async () => models.getModel({ name: "m" }));
});
