"""Streams two chat completions at a time."""

import asyncio

from _target import arguments

# [START hello_asyncio]
from fireworks_grpc import AsyncClient, ChatAccumulator, inference_v1


async def ask(client: AsyncClient, model: str, question: str) -> str:
    request = inference_v1.ChatCompletionRequest(model=model)
    request.messages.add(role="user").content.text = question
    whole = ChatAccumulator()
    async for chunk in client.stream_chat(request, timeout=60):
        whole.add(chunk)
    return whole.text


async def ask_both(target: str, model: str) -> None:
    async with AsyncClient(target) as client:
        print(await asyncio.gather(ask(client, model, "Why is the sky blue?"), ask(client, model, "And grass?")))


# [END hello_asyncio]

if __name__ == "__main__":
    given = arguments(__doc__)
    asyncio.run(ask_both(given.target, given.model))
