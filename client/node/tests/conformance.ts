// The conformance program of tests/clients/README.md, written as a user of the package would.
import { createInterface } from "node:readline";
import {
  ChatAccumulator,
  FireworksClient,
  FireworksError,
  fromJson,
  status,
  textOf,
  toJson,
} from "fireworks-grpc";
import type { CallOptions, ConnectOptions, Metadata, ServerStream } from "fireworks-grpc";
import * as gateway from "fireworks-grpc/gateway";
import * as inference from "fireworks-grpc/inference";
import type { DescMessage, JsonValue, MessageShape } from "@bufbuild/protobuf";

type Json = Record<string, JsonValue>;

interface Call {
  request: JsonValue;
  options: CallOptions;
  cancelAfter?: number;
  limit?: number;
  file?: string;
  want: Set<string>;
  /** What has been seen, also when the call fails. */
  seen: Json;
}

const CASE_KEYS = ["case", "targets", "tls", "token", "calls"];
const TLS_KEYS = ["ca_file", "certificate_file", "key_file"];
const CALL_KEYS = ["operation", "request", "metadata", "timeout_ms", "wait_for_ready", "cancel_after", "limit", "file", "want"];

function known(object: object, keys: readonly string[]): void {
  for (const key of Object.keys(object)) if (!keys.includes(key)) throw new Error(`unknown key '${key}'`);
}

function without(object: Record<string, JsonValue | undefined>): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Json;
}

function ascii(metadata: Metadata): Json {
  return without(Object.fromEntries(Object.keys(metadata.getMap()).map((name) => {
    const value = metadata.get(name)[0];
    return [name, typeof value === "string" ? value : undefined];
  })));
}

function message<S extends DescMessage>(call: Call, schema: S): MessageShape<S> {
  return fromJson(schema, call.request);
}

async function unary<S extends DescMessage>(call: Call, schema: S, response: Promise<MessageShape<S>>): Promise<MessageShape<S>> {
  const answer = await response;
  if (call.want.has("response")) call.seen.response = toJson(schema, answer);
  return answer;
}

async function readStream<S extends DescMessage>(
  call: Call,
  schema: S,
  stream: ServerStream<MessageShape<S>>,
  each: (message: MessageShape<S>) => void,
): Promise<void> {
  const messages: JsonValue[] = [];
  let count = 0;
  call.seen.message_count = 0;
  if (call.want.has("messages")) call.seen.messages = messages;
  for await (const answer of stream) {
    call.seen.message_count = ++count;
    if (call.want.has("messages")) messages.push(toJson(schema, answer));
    each(answer);
    if (count === call.cancelAfter) stream.cancel();
  }
}

function accumulated(accumulator: ChatAccumulator): Json {
  const { choices, usage } = accumulator.response;
  return without({
    choices: choices.map((choice) => without({
      index: choice.index,
      text: textOf(choice.message) || undefined,
      reasoning: choice.message?.reasoningContent,
      tool_calls: choice.message?.toolCalls.length ? choice.message.toolCalls.map(toolCall) : undefined,
      finish_reason: choice.finishReason,
    })),
    usage: usage && without({
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      cached_tokens: usage.promptTokensDetails?.cachedTokens,
    }),
  });
}

function toolCall(call: inference.ChatCompletionMessageToolCall): Json {
  const kind = call.function?.kind;
  const called = kind?.case === "call" ? kind.value : undefined;
  return without({ id: call.id, name: called?.name, arguments: called?.arguments?.kind.value });
}

async function streamChat(client: FireworksClient, call: Call): Promise<void> {
  const accumulator = new ChatAccumulator();
  const request = message(call, inference.ChatCompletionRequestSchema);
  const stream = client.service(inference.ChatCompletionService).streamChatCompletion(request, call.options);
  try {
    await readStream(call, inference.ChatCompletionStreamResponseSchema, stream, (chunk) => accumulator.add(chunk));
  } finally {
    call.seen.text = accumulator.text();
    call.seen.accumulated = accumulated(accumulator);
  }
}

