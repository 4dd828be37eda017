"""The conformance program of tests/clients/README.md, written as a user of the client would."""

import json
import sys

from google.protobuf import json_format

from fireworks_grpc import ChatAccumulator, Client, FireworksError, Tls, gateway_v1, inference_v1

CHAT = inference_v1.ChatCompletionServiceStub
CASE_KEYS = {"case", "targets", "tls", "token", "calls"}
CALL_KEYS = {
    "operation",
    "request",
    "metadata",
    "timeout_ms",
    "wait_for_ready",
    "cancel_after",
    "limit",
    "file",
    "want",
}


def known(given, keys):
    if set(given) - keys:
        raise ValueError(f"unknown keys: {sorted(set(given) - keys)}")


def as_json(message):
    return json_format.MessageToDict(message)


class Call:
    """One call, and what was seen of it."""

    def __init__(self, client, call):
        known(call, CALL_KEYS)
        self.client = client
        self.call = call
        self.want = call.get("want", [])
        self.seen = {}
        self.options = {
            "metadata": call.get("metadata"),
            "timeout": call["timeout_ms"] / 1000 if "timeout_ms" in call else None,
            "wait_for_ready": call.get("wait_for_ready"),
        }

    def request(self, kind):
        return json_format.ParseDict(self.call.get("request", {}), kind())

    def limits(self):
        """The options that the client's own methods take, too."""
        return {"timeout": self.options["timeout"], "metadata": self.options["metadata"]}

    def run(self):
        operation = getattr(self, self.call["operation"])
        try:
            operation()
            self.seen["code"] = "OK"
        except FireworksError as error:
            self.error(error)
        return self.seen

    def error(self, error):
        self.seen |= {
            "code": error.code.name,
            "message": error.message,
            "leading": dict(error.initial_metadata),
            "trailing": dict(error.trailing_metadata),
        }
        told = {
            "reason": error.reason,
            "domain": error.domain,
            "error_metadata": error.metadata,
            "request_id": error.request_id,
            "field_violations": [vars(violation) for violation in error.field_violations],
        }
        self.seen |= {key: value for key, value in told.items() if value}
        if error.retry_delay is not None:
            self.seen["retry_delay_ms"] = round(error.retry_delay.total_seconds() * 1000)

    def info(self, info):
        self.seen |= {"leading": dict(info.initial_metadata), "trailing": dict(info.trailing_metadata)}
        if info.request_id:
            self.seen["request_id"] = info.request_id

    def unary(self, method, request):
        response, info = method.with_info(request, **self.options)
        if "response" in self.want:
            self.seen["response"] = as_json(response)
        self.info(info)
        return response

    def stream(self, method, request, add):
        stream = method(request, **self.options)
        messages = []
        count = 0
        try:
            for message in stream:
                count += 1
                add(message)
                if "messages" in self.want:
                    messages.append(as_json(message))
                if count == self.call.get("cancel_after"):
                    stream.cancel()
            self.info(stream.info)
        finally:
            self.seen["message_count"] = count
            if "messages" in self.want:
                self.seen["messages"] = messages

    def create_chat_completion(self):
        request = self.request(inference_v1.ChatCompletionRequest)
        response = self.unary(self.client.stub(CHAT).CreateChatCompletion, request)
        self.seen["text"] = response.choices[0].message.content.text if response.choices else ""

    def stream_chat_completion(self):
        whole = ChatAccumulator()
        request = self.request(inference_v1.ChatCompletionRequest)
        try:
            self.stream(self.client.stub(CHAT).StreamChatCompletion, request, whole.add)
        finally:
            self.seen["text"] = whole.text
            self.seen["accumulated"] = accumulated(whole)

    def create_embedding(self):
        stub = self.client.stub(inference_v1.EmbeddingServiceStub)
        return self.unary(stub.CreateEmbedding, self.request(inference_v1.EmbeddingRequest))

    def stream_message(self):
        stub = self.client.stub(inference_v1.MessageServiceStub)
        request = self.request(inference_v1.AnthropicCreateMessageParams)
        return self.stream(stub.StreamMessage, request, lambda message: None)

    def get_model(self):
        stub = self.client.stub(gateway_v1.ModelServiceStub)
        return self.unary(stub.GetModel, self.request(gateway_v1.GetModelRequest))

    def create_dataset(self):
        stub = self.client.stub(gateway_v1.DatasetServiceStub)
        return self.unary(stub.CreateDataset, self.request(gateway_v1.CreateDatasetRequest))

    def delete_model(self):
        stub = self.client.stub(gateway_v1.ModelServiceStub)
        return self.unary(stub.DeleteModel, self.request(gateway_v1.DeleteModelRequest))

    def list_models(self):
        method = self.client.stub(gateway_v1.ModelServiceStub).ListModels
        request = self.request(gateway_v1.ListModelsRequest)
        names = self.seen["names"] = []
        for model in self.client.list(method, request, limit=self.call.get("limit"), **self.limits()):
            names.append(model.name)

    def upload_dataset_file(self):
        response = self.client.upload_dataset_file(self.call["request"]["name"], self.call["file"], **self.limits())
        if "response" in self.want:
            self.seen["response"] = as_json(response)


def accumulated(whole):
    choices = []
    for choice in whole.choices:
        entry = {
            "text": choice.text,
            "reasoning": choice.reasoning,
            "tool_calls": [
                {"id": call.id, "name": call.name, "arguments": call.arguments} for call in choice.tool_calls
            ],
            "finish_reason": choice.finish_reason,
        }
        choices.append({"index": choice.index, **{key: value for key, value in entry.items() if value}})
    seen = {"choices": choices}
    usage = whole.usage
    if usage is not None:
        seen["usage"] = {
            name: getattr(part, name)
            for part, name in (
                (usage, "prompt_tokens"),
                (usage, "completion_tokens"),
                (usage.prompt_tokens_details, "cached_tokens"),
            )
            if part.HasField(name)
        }
    return seen


def observe(case):
    known(case, CASE_KEYS)
    tls = Tls(**case["tls"]) if "tls" in case else None
    with Client(case["targets"], tls=tls, token=case.get("token")) as client:
        return [Call(client, call).run() for call in case["calls"]]


def main():
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({"case": case["case"], "calls": observe(case)}), flush=True)


if __name__ == "__main__":
    main()
