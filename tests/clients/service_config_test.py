#!/usr/bin/env python3
"""The clients repeat what is safe to repeat, and nothing else, by their service config."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path("client").absolute()))
sys.dont_write_bytecode = True

from service_config import get_methods, service_config  # noqa: E402

CONFIG = pathlib.Path("client/service_config.json")
CONTRACT = pathlib.Path("protos/contract.binpb")


class ServiceConfigTest(unittest.TestCase):
    def test_it_is_what_the_contract_makes_of_it(self):
        self.assertEqual(
            CONFIG.read_text(encoding="utf-8"),
            service_config(CONTRACT.read_bytes()),
            "run client/service_config.py, and copy the file to client/go and client/python",
        )

    def test_exactly_the_methods_that_are_get_are_repeated(self):
        names = [
            (name.get("service"), name.get("method"))
            for config in json.loads(CONFIG.read_text(encoding="utf-8"))["methodConfig"]
            for name in config["name"]
        ]
        self.assertEqual(names, get_methods(CONTRACT.read_bytes()))
        self.assertIn(("fireworks.gateway.v1.ModelService", "GetModel"), names)
        # POST, DELETE, PATCH, and what is no HTTP call by itself.
        for service, method in [
            ("inference.v1.ChatCompletionService", "CreateChatCompletion"),
            ("inference.v1.ChatCompletionService", "StreamChatCompletion"),
            ("inference.v1.EmbeddingService", "CreateEmbedding"),
            ("gateway.v1.ModelService", "DeleteModel"),
            ("gateway.v1.ModelService", "UpdateModel"),
            ("gateway.v1.DatasetService", "UploadDatasetFile"),
        ]:
            self.assertNotIn(("fireworks." + service, method), names)


if __name__ == "__main__":
    unittest.main()