const OPERATIONS: Record<string, (client: FireworksClient, call: Call) => Promise<unknown>> = {
  async create_chat_completion(client, call) {
    const request = message(call, inference.ChatCompletionRequestSchema);
    const chat = client.service(inference.ChatCompletionService);
    const schema = inference.ChatCompletionResponseSchema;
    const answer = await unary(call, schema, chat.createChatCompletion(request, call.options));
    call.seen.text = textOf(answer.choices[0]?.message);
  },
  stream_chat_completion: streamChat,
  create_embedding(client, call) {
    const request = message(call, inference.EmbeddingRequestSchema);
    const embeddings = client.service(inference.EmbeddingService);
    return unary(call, inference.EmbeddingResponseSchema, embeddings.createEmbedding(request, call.options));
  },
  stream_message(client, call) {
    const request = message(call, inference.AnthropicCreateMessageParamsSchema);
    const stream = client.service(inference.MessageService).streamMessage(request, call.options);
    return readStream(call, inference.AnthropicMessageStreamEventSchema, stream, () => undefined);
  },
  get_model(client, call) {
    const request = message(call, gateway.GetModelRequestSchema);
    return unary(call, gateway.ModelSchema, client.service(gateway.ModelService).getModel(request, call.options));
  },
  create_dataset(client, call) {
    const request = message(call, gateway.CreateDatasetRequestSchema);
    const datasets = client.service(gateway.DatasetService);
    return unary(call, gateway.DatasetSchema, datasets.createDataset(request, call.options));
  },
  delete_model(client, call) {
    const request = message(call, gateway.DeleteModelRequestSchema);
    const models = client.service(gateway.ModelService);
    return unary(call, gateway.DeleteModelResponseSchema, models.deleteModel(request, call.options));
  },
  async list_models(client, call) {
    const names: string[] = [];
    call.seen.names = names;
    const request = message(call, gateway.ListModelsRequestSchema);
    const options = call.limit === undefined ? call.options : { ...call.options, limit: call.limit };
    for await (const { name } of client.list(gateway.ModelService.method.listModels, request, options)) names.push(name);
  },
  upload_dataset_file(client, call) {
    const { name } = call.request as { name?: string };
    if (name === undefined || call.file === undefined) throw new Error("'request.name' and 'file' are needed");
    const upload = client.uploadDatasetFile({ name, file: call.file }, call.options);
    return unary(call, gateway.FileUploadResponseSchema, upload);
  },
};

function failed(error: FireworksError): Json {
  return without({
    code: error.codeName,
    message: error.details,
    reason: error.reason,
    domain: error.domain,
    error_metadata: error.reason === undefined ? undefined : { ...error.metadata },
    retry_delay_ms: error.retryDelayMs,
    request_id: error.requestId,
    field_violations: error.fieldViolations.length > 0 ? error.fieldViolations.map((violation) => ({ ...violation })) : undefined,
  });
}

async function observe(client: FireworksClient, json: Json): Promise<Json> {
  known(json, CALL_KEYS);
  const name = json.operation as string;
  const operation = OPERATIONS[name];
  if (operation === undefined) throw new Error(`unknown operation '${name}'`);
  const want = new Set((json.want ?? []) as string[]);
  known(Object.fromEntries([...want].map((key) => [key, true])), ["messages", "response"]);
  const seen: Json = {};
  const call: Call = {
    request: json.request ?? {},
    options: {
      metadata: (json.metadata ?? {}) as Record<string, string>,
      timeoutMs: json.timeout_ms as number | undefined,
      waitForReady: json.wait_for_ready === true,
      onLeading: (leading) => (seen.leading = ascii(leading)),
      onTrailing: (trailing) => {
        seen.trailing = ascii(trailing);
        const id = trailing.get("x-request-id")[0];
        if (typeof id === "string") seen.request_id = id;
      },
    },
    cancelAfter: json.cancel_after as number | undefined,
    limit: json.limit as number | undefined,
    file: json.file as string | undefined,
    want,
    seen,
  };
  try {
    await operation(client, call);
    return { code: status[status.OK], ...seen };
  } catch (error) {
    if (!(error instanceof FireworksError)) throw error;
    return { ...seen, ...failed(error) };
  }
}

function connectOptions(json: Json): ConnectOptions {
  const options: ConnectOptions = { target: json.targets as string[] };
  if (json.tls !== undefined) {
    const tls = json.tls as Record<string, string | undefined>;
    known(tls, TLS_KEYS);
    options.tls = { caFile: tls.ca_file, certificateFile: tls.certificate_file, keyFile: tls.key_file };
  }
  if (json.token !== undefined) options.token = json.token as string;
  return options;
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const json = JSON.parse(line) as Json;
    known(json, CASE_KEYS);
    await using client = FireworksClient.connect(connectOptions(json));
    const calls: Json[] = [];
    for (const call of json.calls as Json[]) calls.push(await observe(client, call));
    process.stdout.write(`${JSON.stringify({ case: json.case as string, calls })}\n`);
  }
}

await main();
