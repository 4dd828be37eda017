"""The synchronous client, against a server in this process."""

import datetime
import gc
import pathlib
import tempfile
import unittest

import grpc
from fake_service import WAIT_SECONDS, FakeService, chat_request, chunk
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2

from fireworks_grpc import Client, FieldViolation, FireworksError, Tls, WaitTimeoutError, errors_v1, gateway_v1
from fireworks_grpc.connection import ClientOptions, service_config

HERE = pathlib.Path(__file__).resolve().parent


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.service = FakeService()
        self.addCleanup(self.service.close)
        self.client = Client(self.service.target)
        self.addCleanup(self.client.close)
        self.models = self.client.stub(gateway_v1.ModelServiceStub)


class CallTest(ClientTest):
    def test_unary_call(self):
        response = self.client.chat(chat_request("hi"))
        self.assertEqual(response.choices[0].message.content.text, "hi")

    def test_metadata_goes_along_as_mapping_and_as_pairs(self):
        for metadata in ({"x-session-affinity": "s"}, [("x-session-affinity", "s")]):
            self.client.chat(chat_request(), metadata=metadata)
            self.assertEqual(self.service.chat.metadata["x-session-affinity"], "s")

    def test_a_token_is_sent_with_every_call(self):
        with Client(self.service.target, token="t") as client:
            client.chat(chat_request())
        self.assertEqual(self.service.chat.metadata["authorization"], "Bearer t")

    def test_what_comes_beside_a_response(self):
        from fireworks_grpc import inference_v1

        method = self.client.stub(inference_v1.ChatCompletionServiceStub).CreateChatCompletion
        response, info = method.with_info(chat_request())
        self.assertEqual(response.id, "c")
        self.assertEqual(info.request_id, "r-1")
        self.assertEqual(info.usage.prompt_tokens, 7)
        self.assertIsNone(info.usage.cached_tokens)

    def test_a_method_that_the_server_does_not_have(self):
        with self.assertRaises(FireworksError) as raised:
            self.models.DeleteModel(gateway_v1.DeleteModelRequest(name="m"))
        self.assertIs(raised.exception.code, grpc.StatusCode.UNIMPLEMENTED)
        self.assertEqual(raised.exception.reason, "")

    def test_a_stub_is_made_once(self):
        self.assertIs(self.models, self.client.stub(gateway_v1.ModelServiceStub))


class ErrorTest(ClientTest):
    def broken(self, *details):
        self.service.models.details = details
        with self.assertRaises(FireworksError) as raised:
            self.models.GetModel(gateway_v1.GetModelRequest(name="accounts/a/models/broken"))
        return raised.exception

    def test_all_details_are_told(self):
        violation = error_details_pb2.BadRequest.FieldViolation(field="a[0].b", description="is bad")
        error = self.broken(
            error_details_pb2.ErrorInfo(reason="UPSTREAM_ERROR", domain="fireworks.ai", metadata={"k": "v"}),
            error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=2, nanos=500_000_000)),
            error_details_pb2.RequestInfo(request_id="r-4"),
            error_details_pb2.BadRequest(field_violations=[violation]),
            errors_v1.UpstreamError(http_status=404, code="gone"),
        )
        self.assertIs(error.code, grpc.StatusCode.NOT_FOUND)
        self.assertEqual(error.message, "it is broken")
        self.assertEqual((error.reason, error.domain, error.metadata), ("UPSTREAM_ERROR", "fireworks.ai", {"k": "v"}))
        self.assertEqual(error.retry_delay, datetime.timedelta(seconds=2.5))
        self.assertEqual(error.request_id, "r-4")
        self.assertEqual(error.field_violations, [FieldViolation("a[0].b", "is bad")])
        self.assertEqual(error.upstream.code, "gone")
        self.assertIn("a[0].b: is bad", str(error))

    def test_details_of_others_are_passed_over(self):
        error = self.broken(error_details_pb2.Help(), error_details_pb2.ErrorInfo(reason="R"))
        self.assertEqual(error.reason, "R")

    def test_without_details_the_trailers_tell_the_request(self):
        error = self.broken()
        self.assertEqual((error.reason, error.request_id, error.retry_delay), ("", "r-3", None))

    def test_it_is_what_grpc_raises_too(self):
        self.assertIsInstance(self.broken(), grpc.RpcError)

    def test_a_deadline(self):
        self.service.chat.hangs = True
        with self.assertRaises(FireworksError) as raised:
            list(self.client.stream_chat(chat_request(), timeout=0.05))
        self.assertIs(raised.exception.code, grpc.StatusCode.DEADLINE_EXCEEDED)


