import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ChatAccumulator, accumulateChat, create, functionOf, textOf, toJson } from "fireworks-grpc";
import {
  ChatCompletionResponseSchema,
  ChatCompletionStreamResponseSchema,
  ChatMessageSchema,
} from "fireworks-grpc/inference";
import type { ChatCompletionStreamResponse } from "fireworks-grpc/inference";

type Init = MessageInitShape<typeof ChatCompletionStreamResponseSchema>;
type ToolCall = { index?: number; id?: string; name?: string; text?: string };

function chunk(init: Init): ChatCompletionStreamResponse {
  return create(ChatCompletionStreamResponseSchema, init);
}

function toolCalls(...calls: ToolCall[]): ChatCompletionStreamResponse {
  return chunk({ choices: [{ index: 0, delta: { toolCalls: calls.map(({ index, id, name, text }) => ({
    index,
    id,
    function: { kind: { case: "call", value: { name, arguments: text === undefined ? undefined : { kind: { case: "text", value: text } } } } },
  })) } }] });
}

function sum(...chunks: ChatCompletionStreamResponse[]): ChatAccumulator {
  const accumulator = new ChatAccumulator();
  for (const each of chunks) assert.equal(accumulator.add(each), each);
  return accumulator;
}

function calls(accumulator: ChatAccumulator): object[] {
  const { message } = accumulator.response.choices[0] ?? {};
  return message?.toolCalls.map((call) => ({ id: call.id, ...functionOf(call) })) ?? [];
}

test("text, reasoning, role, finish reason and usage add up to the whole answer", () => {
  const { response } = sum(
    chunk({ id: "c", model: "m", created: 5n, choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }),
    chunk({ id: "c", choices: [{ index: 0, delta: { reasoningContent: "Let me " } }] }),
    chunk({ id: "c", choices: [{ index: 0, delta: { reasoningContent: "think." } }] }),
    chunk({ id: "c", choices: [{ index: 0, delta: { content: "Hel" } }] }),
    chunk({ id: "c", choices: [{ index: 0, delta: { content: "lo" }, finishReason: "stop" }] }),
    chunk({ id: "c", usage: { promptTokens: 3, completionTokens: 2, promptTokensDetails: { cachedTokens: 0 } } }),
  );
  assert.deepEqual(toJson(ChatCompletionResponseSchema, response), {
    id: "c",
    object: "chat.completion",
    created: "5",
    model: "m",
    choices: [{
      index: 0,
      message: { role: "assistant", content: { text: "Hello" }, reasoning_content: "Let me think." },
      finish_reason: "stop",
    }],
    usage: { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 0 } },
  });
});

test("what was never told is unset, not empty", () => {
  const { response } = sum(chunk({ choices: [{ index: 0, delta: { role: "assistant" } }] }));
  assert.equal(response.usage, undefined);
  assert.equal(response.choices[0]?.message?.content, undefined);
  assert.equal(response.choices[0]?.message?.reasoningContent, undefined);
  assert.equal(response.choices[0]?.finishReason, undefined);
});

test("choices are told apart by index and come in its order", () => {
  const accumulator = sum(
    chunk({ choices: [{ index: 2, delta: { content: "C" } }] }),
    chunk({ choices: [{ index: 0, delta: { content: "A" } }, { index: 1, delta: { content: "B" } }] }),
    chunk({ choices: [{ index: 2, delta: { content: "c" } }, { index: 0, finishReason: "length" }] }),
  );
  assert.deepEqual(accumulator.response.choices.map(({ index }) => index), [0, 1, 2]);
  assert.deepEqual([0, 1, 2, 3].map((index) => accumulator.text(index)), ["A", "B", "Cc", ""]);
  assert.equal(accumulator.response.choices[0]?.finishReason, "length");
});

test("pieces of parallel tool calls go where their index says", () => {
  const accumulator = sum(
    toolCalls({ index: 1, id: "b", name: "second", text: '{"x"' }),
    toolCalls({ index: 0, id: "a", name: "first" }),
    toolCalls({ index: 0, text: " {" }, { index: 1, text: ":1}" }),
    toolCalls({ index: 0, text: "}" }),
  );
  assert.deepEqual(calls(accumulator), [
    { id: "a", name: "first", arguments: " {}" },
    { id: "b", name: "second", arguments: '{"x":1}' },
  ]);
});

test("without an index, an id begins a call and a piece without one goes on with it", () => {
  const accumulator = sum(
    toolCalls({ id: "a", name: "first" }),
    toolCalls({ text: "{}" }),
    toolCalls({ id: "b", name: "second", text: "[" }),
    toolCalls({ text: "]" }),
  );
  assert.deepEqual(calls(accumulator), [
    { id: "a", name: "first", arguments: "{}" },
    { id: "b", name: "second", arguments: "[]" },
  ]);
});

