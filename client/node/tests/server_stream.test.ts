import assert from "node:assert/strict";
import { test } from "node:test";
import * as grpc from "@grpc/grpc-js";
import { FireworksError, status, userMessage } from "fireworks-grpc";
import type { ServerStream } from "fireworks-grpc";
import { ChatCompletionService } from "fireworks-grpc/inference";
import type { ChatCompletionStreamResponse } from "fireworks-grpc/inference";
import { FakeService, deferred, failure } from "./fake_service.js";

type Handler = (call: grpc.ServerWritableStream<unknown, object>) => void;

const REQUEST = { model: "m", messages: [userMessage("Hi")] };

function serve(handler: Handler): Promise<FakeService> {
  return FakeService.start(ChatCompletionService, { streamChatCompletion: handler as grpc.UntypedHandleCall });
}

async function ids(stream: ServerStream<ChatCompletionStreamResponse>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { id } of stream) seen.push(id);
  return seen;
}

function isError(code: grpc.status) {
  return (error: unknown) => error instanceof FireworksError && error.code === code;
}

test("messages come in order, then the stream ends, and its metadata can be read", async () => {
  const trailers = new grpc.Metadata();
  trailers.set("x-request-id", "request-1");
  trailers.set("x-usage-prompt-tokens", "7");
  trailers.set("x-usage-completion-tokens", "0");
  await using fake = await serve((call) => {
    const leading = new grpc.Metadata();
    leading.set("x-first", "yes");
    call.sendMetadata(leading);
    for (const id of ["a", "b", "c"]) call.write({ id });
    call.end(trailers);
  });
  await using client = fake.connect();
  let leading: grpc.Metadata | undefined;
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST, {
    onLeading: (metadata) => (leading = metadata),
  });
  assert.equal(stream.trailing, undefined);
  assert.deepEqual(await ids(stream), ["a", "b", "c"]);
  assert.deepEqual(leading?.get("x-first"), ["yes"]);
  assert.equal(stream.leading, leading);
  assert.equal(stream.requestId, "request-1");
  assert.deepEqual(stream.tokenCounts, { promptTokens: 7, completionTokens: 0 });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test("break cancels the call", async () => {
  const cancelled = deferred();
  await using fake = await serve((call) => {
    call.on("cancelled", () => cancelled.resolve());
    call.write({ id: "a" });
  });
  await using client = fake.connect();
  for await (const { id } of client.service(ChatCompletionService).streamChatCompletion(REQUEST)) {
    assert.equal(id, "a");
    break;
  }
  await cancelled.promise;
});

test("an error in the loop's body cancels the call, and is thrown itself", async () => {
  const cancelled = deferred();
  await using fake = await serve((call) => {
    call.on("cancelled", () => cancelled.resolve());
    call.write({ id: "a" });
  });
  await using client = fake.connect();
  const reading = (async () => {
    for await (const { id } of client.service(ChatCompletionService).streamChatCompletion(REQUEST)) throw new RangeError(id);
  })();
  await assert.rejects(reading, new RangeError("a"));
  await cancelled.promise;
});

test("await using cancels a stream that is left", async () => {
  const cancelled = deferred();
  await using fake = await serve((call) => {
    call.on("cancelled", () => cancelled.resolve());
    call.write({ id: "a" });
  });
  await using client = fake.connect();
  {
    await using stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST);
    await stream.next();
  }
  await cancelled.promise;
});

test("an abort cancels; the error says CANCELLED and has the reason as its cause", async () => {
  await using fake = await serve((call) => call.write({ id: "a" }));
  await using client = fake.connect();
  const abort = new AbortController();
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST, { signal: abort.signal });
  await stream.next();
  abort.abort("enough");
  await assert.rejects(stream.next(), (error: FireworksError) => {
    assert.equal(error.code, status.CANCELLED);
    assert.equal(error.cause, "enough");
    return true;
  });
});

test("what is aborted already fails with CANCELLED", async () => {
  await using fake = await serve((call) => call.end());
  await using client = fake.connect();
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST, { signal: AbortSignal.abort() });
  await assert.rejects(ids(stream), isError(status.CANCELLED));
});

test("after cancel() reading ends with CANCELLED", async () => {
  await using fake = await serve((call) => call.write({ id: "a" }));
  await using client = fake.connect();
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST);
  await stream.next();
  stream.cancel();
  await assert.rejects(stream.next(), isError(status.CANCELLED));
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test("messages that came before an error are read before it, however slowly", async () => {
  const expected = Array.from({ length: 200 }, (_, i) => String(i));
  await using fake = await serve((call) => {
    for (const id of expected) call.write({ id });
    call.emit("error", failure(status.DATA_LOSS, "cut"));
  });
  await using client = fake.connect();
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST);
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const { id } of stream) {
      seen.push(id);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }, isError(status.DATA_LOSS));
  assert.deepEqual(seen, expected);
});

test("a failure before anyone iterates is not lost", async () => {
  const ended = deferred();
  await using fake = await serve((call) => call.emit("error", failure(status.NOT_FOUND, "no such model")));
  await using client = fake.connect();
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST, { onTrailing: () => ended.resolve() });
  await ended.promise;
  await assert.rejects(stream.next(), isError(status.NOT_FOUND));
});

test("concurrent next() calls get different messages, in order", async () => {
  await using fake = await serve((call) => {
    for (const id of ["a", "b", "c"]) call.write({ id });
    call.end();
  });
  await using client = fake.connect();
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST);
  const results = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
  assert.deepEqual(results.map(({ value }) => value?.id), ["a", "b", "c", undefined]);
});

test("return() while next() waits ends both", async () => {
  await using fake = await serve(() => undefined);
  await using client = fake.connect();
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST);
  const waiting = stream.next();
  await stream.return();
  assert.deepEqual(await waiting, { done: true, value: undefined });
});

test("a deadline ends a stream that hangs", async () => {
  await using fake = await serve((call) => call.write({ id: "a" }));
  await using client = fake.connect();
  const stream = client.service(ChatCompletionService).streamChatCompletion(REQUEST, { timeoutMs: 50 });
  await assert.rejects(ids(stream), isError(status.DEADLINE_EXCEEDED));
});
