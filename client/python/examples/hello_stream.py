"""Streams one chat completion to the terminal."""

from _target import arguments

# [START hello_stream]
from fireworks_grpc import ChatAccumulator, Client, FireworksError, inference_v1


def hello(target: str, model: str) -> None:
    request = inference_v1.ChatCompletionRequest(model=model)
    request.messages.add(role="user").content.text = "Say hello."

    with Client(target) as client:
        whole = ChatAccumulator()
        with client.stream_chat(request, timeout=60) as stream:
            try:
                for chunk in stream:
                    whole.add(chunk)
                    for choice in chunk.choices:
                        print(choice.delta.content, end="", flush=True)
            except FireworksError as error:
                print(f"\nfailed: {error.code.name}, reason {error.reason}, retry after {error.retry_delay}")
                raise
            print(f"\n{whole.choices[0].finish_reason}, request {stream.info.request_id}, {stream.info.usage}")
            # [END hello_stream]


if __name__ == "__main__":
    given = arguments(__doc__)
    hello(given.target, given.model)
