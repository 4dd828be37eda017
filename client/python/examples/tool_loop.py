"""Lets the model call a function until it has its answer."""

import json

from _target import arguments

from fireworks_grpc import ChatAccumulator, Client, inference_v1


def weather(city: str) -> str:
    return json.dumps({"city": city, "celsius": 21})


# [START tool_loop]
def converse(client: Client, model: str, question: str) -> str:
    request = inference_v1.ChatCompletionRequest(model=model)
    request.messages.add(role="user").content.text = question
    tool = request.tools.add().function
    tool.name = "weather"
    tool.description = "The weather of a city, now."
    tool.parameters = '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}'

    for _ in range(5):
        answer = ChatAccumulator(client.stream_chat(request, timeout=60)).choices[0]
        if not answer.tool_calls:
            return answer.text
        request.messages.append(answer.request_message())
        for call in answer.tool_calls:
            print(f"{call.name}({call.arguments})")
            result = request.messages.add(role="tool", tool_call_id=call.id)
            result.content.text = weather(**json.loads(call.arguments))
    raise RuntimeError("the model goes on calling tools")
    # [END tool_loop]


if __name__ == "__main__":
    given = arguments(__doc__)
    with Client(given.target) as client:
        print(converse(client, given.model, "How warm is it in Lisbon?"))
