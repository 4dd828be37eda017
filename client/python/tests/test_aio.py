"""The asyncio client, against a server in this process."""

import asyncio
import gc
import pathlib
import tempfile
import unittest

import grpc
from fake_service import WAIT_SECONDS, FakeService, chat_request, chunk

from fireworks_grpc import AsyncClient, FireworksError, gateway_v1


class AsyncClientTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.service = FakeService()
        self.addCleanup(self.service.close)
        self.client = AsyncClient(self.service.target)
        self.models = self.client.stub(gateway_v1.ModelServiceAsyncStub)

    async def asyncTearDown(self):
        await self.client.close()

    async def assert_upstream_ends(self):
        self.assertTrue(await asyncio.to_thread(self.service.chat.ended.wait, WAIT_SECONDS))

    async def test_unary_call(self):
        response = await self.client.chat(chat_request("hi"))
        self.assertEqual(response.choices[0].message.content.text, "hi")

    async def test_an_error(self):
        with self.assertRaises(FireworksError) as raised:
            await self.models.GetModel(gateway_v1.GetModelRequest(name="accounts/a/models/broken"))
        self.assertIs(raised.exception.code, grpc.StatusCode.NOT_FOUND)
        self.assertEqual(raised.exception.request_id, "r-3")

    async def test_messages_in_order_then_what_came_beside_them(self):
        self.service.chat.chunks = [chunk("a"), chunk("b")]
        stream = self.client.stream_chat(chat_request())
        self.assertEqual([message.choices[0].delta.content async for message in stream], ["a", "b"])
        self.assertEqual((await stream.info()).usage.completion_tokens, 2)
        self.assertEqual((await stream.initial_metadata())["x-early"], "yes")

    async def test_a_stream_that_nobody_refers_to_is_cancelled(self):
        self.service.chat.chunks = [chunk("a")]
        self.service.chat.hangs = True
        async for _ in self.client.stream_chat(chat_request()):
            break
        gc.collect()
        await self.assert_upstream_ends()

    async def test_a_task_that_is_cancelled_cancels_its_stream(self):
        self.service.chat.chunks = [chunk("a")]
        self.service.chat.hangs = True
        first = asyncio.Event()

        async def read():
            async for _ in self.client.stream_chat(chat_request()):
                first.set()

        task = asyncio.create_task(read())
        await asyncio.wait_for(first.wait(), WAIT_SECONDS)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        await self.assert_upstream_ends()

    async def test_a_cancelled_stream_says_so(self):
        self.service.chat.chunks = [chunk("a")]
        self.service.chat.hangs = True
        async with self.client.stream_chat(chat_request()) as stream:
            await stream.__anext__()
            stream.cancel()
            with self.assertRaises(FireworksError) as raised:
                await stream.__anext__()
        self.assertIs(raised.exception.code, grpc.StatusCode.CANCELLED)

    async def test_an_error_inside_a_stream(self):
        self.service.chat.hangs = True
        with self.assertRaises(FireworksError) as raised:
            async for _ in self.client.stream_chat(chat_request(), timeout=0.05):
                pass
        self.assertIs(raised.exception.code, grpc.StatusCode.DEADLINE_EXCEEDED)

    async def test_pages_are_one_sequence(self):
        request = gateway_v1.ListModelsRequest(page_size=2)
        models = self.client.list(self.models.ListModels, request)
        self.assertEqual([model.name async for model in models], ["m0", "m1", "m2", "m3", "m4"])
        limited = self.client.list(self.models.ListModels, request, limit=2)
        self.assertEqual([model.name async for model in limited], ["m0", "m1"])
        self.assertEqual(len(self.service.models.requests), 4)

    async def test_waiting(self):
        self.service.models.states = [
            gateway_v1.Model(state=gateway_v1.Model.UPLOADING),
            gateway_v1.Model(state=gateway_v1.Model.READY),
        ]
        slept = []

        async def sleep(seconds):
            slept.append(seconds)

        model = await self.client.wait(self.models.GetModel, gateway_v1.GetModelRequest(name="m"), sleep=sleep)
        self.assertEqual(model.state, gateway_v1.Model.READY)
        self.assertEqual(slept, [1.0])

    async def test_a_look_has_no_more_than_the_time_that_is_left(self):
        limits = []

        async def get(request, timeout, metadata):
            limits.append(timeout)
            return gateway_v1.Model(state=gateway_v1.Model.READY)

        await self.client.wait(get, gateway_v1.GetModelRequest(name="m"), timeout=20)
        self.assertEqual([round(limit) for limit in limits], [20])

    async def test_an_upload(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "data.jsonl"
            path.write_bytes(b"x" * 1_500_000)
            response = await self.client.upload_dataset_file("accounts/a/datasets/d", path)
        self.assertEqual(response.bytes, 1_500_000)

    async def test_what_ends_an_upload_from_within_is_raised(self):
        def on_progress(sent, size):
            raise OverflowError("no more")

        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "data.jsonl"
            path.write_bytes(b"x")
            with self.assertRaisesRegex(OverflowError, "no more"):
                await self.client.upload_dataset_file("accounts/a/datasets/d", path, on_progress=on_progress)

    async def test_an_upload_that_is_cancelled_says_so(self):
        waiting = asyncio.Event()

        async def requests():
            waiting.set()
            await asyncio.Event().wait()
            yield gateway_v1.UploadDatasetFileRequest()

        stub = self.client.stub(gateway_v1.DatasetServiceAsyncStub)
        task = asyncio.create_task(stub.UploadDatasetFile(requests()))
        await asyncio.wait_for(waiting.wait(), WAIT_SECONDS)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task


if __name__ == "__main__":
    unittest.main()
