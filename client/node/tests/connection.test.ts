import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type * as grpc from "@grpc/grpc-js";
import { FireworksClient, FireworksError, SERVICE_CONFIG, status } from "fireworks-grpc";
import { ModelService } from "fireworks-grpc/gateway";
import { ChatCompletionService } from "fireworks-grpc/inference";
import { isLoopback } from "#internal/connection.js";
import { FakeService, answers, deferred, failure } from "./fake_service.js";

test("the service config is that of all clients", () => {
  const shared: unknown = JSON.parse(readFileSync(new URL("../../../service_config.json", import.meta.url), "utf8"));
  assert.deepEqual(JSON.parse(SERVICE_CONFIG), shared);
});

test("loopback is told from what only looks like it", () => {
  const loopback = ["localhost", "localhost:1", "127.0.0.1:1", "127.9.9.9", "[::1]:1", "::1", "dns:localhost:1",
    "dns:///localhost:1", "ipv4:127.0.0.1:1", "ipv6:[::1]:1", "unix:/run/socket"];
  for (const target of loopback) assert.ok(isLoopback(target), target);
  const remote = ["example.com:1", "localhost.example.com:1", "127.0.0.1.example.com:1", "10.0.0.1:1", "[::2]:1",
    "dns:///example.com:1", "127.evil:1", "dns://127.0.0.1/example.com:1", ""];
  for (const target of remote) assert.ok(!isLoopback(target), target);
});

test("a token is refused in plaintext beyond loopback", () => {
  assert.throws(() => FireworksClient.connect({ target: "example.com:443", token: "t" }), /example\.com:443/);
  assert.throws(() => FireworksClient.connect({ target: ["127.0.0.1:1", "10.0.0.1:1"], token: "t" }), /10\.0\.0\.1:1/);
  FireworksClient.connect({ target: "example.com:443", token: "t", tls: {} }).close();
});

test("targets and certificates that cannot be right are refused", () => {
  assert.throws(() => FireworksClient.connect({ target: [] }), TypeError);
  assert.throws(() => FireworksClient.connect(""), TypeError);
  assert.throws(() => FireworksClient.connect({ target: ["a.example:1", "b.example:1"] }), /IPv4:PORT/);
  assert.throws(() => FireworksClient.connect({ target: ["127.0.0.1:1", "[::1]:1"] }), /IPv4:PORT/);
  assert.throws(() => FireworksClient.connect({ target: "x:1", tls: { keyFile: "key.pem" } }), /go together/);
});

test("a token is sent with each call, and asked for each time when it is a function", async () => {
  const seen: unknown[] = [];
  await using fake = await FakeService.start(ModelService, {
    getModel: answers((call) => {
      seen.push(...call.metadata.get("authorization"));
      return {};
    }),
  });
  await using fixed = fake.connect({ token: "fixed" });
  await fixed.service(ModelService).getModel({ name: "m" });
  let count = 0;
  await using changing = fake.connect({ token: () => Promise.resolve(`changing-${++count}`) });
  await changing.service(ModelService).getModel({ name: "m" });
  await changing.service(ModelService).getModel({ name: "m" });
  assert.deepEqual(seen, ["Bearer fixed", "Bearer changing-1", "Bearer changing-2"]);
});

test("a token that cannot be had fails the call, with the reason", async () => {
  await using fake = await FakeService.start(ModelService, { getModel: answers(() => ({})) });
  await using client = fake.connect({
    token: () => {
      throw new Error("the vault is sealed");
    },
  });
  await assert.rejects(client.service(ModelService).getModel({ name: "m" }), (error: FireworksError) => {
    assert.equal(error.code, status.UNAUTHENTICATED);
    assert.match(error.details, /the vault is sealed/);
    return true;
  });
});

