"""Finds the text that is closest to a question."""

from _target import arguments

from fireworks_grpc import Client, inference_v1

MODEL = "accounts/fireworks/models/qwen3-embedding-8b"

# [START embeddings_search]
TEXTS = ["The cat sleeps on the sofa.", "Rain is expected tomorrow.", "The stock market fell."]


def embed(client: Client, texts: list[str]) -> list[list[float]]:
    request = inference_v1.EmbeddingRequest(model=MODEL, normalize=True)
    request.input.texts.values.extend(texts)
    stub = client.stub(inference_v1.EmbeddingServiceStub)
    return [list(each.embedding.numbers.values) for each in stub.CreateEmbedding(request, timeout=60).data]


def closest(client: Client, question: str) -> str:
    asked, *vectors = embed(client, [question, *TEXTS])

    def likeness(index: int) -> float:
        return sum(a * b for a, b in zip(asked, vectors[index]))

    return TEXTS[max(range(len(TEXTS)), key=likeness)]
    # [END embeddings_search]


if __name__ == "__main__":
    with Client(arguments(__doc__).target) as client:
        print(closest(client, "Rain is expected tomorrow."))
