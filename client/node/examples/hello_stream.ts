// Streams one chat completion to the terminal.
// [START hello_stream]
import { FireworksClient, FireworksError, userMessage } from "fireworks-grpc";
import { ChatCompletionService } from "fireworks-grpc/inference";

await using client = FireworksClient.connect(process.env.FIREWORKS_GRPC_TARGET ?? "127.0.0.1:50051");

const stream = client.service(ChatCompletionService).streamChatCompletion({
  model: "accounts/fireworks/models/kimi-k2-instruct-0905",
  messages: [userMessage("Why is the sky blue?")],
});
try {
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
  console.log(`\n${stream.tokenCounts?.completionTokens} tokens, request ${stream.requestId}`);
} catch (error) {
  if (!(error instanceof FireworksError)) throw error;
  console.error(`\n${error.message} (${error.reason}), request ${error.requestId}`);
  process.exitCode = 1;
}
// [END hello_stream]
