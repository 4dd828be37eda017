"""Every operation of the contract can be called on a client's channel."""

import asyncio
import importlib
import pkgutil
import sys
import unittest

from fireworks_grpc import AsyncClient, Client, _gen, calls, gateway_v1, inference_v1, service_v1

FACADES = {
    "fireworks.gateway.v1": gateway_v1,
    "fireworks.inference.v1": inference_v1,
    "fireworks.service.v1": service_v1,
}


def services():
    for module in pkgutil.walk_packages(_gen.__path__, _gen.__name__ + "."):
        if module.name.endswith("_pb2"):
            yield from importlib.import_module(module.name).DESCRIPTOR.services_by_name.values()


def check(test, client, stub_ending, methods):
    count = 0
    for service in services():
        facade = FACADES[service.file.package]
        stub = client.stub(getattr(facade, service.name + stub_ending))
        for method in service.methods:
            test.assertIsInstance(getattr(stub, method.name), methods)
            count += 1
    test.assertGreater(count, 206)


class ContractTest(unittest.TestCase):
    def test_every_method_is_on_a_clients_stubs(self):
        with Client("127.0.0.1:1") as client:
            check(self, client, "Stub", (calls.UnaryMethod, calls.StreamMethod, calls.UploadMethod))

    def test_every_method_is_on_an_async_clients_stubs(self):
        async def run():
            async with AsyncClient("127.0.0.1:1") as client:
                methods = (calls.AsyncUnaryMethod, calls.AsyncStreamMethod, calls.AsyncUploadMethod)
                check(self, client, "AsyncStub", methods)

        asyncio.run(run())

    def test_nothing_claims_the_top_level_of_others(self):
        self.assertNotIn("fireworks", sys.modules)
        self.assertFalse([name for name in sys.modules if name.startswith("fireworks_grpc._gen.google")])


if __name__ == "__main__":
    unittest.main()
