// Shorter things: how to connect, call any service, list, give up, and read errors.
// [START connect]
import { FireworksClient } from "fireworks-grpc";

export function connectWithTls(): FireworksClient {
  return FireworksClient.connect({
    target: "fireworks-grpc.example.com:443",
    tls: { caFile: "ca.pem", certificateFile: "client.pem", keyFile: "client.key" },
    token: () => process.env.FIREWORKS_GRPC_TOKEN ?? "",
  });
}
// [END connect]
// [START list]
import { ModelService } from "fireworks-grpc/gateway";

async function listModels(client: FireworksClient): Promise<void> {
  const request = { parent: "accounts/fireworks", filter: "state = READY" };
  for await (const model of client.list(ModelService.method.listModels, request, { limit: 100 })) {
    console.log(model.name, model.contextLength ?? "");
  }
}
// [END list]
// [START errors]
import { FireworksError, status } from "fireworks-grpc";

async function getModel(client: FireworksClient, name: string): Promise<void> {
  try {
    const model = await client.service(ModelService).getModel({ name }, { timeoutMs: 5000 });
    console.log(model.displayName, model.extraJson);
  } catch (error) {
    if (!(error instanceof FireworksError)) throw error;
    if (error.code === status.NOT_FOUND) console.log(`${name}: no such model, request ${error.requestId}`);
    for (const { field, description } of error.fieldViolations) console.log(`${field}: ${description}`);
    if (error.retryDelayMs !== undefined) console.log(`try again in ${error.retryDelayMs} ms`);
  }
}
// [END errors]
// [START cancel]
import { ChatAccumulator, userMessage } from "fireworks-grpc";
import { ChatCompletionService } from "fireworks-grpc/inference";

async function firstSentence(client: FireworksClient, signal: AbortSignal): Promise<string> {
  const answer = new ChatAccumulator();
  const request = { model: "accounts/fireworks/models/kimi-k2-instruct-0905", messages: [userMessage("Tell me a story.")] };
  for await (const chunk of client.service(ChatCompletionService).streamChatCompletion(request, { signal })) {
    answer.add(chunk);
    if (answer.text().includes(".")) break; // Stops the generation, and its billing.
  }
  return answer.text();
}
// [END cancel]

await using client = FireworksClient.connect(process.env.FIREWORKS_GRPC_TARGET ?? "127.0.0.1:50051");
await listModels(client);
await getModel(client, "accounts/fireworks/models/missing");
await getModel(client, "no name of a model");
console.log(await firstSentence(client, AbortSignal.timeout(60_000)));