test("arguments that come as an object are kept as they are", () => {
  const accumulator = sum(chunk({ choices: [{ index: 0, delta: { toolCalls: [
    { index: 0, id: "a", function: { kind: { case: "call", value: { name: "f", arguments: { kind: { case: "object", value: '{"z":1,"a":2}' } } } } } },
  ] } }] }));
  assert.deepEqual(calls(accumulator), [{ id: "a", name: "f", arguments: '{"z":1,"a":2}' }]);
});

test("what the contract does not know is not dropped, at any level", () => {
  const { response } = sum(
    chunk({ extraJson: { a: "1" }, choices: [{ index: 0, extraJson: { b: "2" }, delta: {
      extraJson: { c: "3" },
      toolCalls: [{ index: 0, extraJson: { d: "4" }, function: { kind: { case: "call", value: { extraJson: { e: "5" } } } } }],
    } }] }),
    chunk({ extraJson: { a: "10", f: "6" } }),
  );
  assert.deepEqual(response.extraJson, { a: "10", f: "6" });
  const [choice] = response.choices;
  assert.deepEqual(choice?.extraJson, { b: "2" });
  assert.deepEqual(choice?.message?.extraJson, { c: "3" });
  const [call] = choice?.message?.toolCalls ?? [];
  assert.deepEqual(call?.extraJson, { d: "4" });
  assert.ok(call?.function?.kind.case === "call");
  assert.deepEqual(call.function.kind.value.extraJson, { e: "5" });
});

test("log probabilities, token ids and raw output are appended", () => {
  const piece = (token: string, id: number) => chunk({ choices: [{
    index: 0,
    tokenIds: [id],
    logprobs: { kind: { case: "openai", value: { content: [{ token }] } } },
    rawOutput: { completionTokenIds: [id] },
  }] });
  const [choice] = sum(piece("a", 1), piece("b", 2)).response.choices;
  assert.deepEqual(choice?.tokenIds, [1, 2]);
  assert.deepEqual(choice?.rawOutput?.completionTokenIds, [1, 2]);
  assert.ok(choice?.logprobs?.kind.case === "openai");
  assert.deepEqual(choice.logprobs.kind.value.content.map(({ token }) => token), ["a", "b"]);
});

test("what has been added up is not read anew for each chunk", () => {
  const piece = (token: string) => chunk({ choices: [{
    index: 0,
    logprobs: { kind: { case: "openai", value: { content: [{ token }] } } },
    rawOutput: { images: [token] },
  }] });
  const content = ({ response }: ChatAccumulator) => {
    const kind = response.choices[0]?.logprobs?.kind;
    return kind?.case === "openai" ? kind.value.content : [];
  };
  const first = piece("a");
  const accumulator = sum(first);
  const [before] = content(accumulator);
  accumulator.add(piece("b"));
  assert.equal(content(accumulator).length, 2);
  assert.ok(before !== undefined && content(accumulator)[0] === before);
  assert.deepEqual(first, piece("a"));
});

test("a chunk may have more ids than a call takes arguments", () => {
  const ids = new Array<number>(500_000).fill(7);
  const { response } = sum(chunk({ promptTokenIds: ids, choices: [{ index: 0, tokenIds: ids }] }));
  assert.equal(response.promptTokenIds.length, ids.length);
  assert.equal(response.choices[0]?.tokenIds.length, ids.length);
  const late = sum(chunk({ choices: [{ index: 0, promptTokenIds: ids }] }));
  assert.equal(late.response.promptTokenIds.length, ids.length);
});

test("adding up does not change the chunks", () => {
  const first = toolCalls({ index: 0, id: "a", name: "f", text: "{" });
  const before = toJson(ChatCompletionStreamResponseSchema, first);
  sum(first, toolCalls({ index: 0, text: "}" }));
  assert.deepEqual(toJson(ChatCompletionStreamResponseSchema, first), before);
});

test("accumulateChat reads a stream to its end, and fails as it fails", async () => {
  async function* stream(fail: boolean) {
    yield chunk({ choices: [{ index: 0, delta: { content: "a" } }] });
    await Promise.resolve();
    if (fail) throw new Error("cut");
    yield chunk({ choices: [{ index: 0, delta: { content: "b" } }] });
  }
  const { choices } = await accumulateChat(stream(false));
  assert.equal(textOf(choices[0]?.message), "ab");
  await assert.rejects(accumulateChat(stream(true)), /cut/);
});

test("the answer can be sent back as a message", () => {
  const { response } = sum(toolCalls({ index: 0, id: "a", name: "f", text: "{}" }));
  const message = create(ChatMessageSchema, response.choices[0]?.message);
  assert.deepEqual(toJson(ChatMessageSchema, message), {
    tool_calls: [{ id: "a", index: 0, function: { call: { name: "f", arguments: { text: "{}" } } } }],
  });
});
