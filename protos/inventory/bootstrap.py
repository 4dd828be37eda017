#!/usr/bin/env python3
"""Writes .proto files for management operations that the contract lacks.

    bootstrap.py [--inventory upstream.json] [--protos ..] [--comments FILE]

For every operation of the inventory without an RPC, and every schema without a
message, it appends to (or starts) the `<resource>_service.proto` and
`<resource>.proto` of fireworks.gateway.v1. What exists stays as it is: fields of
existing messages are added by hand, with the numbers that `mirror` proposes.

Comments are drawn from names; --comments gives better ones, a JSON object from
element (`Dataset.format`, `Dataset.Format.CHAT`, `DatasetService.GetDataset`) to
text. Either way the files are the product: read each as a caller would, and say
units, range, default and what unset means. Name new files in BUILD.bazel.
"""

import argparse
import json
import pathlib
import re

import naming
from proto_file import ProtoFile
from render import Writer

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = "fireworks/gateway/v1"


def defined_in(folder):
    """Top-level messages and enums, and RPCs, of the .proto files: name -> file stem."""
    types, rpcs = {}, {}
    for path in sorted(folder.glob("*.proto")):
        text = path.read_text()
        types.update(dict.fromkeys(re.findall(r"^(?:message|enum) (\w+)", text, re.M), path.stem))
        rpcs.update(dict.fromkeys(re.findall(r"^  rpc (\w+)", text, re.M), path.stem))
    return types, rpcs


def missing_types(inventory, writer, defined):
    """Top-level types that operations reach and no file defines, by file stem."""
    files = {}
    for op in sorted(inventory["operations"], key=naming.operation_order):
        if op["api"] != "gateway":
            continue
        for schema in writer.reach(op):
            name = writer.names.type_of(schema)
            if name is None or "." in name or name in defined or schema.endswith("Body"):
                continue
            if re.search(r"(Request|Response)$", name):
                continue  # Stands beside its RPC.
            files.setdefault(naming.file_of(name, op), {})[name] = schema
    return files


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inventory", type=pathlib.Path, default=HERE / "upstream.json")
    parser.add_argument("--protos", type=pathlib.Path, default=HERE.parent)
    parser.add_argument("--comments", type=pathlib.Path)
    arguments = parser.parse_args()

    inventory = json.loads(arguments.inventory.read_text())
    comments = json.loads(arguments.comments.read_text()) if arguments.comments else {}
    folder = arguments.protos / PACKAGE
    types, rpcs = defined_in(folder)
    writer = Writer(inventory, comments)

    missing = missing_types(inventory, writer, types)
    for stem, names in missing.items():
        types.update({name: stem for name in names})
    operations = {}
    for op in inventory["operations"]:
        if op["api"] == "gateway" and op["rpc"] not in rpcs:
            operations.setdefault(naming.service_of(op), []).append(op)
    for service, ops in operations.items():
        stem = naming.service_file(service)
        types.update({writer.names.type_of(s): stem for op in ops for s in writer.reach(op)
                      if re.search(r"(Request|Response)$", writer.names.type_of(s) or "")
                      and writer.names.type_of(s) not in types})

    for stem, names in sorted(missing.items()):
        file = ProtoFile(folder / f"{stem}.proto", types, comments)
        for name, schema in names.items():
            file.add_type(writer.type(name, schema))
        file.write()
    for service, ops in sorted(operations.items()):
        file = ProtoFile(folder / f"{naming.service_file(service)}.proto", types, comments)
        ops.sort(key=naming.operation_order)
        file.add_rpcs(service, [writer.rpc(service, op) for op in ops],
                      writer.comment(service, f"Manages {naming.words_of_service(service)}."))
        for op in ops:
            for block in writer.messages_of(op):
                file.add_type(block)
        file.write()


if __name__ == "__main__":
    main()
