#!/usr/bin/env python3
"""Prints the service config that all clients share, client/service_config.json.

Usage: service_config.py DESCRIPTOR_SET

The descriptor set holds all imports: //protos:descriptor_set. Only the contract's methods
that are an HTTP GET are repeated. An instance that dies in the middle of any other call can
forbid nothing any more, and a generation would be paid for twice.
"""

import json
import pathlib
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

CONFIG = """{
  "loadBalancingConfig": [{"round_robin": {}}],
  "healthCheckConfig": {"serviceName": ""},
  "methodConfig": [
    {
      "name": [
        %s
      ],
      "retryPolicy": {
        "maxAttempts": 3,
        "initialBackoff": "0.5s",
        "maxBackoff": "8s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]
      }
    }
  ]
}
"""


def get_methods(descriptor_set):
    """Returns service and method of every RPC that is an HTTP GET, sorted."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        pool.AddSerializedFile(file.SerializeToString())
    # Types made from the set itself know google.api.http; Python's own do not. This is
    # the interface of protobuf 3.21, which is Debian's.
    factory = message_factory.MessageFactory(pool)
    factory.GetMessages([file.name for file in files])
    options_type = factory.GetPrototype(pool.FindMessageTypeByName("google.protobuf.MethodOptions"))
    http = pool.FindExtensionByName("google.api.http")
    found = []
    for file in files:
        for service in file.service:
            for method in service.method:
                options = options_type.FromString(method.options.SerializeToString())
                if options.Extensions[http].WhichOneof("pattern") == "get":
                    found.append((f"{file.package}.{service.name}", method.name))
    return sorted(found)


def service_config(descriptor_set):
    names = [json.dumps({"service": service, "method": method}) for service, method in get_methods(descriptor_set)]
    return CONFIG % ",\n        ".join(names)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    sys.stdout.write(service_config(pathlib.Path(arguments[0]).read_bytes()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
