// Lets the model call functions until it has its answer.
import { FireworksClient } from "fireworks-grpc";
// [START tool_loop]
import { accumulateChat, functionOf, functionTool, textOf, toolMessage, userMessage } from "fireworks-grpc";
import { ChatCompletionService } from "fireworks-grpc/inference";

const tools = [
  functionTool("get_weather", "The weather of a city.", {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  }),
];

async function answer(client: FireworksClient, question: string): Promise<string> {
  const chat = client.service(ChatCompletionService);
  const messages = [userMessage(question)];
  for (let turn = 0; turn < 5; turn++) {
    const model = "accounts/fireworks/models/kimi-k2-instruct-0905";
    const { choices } = await accumulateChat(chat.streamChatCompletion({ model, messages, tools }));
    const message = choices[0]?.message;
    if (!message || message.toolCalls.length === 0) return textOf(message);
    messages.push(message);
    for (const call of message.toolCalls) messages.push(toolMessage(call, callFunction(call)));
  }
  throw new Error("the model went on calling functions");
}

function callFunction(call: Parameters<typeof functionOf>[0]): unknown {
  const { name, arguments: text } = functionOf(call);
  try {
    const { city } = JSON.parse(text) as { city?: unknown };
    if (name !== "get_weather" || typeof city !== "string") throw new Error(`no such function: ${name}(${text})`);
    console.log(`get_weather(${city})`);
    return { city, celsius: 7, sky: "cloudy" };
  } catch (error) {
    // The model wrote the arguments: tell it what is wrong with them.
    return { error: String(error) };
  }
}
// [END tool_loop]

await using client = FireworksClient.connect(process.env.FIREWORKS_GRPC_TARGET ?? "127.0.0.1:50051");
console.log(await answer(client, "How is the weather in Oslo?"));