class StreamTest(ClientTest):
    def test_messages_in_order_then_what_came_beside_them(self):
        self.service.chat.chunks = [chunk("a"), chunk("b")]
        stream = self.client.stream_chat(chat_request())
        self.assertEqual([message.choices[0].delta.content for message in stream], ["a", "b"])
        self.assertEqual(stream.info.request_id, "r-2")
        self.assertEqual(stream.info.usage.completion_tokens, 2)
        self.assertEqual(stream.initial_metadata["x-early"], "yes")

    def assert_upstream_ends(self):
        self.assertTrue(self.service.chat.ended.wait(WAIT_SECONDS))

    def test_a_stream_that_nobody_refers_to_is_cancelled(self):
        self.service.chat.chunks = [chunk("a")]
        self.service.chat.hangs = True
        for _ in self.client.stream_chat(chat_request()):
            break
        gc.collect()
        self.assert_upstream_ends()

    def test_the_end_of_a_with_cancels(self):
        self.service.chat.chunks = [chunk("a")]
        self.service.chat.hangs = True
        with self.client.stream_chat(chat_request()) as stream:
            next(stream)
        self.assert_upstream_ends()

    def test_a_cancelled_stream_says_so(self):
        self.service.chat.chunks = [chunk("a")]
        self.service.chat.hangs = True
        stream = self.client.stream_chat(chat_request())
        next(stream)
        stream.cancel()
        with self.assertRaises(FireworksError) as raised:
            next(stream)
        self.assertIs(raised.exception.code, grpc.StatusCode.CANCELLED)


class ListTest(ClientTest):
    def names(self, page_size, limit=None):
        request = gateway_v1.ListModelsRequest(parent="accounts/a", page_size=page_size)
        return [model.name for model in self.client.list(self.models.ListModels, request, limit=limit)]

    def test_pages_are_one_sequence(self):
        self.assertEqual(self.names(2), ["m0", "m1", "m2", "m3", "m4"])
        self.assertEqual(len(self.service.models.requests), 3)

    def test_a_limit_stops_asking(self):
        self.assertEqual(self.names(2, limit=2), ["m0", "m1"])
        self.assertEqual(len(self.service.models.requests), 1)
        self.assertEqual(self.names(2, limit=0), [])
        self.assertEqual(len(self.service.models.requests), 1)

    def test_the_request_is_left_as_it_was(self):
        request = gateway_v1.ListModelsRequest(parent="accounts/a", page_size=2)
        list(self.client.list(self.models.ListModels, request))
        self.assertEqual(request.page_token, "")

    def test_pages_themselves(self):
        request = gateway_v1.ListModelsRequest(page_size=2)
        pages = list(self.client.list(self.models.ListModels, request).pages())
        self.assertEqual([len(page.models) for page in pages], [2, 2, 1])

    def test_a_page_that_points_to_itself_is_no_endless_loop(self):
        self.service.models.same_token = True
        with self.assertRaisesRegex(RuntimeError, "that page itself"):
            self.names(2)


class WaitTest(ClientTest):
    REQUEST = gateway_v1.GetModelRequest(name="m")

    def wait(self, states, **options):
        self.service.models.states = states
        self.seen = []
        self.slept = []
        return self.client.wait(
            self.models.GetModel,
            self.REQUEST,
            on_progress=self.seen.append,
            sleep=self.slept.append,
            **options,
        )

    def test_until_a_terminal_state_with_backoff(self):
        uploading = gateway_v1.Model(state=gateway_v1.Model.UPLOADING)
        unknown = gateway_v1.Model(extra_json={"state": '"POLISHING"'})
        ready = gateway_v1.Model(state=gateway_v1.Model.READY)
        model = self.wait([uploading, unknown, uploading, ready], first_delay=1, longest_delay=2)
        self.assertEqual(model.state, gateway_v1.Model.READY)
        self.assertEqual(len(self.seen), 4)
        self.assertEqual(self.slept, [1, 1.5, 2])

    def test_states_of_the_callers_choice(self):
        model = self.wait([gateway_v1.Model(extra_json={"state": '"POLISHING"'})], terminal_states={"POLISHING"})
        self.assertEqual(model.extra_json["state"], '"POLISHING"')
        self.assertEqual(self.slept, [])

    def test_the_time_is_over(self):
        with self.assertRaisesRegex(WaitTimeoutError, "m is still UPLOADING"):
            self.wait([gateway_v1.Model(state=gateway_v1.Model.UPLOADING)], timeout=0)
        self.assertEqual(len(self.seen), 1)

    def test_a_look_has_no_more_than_the_time_that_is_left(self):
        limits = []

        def get(request, timeout, metadata):
            limits.append(timeout)
            return gateway_v1.Model(state=gateway_v1.Model.READY)

        for timeout in (None, 600, 20, 0):
            self.client.wait(get, self.REQUEST, timeout=timeout)
        self.assertEqual([round(limit) for limit in limits], [60, 60, 20, 1])

    def test_a_service_that_is_away_for_a_while_ends_no_wait(self):
        # Not UNAVAILABLE, which gRPC would repeat by itself.
        self.service.models.failures = [grpc.StatusCode.DEADLINE_EXCEEDED] * 4
        self.wait([gateway_v1.Model(state=gateway_v1.Model.READY)])
        self.assertEqual(len(self.seen), 1)
        self.assertEqual(len(self.slept), 4)

    def test_a_service_that_stays_away_does(self):
        self.service.models.failures = [grpc.StatusCode.DEADLINE_EXCEEDED] * 5
        with self.assertRaises(FireworksError):
            self.wait([])

    def test_any_other_error_does_at_once(self):
        self.service.models.failures = [grpc.StatusCode.NOT_FOUND]
        with self.assertRaises(FireworksError):
            self.wait([])
        self.assertEqual(self.slept, [])


