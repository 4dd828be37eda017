// Asks for JSON that a schema describes.
import { FireworksClient } from "fireworks-grpc";
// [START structured_output]
import { jsonSchemaFormat, systemMessage, textOf, userMessage } from "fireworks-grpc";
import { ChatCompletionService } from "fireworks-grpc/inference";

async function extract(client: FireworksClient, text: string): Promise<{ name: string; age: number }> {
  const { choices } = await client.service(ChatCompletionService).createChatCompletion({
    model: "accounts/fireworks/models/kimi-k2-instruct-0905",
    messages: [systemMessage("Answer with JSON: the person's name and age."), userMessage(text)],
    responseFormat: jsonSchemaFormat("person", {
      type: "object",
      properties: { name: { type: "string" }, age: { type: "integer" } },
      required: ["name", "age"],
    }),
  });
  // An answer that ran out of tokens is cut off, and no JSON.
  if (choices[0]?.finishReason !== "stop") throw new Error(`ended by ${choices[0]?.finishReason}`);
  return JSON.parse(textOf(choices[0].message)) as { name: string; age: number };
}
// [END structured_output]

await using client = FireworksClient.connect(process.env.FIREWORKS_GRPC_TARGET ?? "127.0.0.1:50051");
const person = await extract(client, "Ada turned 36 in December.");
if (typeof person.name !== "string" || !Number.isInteger(person.age)) throw new Error(JSON.stringify(person));
console.log(`${person.name}, ${person.age}`);
