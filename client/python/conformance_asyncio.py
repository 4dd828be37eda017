"""The conformance program once more, with the asyncio client."""

import asyncio
import json
import sys

from conformance import CASE_KEYS, CHAT, Call, accumulated, as_json, known
from fireworks_grpc import AsyncClient, ChatAccumulator, FireworksError, Tls, gateway_v1, inference_v1


class AsyncCall(Call):
    """The operations that wait, as coroutines; the others only begin one of these."""

    async def run(self):
        try:
            await getattr(self, self.call["operation"])()
            self.seen["code"] = "OK"
        except FireworksError as error:
            self.error(error)
        return self.seen

    async def unary(self, method, request):
        response, info = await method.with_info(request, **self.options)
        if "response" in self.want:
            self.seen["response"] = as_json(response)
        self.info(info)
        return response

    async def stream(self, method, request, add):
        stream = method(request, **self.options)
        messages = []
        count = 0
        try:
            async for message in stream:
                count += 1
                add(message)
                if "messages" in self.want:
                    messages.append(as_json(message))
                if count == self.call.get("cancel_after"):
                    stream.cancel()
            self.info(await stream.info())
        finally:
            self.seen["message_count"] = count
            if "messages" in self.want:
                self.seen["messages"] = messages

    async def create_chat_completion(self):
        request = self.request(inference_v1.ChatCompletionRequest)
        response = await self.unary(self.client.stub(CHAT).CreateChatCompletion, request)
        self.seen["text"] = response.choices[0].message.content.text if response.choices else ""

    async def stream_chat_completion(self):
        whole = ChatAccumulator()
        request = self.request(inference_v1.ChatCompletionRequest)
        try:
            await self.stream(self.client.stub(CHAT).StreamChatCompletion, request, whole.add)
        finally:
            self.seen["text"] = whole.text
            self.seen["accumulated"] = accumulated(whole)

    async def list_models(self):
        method = self.client.stub(gateway_v1.ModelServiceAsyncStub).ListModels
        request = self.request(gateway_v1.ListModelsRequest)
        names = self.seen["names"] = []
        async for model in self.client.list(method, request, limit=self.call.get("limit"), **self.limits()):
            names.append(model.name)

    async def upload_dataset_file(self):
        response = await self.client.upload_dataset_file(
            self.call["request"]["name"], self.call["file"], **self.limits()
        )
        if "response" in self.want:
            self.seen["response"] = as_json(response)


async def observe(case):
    known(case, CASE_KEYS)
    tls = Tls(**case["tls"]) if "tls" in case else None
    async with AsyncClient(case["targets"], tls=tls, token=case.get("token")) as client:
        return [await AsyncCall(client, call).run() for call in case["calls"]]


def main():
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({"case": case["case"], "calls": asyncio.run(observe(case))}), flush=True)


if __name__ == "__main__":
    main()
