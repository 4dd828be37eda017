// The messages, tools and formats that most chats are made of. What these functions make are
// ordinary messages of the contract, for which fields can be added.
import { create } from "@bufbuild/protobuf";
import {
  ChatCompletionToolSchema,
  ChatMessageSchema,
  ResponseFormatSchema,
} from "./gen/inference.js";
import type {
  ChatCompletionMessageToolCall,
  ChatCompletionTool,
  ChatMessage,
  ResponseFormat,
} from "./gen/inference.js";

function textMessage(role: string, text: string): ChatMessage {
  return create(ChatMessageSchema, { role, content: { kind: { case: "text", value: text } } });
}

/** What the model is to be. */
export function systemMessage(text: string): ChatMessage {
  return textMessage("system", text);
}

/** What the user says. For images and other parts, write the message out. */
export function userMessage(text: string): ChatMessage {
  return textMessage("user", text);
}

/** What the model said earlier. */
export function assistantMessage(text: string): ChatMessage {
  return textMessage("assistant", text);
}

/** The result of a tool call: text as it is, anything else as JSON. */
export function toolMessage(call: ChatCompletionMessageToolCall, result: unknown): ChatMessage {
  const message = textMessage("tool", typeof result === "string" ? result : (JSON.stringify(result) ?? "null"));
  if (call.id !== undefined) message.toolCallId = call.id;
  return message;
}

/** A function that the model may call; `parameters` is the JSON Schema of its arguments. */
export function functionTool(name: string, description: string, parameters: object): ChatCompletionTool {
  return create(ChatCompletionToolSchema, { function: { name, description, parameters: JSON.stringify(parameters) } });
}

/** Holds the answer to JSON that a schema describes. Describe it in the prompt, too. */
export function jsonSchemaFormat(name: string, schema: object): ResponseFormat {
  return create(ResponseFormatSchema, {
    type: "json_schema",
    jsonSchema: { kind: { case: "object", value: JSON.stringify({ name, schema }) } },
  });
}

/** The text of a message; of one in parts, that of its text parts. Empty when it has none. */
export function textOf(message: ChatMessage | undefined): string {
  const kind = message?.content?.kind;
  switch (kind?.case) {
    case "text":
      return kind.value;
    case "parts":
      return kind.value.values.map((part) => part.text ?? "").join("");
    default:
      return "";
  }
}

/** Name and arguments of a tool call. The arguments are JSON text as the model wrote it: check it. */
export function functionOf(call: ChatCompletionMessageToolCall): { name: string; arguments: string } {
  const kind = call.function?.kind;
  if (kind?.case === "text") return { name: kind.value, arguments: "" };
  return { name: kind?.value?.name ?? "", arguments: kind?.value?.arguments?.kind.value ?? "" };
}