class UploadTest(ClientTest):
    def test_a_file_goes_up_in_pieces(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "data.jsonl"
            path.write_bytes(b"x" * 2_500_000)
            progress = []
            response = self.client.upload_dataset_file(
                "accounts/a/datasets/d", path, on_progress=lambda sent, size: progress.append((sent, size))
            )
        self.assertEqual((response.filename, response.bytes), ("data.jsonl", 2_500_000))
        metadata = self.service.datasets.received[0].metadata
        self.assertEqual((metadata.name, metadata.size_bytes), ("accounts/a/datasets/d", 2_500_000))
        self.assertEqual(len(self.service.datasets.received), 4)
        self.assertEqual(progress[-1], (2_500_000, 2_500_000))

    def test_a_file_that_is_not_there_is_no_failed_call(self):
        with self.assertRaises(FileNotFoundError):
            self.client.upload_dataset_file("accounts/a/datasets/d", "/no/such/file")


class ConnectionTest(unittest.TestCase):
    def test_the_service_config_is_the_shared_one(self):
        self.assertEqual(service_config(), (HERE.parents[1] / "service_config.json").read_text("utf-8"))

    def test_grpc_takes_the_service_config(self):
        service = FakeService()
        self.addCleanup(service.close)
        with Client(service.target) as client:
            client.chat(chat_request(), timeout=WAIT_SECONDS)
        with Client(service.target, channel_options=[("grpc.service_config", '{"methodConfig": 1}')]) as client:
            with self.assertRaises(FireworksError):
                client.chat(chat_request(), timeout=WAIT_SECONDS)

    def test_several_targets(self):
        self.assertEqual(ClientOptions(["10.0.0.1:1", "10.0.0.2:2"]).target(), "ipv4:10.0.0.1:1,10.0.0.2:2")
        self.assertEqual(ClientOptions(["[::1]:1", "[::2]:2"]).target(), "ipv6:[::1]:1,[::2]:2")
        for wrong in ([], ["a:1", "b:1"], ["10.0.0.1:1", "[::1]:1"]):
            with self.assertRaises(ValueError):
                ClientOptions(wrong).target()

    def test_a_token_is_not_sent_where_others_can_read_it(self):
        for target in (
            "10.0.0.1:1",
            "service.example:1",
            "dns:///service.example:1",
            "dns://10.0.0.1/localhost:1",
            "127.0.0.1.nip.example:1",
            "ipv4:127.0.0.1:1,10.0.0.1:1",
            "ipv6:[::1]:1,[2001:db8::7]:1",
            "ipv6:[::1]:1%2C[2001:db8::7]:1",
            ["127.0.0.1:1", "10.0.0.1:1"],
        ):
            with self.assertRaisesRegex(ValueError, "over TLS"):
                Client(target, token="t")
        for target in (
            "localhost:1",
            "127.0.0.1:1",
            "[::1]:1",
            "dns:///localhost:1",
            "unix:/tmp/socket",
            "ipv6:[::1]:1,[::1]:2",
        ):
            Client(target, token="t").close()
        Client("service.example:1", token="t", tls=Tls()).close()

    def test_a_token_shows_nowhere(self):
        self.assertNotIn("hidden", repr(ClientOptions(["localhost:1"], token="hidden")))

    def test_a_token_that_is_no_header(self):
        for token in ("", "a\nb", "é"):
            with self.assertRaisesRegex(ValueError, "printable ASCII"):
                Client("localhost:1", token=token)

    def test_half_a_client_certificate(self):
        with self.assertRaisesRegex(ValueError, "come together"):
            Client("localhost:1", tls=Tls(certificate_file="c.pem"))


if __name__ == "__main__":
    unittest.main()