test("a token that no header can hold fails the call, and is not told", async () => {
  let calls = 0;
  await using fake = await FakeService.start(ModelService, { getModel: answers(() => ({ name: String(calls++) })) });
  for (const token of ["secret\n", "", "sécret"]) {
    assert.throws(() => fake.connect({ token }), new TypeError("the token is not printable ASCII"));
    await using client = fake.connect({ token: () => Promise.resolve(token) });
    const call = client.service(ModelService).getModel({ name: "m" }, { timeoutMs: 10_000 });
    await assert.rejects(call, (error: FireworksError) => {
      assert.equal(error.code, status.UNAUTHENTICATED);
      assert.equal(error.details, "no token: the token is not printable ASCII");
      return true;
    });
  }
  assert.equal(calls, 0);
});

test("a call whose token does not come can be cancelled, and has its deadline", async () => {
  let calls = 0;
  await using fake = await FakeService.start(ModelService, { getModel: answers(() => ({ id: String(calls++) })) });
  const asked = deferred();
  await using client = fake.connect({
    token: () => {
      asked.resolve();
      return new Promise<string>(() => undefined);
    },
  });
  const abort = new AbortController();
  const cancelled = client.service(ModelService).getModel({ name: "m" }, { signal: abort.signal });
  await asked.promise;
  abort.abort();
  await assert.rejects(cancelled, (error: FireworksError) => error.code === status.CANCELLED);
  const late = client.service(ModelService).getModel({ name: "m" }, { timeoutMs: 20 });
  await assert.rejects(late, (error: FireworksError) => error.code === status.DEADLINE_EXCEEDED);
  assert.equal(calls, 0);
});

test("a stream waits for its token", async () => {
  await using fake = await FakeService.start(ChatCompletionService, {
    streamChatCompletion: ((call: grpc.ServerWritableStream<unknown, object>) => {
      for (let i = 0; i < 3; i++) call.write({ id: String(call.metadata.get("authorization")[0]) });
      call.end();
    }) as grpc.UntypedHandleCall,
  });
  const token = deferred<string>();
  await using client = fake.connect({ token: () => token.promise });
  const stream = client.service(ChatCompletionService).streamChatCompletion({ model: "m" });
  const first = stream.next();
  token.resolve("late");
  assert.equal((await first).value?.id, "Bearer late");
  let rest = 0;
  for await (const { id } of stream) rest += id === "Bearer late" ? 1 : 0;
  assert.equal(rest, 2);
});

test("calls go to several targets in turn", async () => {
  const serve = (name: string) => FakeService.start(ModelService, { getModel: answers(() => ({ name })) });
  await using one = await serve("one");
  await using two = await serve("two");
  await using client = FireworksClient.connect({ target: [one.target, two.target.replace("127.0.0.1", "localhost")] });
  const models = client.service(ModelService);
  const seen = new Set<string>();
  // The second connection may be ready only after some calls have gone to the first.
  for (let i = 0; i < 1000 && seen.size < 2; i++) seen.add((await models.getModel({ name: "m" })).name);
  assert.deepEqual([...seen].sort(), ["one", "two"]);
  const next = [(await models.getModel({ name: "m" })).name, (await models.getModel({ name: "m" })).name];
  assert.deepEqual(next.sort(), ["one", "two"]);
});

test("UNAVAILABLE is tried again, unless the service says no", async () => {
  let calls = 0;
  let pushback: string | undefined = "1";
  await using fake = await FakeService.start(ModelService, {
    getModel: answers(() => {
      if (++calls > 1) return { name: "m" };
      const error = failure(status.UNAVAILABLE, "later");
      if (pushback !== undefined) error.metadata.set("grpc-retry-pushback-ms", pushback);
      throw error;
    }),
  });
  await using client = fake.connect();
  await client.service(ModelService).getModel({ name: "m" });
  assert.equal(calls, 2);
  calls = 0;
  pushback = "-1";
  await assert.rejects(client.service(ModelService).getModel({ name: "m" }));
  assert.equal(calls, 1);
});
