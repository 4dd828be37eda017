// Puts the chunks of a streamed chat completion together to what the unary call would have answered.
import { create, mergeFromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import {
  ChatCompletionMessageToolCallSchema,
  ChatCompletionResponseChoice_LogprobsSchema,
  ChatCompletionResponseChoiceSchema,
  ChatCompletionResponseSchema,
  ChatCompletionResponseStreamChoice_LogprobsSchema,
  ChatMessage_ContentSchema,
  ChatMessageSchema,
  RawOutputSchema,
} from "./gen/inference.js";
import type {
  ChatCompletionMessageToolCall,
  ChatCompletionMessageToolCallFunction,
  ChatCompletionResponse,
  ChatCompletionResponseChoice,
  ChatCompletionResponseStreamChoice,
  ChatCompletionStreamResponse,
  ChatMessage,
  DeltaMessage,
} from "./gen/inference.js";

/** `earlier` with `later`, on the wire, on top, as Protobuf merges: lists grow, other fields are replaced. */
function merged<S extends DescMessage>(schema: S, earlier: MessageShape<S> | undefined, later: Uint8Array): MessageShape<S> {
  return mergeFromBinary(schema, earlier ?? create(schema), later);
}

// push(...more) has a limit, which a long prompt exceeds.
function append<T>(list: T[], more: readonly T[]): void {
  for (const each of more) list.push(each);
}

/**
 * Adds up chunks. `response` can be read at any time, also after the stream has failed: it is then what
 * had arrived. Texts, reasoning and the arguments of tool calls grow; what else chunks tell more than
 * once, keys of `extraJson` included, has the last chunk's value.
 *
 * The message of a choice can be sent back as a message of the next request.
 */
export class ChatAccumulator {
  /** What the chunks so far amount to. Choices are in the order of their indices. */
  readonly response: ChatCompletionResponse = create(ChatCompletionResponseSchema, { object: "chat.completion" });

  /** Adds a chunk, and returns it. */
  add(chunk: ChatCompletionStreamResponse): ChatCompletionStreamResponse {
    const { response } = this;
    response.id = chunk.id || response.id;
    response.model = chunk.model || response.model;
    response.created = chunk.created ?? response.created;
    response.usage = chunk.usage ?? response.usage;
    response.perfMetrics = chunk.perfMetrics ?? response.perfMetrics;
    append(response.promptTokenIds, chunk.promptTokenIds);
    Object.assign(response.extraJson, chunk.extraJson);
    for (const choice of chunk.choices) this.#addChoice(choice);
    return chunk;
  }

  /** The text of a choice so far. */
  text(index = 0): string {
    const kind = this.response.choices.find((choice) => choice.index === index)?.message?.content?.kind;
    return kind?.case === "text" ? kind.value : "";
  }

  #addChoice(piece: ChatCompletionResponseStreamChoice): void {
    const choice = this.#choice(piece.index ?? 0);
    if (piece.delta) addDelta(choice.message as ChatMessage, piece.delta);
    choice.finishReason = piece.finishReason ?? choice.finishReason;
    append(choice.tokenIds, piece.tokenIds);
    if (piece.rawOutput) {
      choice.rawOutput = merged(RawOutputSchema, choice.rawOutput, toBinary(RawOutputSchema, piece.rawOutput));
    }
    if (piece.logprobs) {
      // The two types are one on the wire.
      const bytes = toBinary(ChatCompletionResponseStreamChoice_LogprobsSchema, piece.logprobs);
      choice.logprobs = merged(ChatCompletionResponseChoice_LogprobsSchema, choice.logprobs, bytes);
    }
    Object.assign(choice.extraJson, piece.extraJson);
    // The stream tells them by choice, the whole answer once.
    if (piece.promptTokenIds.length > 0 && this.response.promptTokenIds.length === 0) {
      append(this.response.promptTokenIds, piece.promptTokenIds);
    }
  }

  #choice(index: number): ChatCompletionResponseChoice {
    const { choices } = this.response;
    const known = choices.find((choice) => choice.index === index);
    if (known) return known;
    const choice = create(ChatCompletionResponseChoiceSchema, { index, message: create(ChatMessageSchema) });
    const after = choices.findIndex((other) => (other.index ?? 0) > index);
    choices.splice(after < 0 ? choices.length : after, 0, choice);
    return choice;
  }
}

/** Reads a stream to its end: the whole answer. Fails as the stream fails. */
export async function accumulateChat(stream: AsyncIterable<ChatCompletionStreamResponse>): Promise<ChatCompletionResponse> {
  const accumulator = new ChatAccumulator();
  for await (const chunk of stream) accumulator.add(chunk);
  return accumulator.response;
}

function addDelta(message: ChatMessage, delta: DeltaMessage): void {
  message.role = delta.role ?? message.role;
  if (delta.content !== undefined) {
    const kind = message.content?.kind;
    const text = (kind?.case === "text" ? kind.value : "") + delta.content;
    message.content = create(ChatMessage_ContentSchema, { kind: { case: "text", value: text } });
  }
  if (delta.reasoningContent !== undefined) {
    message.reasoningContent = (message.reasoningContent ?? "") + delta.reasoningContent;
  }
  for (const piece of delta.toolCalls) addToolCall(message.toolCalls, piece);
  Object.assign(message.extraJson, delta.extraJson);
}

function addToolCall(calls: ChatCompletionMessageToolCall[], piece: ChatCompletionMessageToolCall): void {
  let call = find(calls, piece);
  if (call === undefined) {
    call = create(ChatCompletionMessageToolCallSchema, { index: piece.index ?? calls.length });
    calls.push(call);
    calls.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  }
  call.id = piece.id ?? call.id;
  call.type = piece.type ?? call.type;
  Object.assign(call.extraJson, piece.extraJson);
  if (piece.function?.kind.case === "call") addFunction(call, piece.function.kind.value);
  if (piece.function?.kind.case === "text") {
    const kind = call.function?.kind;
    const text = (kind?.case === "text" ? kind.value : "") + piece.function.kind.value;
    call.function = { ...piece.function, kind: { case: "text", value: text } };
  }
}

// Without an index, a piece with an id of its own begins a call, and any other goes on with the last.
function find(
  calls: readonly ChatCompletionMessageToolCall[],
  { index, id }: ChatCompletionMessageToolCall,
): ChatCompletionMessageToolCall | undefined {
  if (index !== undefined) return calls.find((call) => call.index === index);
  return id === undefined ? calls[calls.length - 1] : calls.find((call) => call.id === id);
}

function addFunction(call: ChatCompletionMessageToolCall, piece: ChatCompletionMessageToolCallFunction): void {
  if (call.function?.kind.case !== "call") {
    const whole = create(ChatCompletionMessageToolCallSchema, { function: { kind: { case: "call", value: {} } } });
    call.function = whole.function;
  }
  const target = call.function?.kind.value as ChatCompletionMessageToolCallFunction;
  target.name = piece.name ?? target.name;
  const kind = piece.arguments?.kind;
  const known = target.arguments?.kind;
  if (piece.arguments && kind?.case === "text" && known?.case === "text") {
    target.arguments = { ...piece.arguments, kind: { case: "text", value: known.value + kind.value } };
  } else {
    target.arguments = piece.arguments ?? target.arguments;
  }
  Object.assign(target.extraJson, piece.extraJson);
}
