// Finds the document that is nearest to a question.
import { FireworksClient } from "fireworks-grpc";
// [START embeddings_search]
import { EmbeddingService } from "fireworks-grpc/inference";

async function embed(client: FireworksClient, texts: string[]): Promise<number[][]> {
  const { data } = await client.service(EmbeddingService).createEmbedding({
    model: "nomic-ai/nomic-embed-text-v1.5",
    input: { kind: { case: "texts", value: { values: texts } } },
    normalize: true,
  });
  const vectors: number[][] = [];
  for (const { index, embedding } of data) {
    if (embedding?.kind.case === "numbers") vectors[index ?? 0] = embedding.kind.value.values;
  }
  return vectors;
}

function nearest(question: number[], documents: number[][]): number {
  const scores = documents.map((document) => document.reduce((sum, x, i) => sum + x * (question[i] ?? 0), 0));
  return scores.indexOf(Math.max(...scores));
}
// [END embeddings_search]

const documents = ["How to bake bread.", "How to change a tyre.", "How to grow tomatoes."];
await using client = FireworksClient.connect(process.env.FIREWORKS_GRPC_TARGET ?? "127.0.0.1:50051");
const [question, ...vectors] = await embed(client, ["How to change a tyre.", ...documents]);
if (!question || vectors.length !== documents.length) throw new Error("a vector is missing");
console.log(documents[nearest(question, vectors)]);
