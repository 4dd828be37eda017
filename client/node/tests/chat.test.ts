import assert from "node:assert/strict";
import { test } from "node:test";
import { assistantMessage, create, functionOf, functionTool, jsonSchemaFormat, systemMessage, textOf, toJson, toolMessage,
  userMessage } from "fireworks-grpc";
import {
  ChatCompletionMessageToolCallSchema,
  ChatCompletionToolSchema,
  ChatMessageSchema,
  ResponseFormatSchema,
} from "fireworks-grpc/inference";

test("messages have their roles and texts", () => {
  const messages = [systemMessage("s"), userMessage("u"), assistantMessage("a")];
  assert.deepEqual(messages.map(({ role }) => role), ["system", "user", "assistant"]);
  assert.deepEqual(messages.map(textOf), ["s", "u", "a"]);
});

test("a tool's result names the call, and is JSON unless it is text", () => {
  const call = create(ChatCompletionMessageToolCallSchema, { id: "call-1" });
  assert.deepEqual(toJson(ChatMessageSchema, toolMessage(call, { celsius: 7 })), {
    role: "tool",
    content: { text: '{"celsius":7}' },
    tool_call_id: "call-1",
  });
  assert.equal(textOf(toolMessage(call, "seven")), "seven");
  assert.equal(textOf(toolMessage(call, undefined)), "null");
});

test("schemas keep the order of their keys", () => {
  const schema = { type: "object", properties: { z: {}, a: {} } };
  assert.deepEqual(toJson(ChatCompletionToolSchema, functionTool("f", "does f", schema)), {
    function: { name: "f", description: "does f", parameters: '{"type":"object","properties":{"z":{},"a":{}}}' },
  });
  assert.deepEqual(toJson(ResponseFormatSchema, jsonSchemaFormat("n", schema)), {
    type: "json_schema",
    json_schema: { object: '{"name":"n","schema":{"type":"object","properties":{"z":{},"a":{}}}}' },
  });
});

test("the text of a message in parts is that of its text parts", () => {
  const message = create(ChatMessageSchema, { content: { kind: { case: "parts", value: { values: [
    { type: "text", text: "a" },
    { type: "image_url", imageUrl: { url: "https://example.com/x.png" } },
    { type: "text", text: "b" },
  ] } } } });
  assert.equal(textOf(message), "ab");
  assert.equal(textOf(undefined), "");
  assert.equal(textOf(create(ChatMessageSchema)), "");
});

test("a call as bare text has a name and no arguments", () => {
  const call = create(ChatCompletionMessageToolCallSchema, { function: { kind: { case: "text", value: "f" } } });
  assert.deepEqual(functionOf(call), { name: "f", arguments: "" });
  assert.deepEqual(functionOf(create(ChatCompletionMessageToolCallSchema)), { name: "", arguments: "" });
});
