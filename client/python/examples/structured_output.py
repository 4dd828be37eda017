"""Asks for an answer that follows a JSON Schema."""

import json

from _target import arguments

from fireworks_grpc import Client, inference_v1

# [START structured_output]
SCHEMA = """{
  "type": "object",
  "properties": {"name": {"type": "string"}, "year": {"type": "integer"}},
  "required": ["name", "year"]
}"""


def inventor(client: Client, model: str, of: str) -> tuple[str, int]:
    request = inference_v1.ChatCompletionRequest(model=model, max_tokens=200)
    request.messages.add(role="user").content.text = f"Who invented {of}, and when?"
    request.response_format.type = "json_schema"
    request.response_format.json_schema.object = f'{{"name": "inventor", "schema": {SCHEMA}}}'

    answer = json.loads(client.chat(request, timeout=60).choices[0].message.content.text)
    return answer["name"], answer["year"]
    # [END structured_output]


if __name__ == "__main__":
    given = arguments(__doc__)
    with Client(given.target) as client:
        print(inventor(client, given.model, "the telephone"))
