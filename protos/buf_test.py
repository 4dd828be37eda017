#!/usr/bin/env python3
"""buf on the contract: lint, compatibility with the last release, format.

Each check is also shown something that it must refuse: a check that has ceased
to check would pass for ever. Run by Bazel (`scripts/check_protos.sh`), which puts
the descriptor set and buf where this looks for them.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
from collections.abc import Callable

from google.protobuf import descriptor_pb2

PROTOS = pathlib.Path("protos").absolute()
CONFIG = PROTOS / "buf.yaml"

FileSet = descriptor_pb2.FileDescriptorSet
Field = descriptor_pb2.FieldDescriptorProto
Message = descriptor_pb2.DescriptorProto


def buf_binary() -> pathlib.Path:
    """The buf that setup.sh installed: one architecture's package is there."""
    found = sorted(PROTOS.glob("node_modules/@bufbuild/*/bin/buf"))
    if not found:
        raise AssertionError("buf is not installed; run `scripts/setup.sh --tests`")
    return found[0]


def last_release() -> pathlib.Path:
    """The image of the release with the highest version."""

    def version(image: pathlib.Path) -> list[int]:
        return [int(part) for part in image.stem[1:].split(".")]

    return max(PROTOS.glob("releases/v*.binpb"), key=version)


class BufTest(unittest.TestCase):
    """Runs buf, on the contract or on a changed copy of it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def buf(self, *arguments: str | pathlib.Path, cwd: pathlib.Path | None = None) -> str:
        """What buf finds; empty when all is well."""
        result = subprocess.run(
            [buf_binary(), *arguments],
            cwd=cwd,
            env={**os.environ, "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        # 100 is buf's "found something"; all else is a broken check.
        self.assertIn(result.returncode, (0, 100), result.stderr)
        self.assertEqual(result.returncode == 100, bool(result.stdout), result.stderr)
        return result.stdout

    def changed(self, change: Callable[[FileSet], None]) -> pathlib.Path:
        """The contract's descriptor set after `change`."""
        files = FileSet.FromString((PROTOS / "contract.binpb").read_bytes())
        change(files)
        path = self.folder / "changed.binpb"
        path.write_bytes(files.SerializeToString())
        return path


def file_of(files: FileSet, name: str) -> descriptor_pb2.FileDescriptorProto:
    return next(file for file in files.file if file.name == name)


def message_of(files: FileSet, name: str) -> Message:
    return next(m for file in files.file for m in file.message_type if m.name == name)


def field_of(files: FileSet, message: str, name: str) -> Field:
    return next(field for field in message_of(files, message).field if field.name == name)


DATASET_SERVICE = "fireworks/gateway/v1/dataset_service.proto"


class LintTest(BufTest):
    def lint(self, files: pathlib.Path, config: str | pathlib.Path = CONFIG) -> str:
        return self.buf("lint", files, "--config", config)

    def test_contract_is_clean(self) -> None:
        self.assertEqual(self.lint(PROTOS / "contract.binpb"), "")

    def test_missing_comment_is_refused(self) -> None:
        def drop_comments(files: FileSet) -> None:
            for location in file_of(files, DATASET_SERVICE).source_code_info.location:
                location.ClearField("leading_comments")

        found = self.lint(self.changed(drop_comments))
        self.assertIn('Service "DatasetService" should have a non-empty comment', found)
        self.assertIn('RPC "ListDatasets" should have a non-empty comment', found)

    def test_unusual_name_is_refused(self) -> None:
        def rename(files: FileSet) -> None:
            field_of(files, "Dataset", "display_name").name = "displayName"

        self.assertIn('"displayName" should be lower_snake_case', self.lint(self.changed(rename)))

    def test_every_exception_is_needed(self) -> None:
        config = CONFIG.read_text(encoding="utf-8")
        start, end = config.index("  ignore_only:\n"), config.index("breaking:\n")
        exceptions = [
            (rule, folder)
            for rule, folders in re.findall(
                r"^    ([A-Z_]+):\n((?:      - .*\n)+)", config[start:end], re.MULTILINE
            )
            for folder in re.findall(r"- (.*)", folders)
        ]
        self.assertNotEqual(exceptions, [])
        strict = self.folder / "strict.yaml"
        strict.write_text(config[:start] + config[end:], encoding="utf-8")
        found = self.buf(
            "lint", PROTOS / "contract.binpb", "--config", strict, "--error-format", "json"
        )
        for rule, folder in exceptions:
            with self.subTest(rule=rule, folder=folder):
                self.assertRegex(found, rf'"path":"{folder}/.*"type":"{rule}"')


class BreakingTest(BufTest):
    def breaking(self, files: pathlib.Path) -> str:
        return self.buf("breaking", files, "--against", last_release(), "--config", CONFIG)

    def assert_refused(self, change: Callable[[FileSet], None], words: str) -> None:
        self.assertRegex(self.breaking(self.changed(change)), words)

    def test_contract_keeps_what_was_released(self) -> None:
        self.assertEqual(self.breaking(PROTOS / "contract.binpb"), "")

    def test_removed_field_is_refused(self) -> None:
        def remove(files: FileSet) -> None:
            message_of(files, "Dataset").field.remove(field_of(files, "Dataset", "user_uploaded"))

        self.assert_refused(remove, 'field "[0-9]+" with name "user_uploaded" .* was deleted')

    def test_renumbered_field_is_refused(self) -> None:
        def renumber(files: FileSet) -> None:
            field_of(files, "Dataset", "display_name").number = 900

        self.assert_refused(renumber, 'field "[0-9]+" with name "display_name" .* was deleted')

    def test_changed_type_is_refused(self) -> None:
        def change_type(files: FileSet) -> None:
            field_of(files, "Dataset", "display_name").type = Field.TYPE_BYTES

        self.assert_refused(change_type, 'changed type from "string" to "bytes"')

    def test_changed_json_key_is_refused(self) -> None:
        def change_key(files: FileSet) -> None:
            field_of(files, "Dataset", "display_name").json_name = "title"

        self.assert_refused(change_key, '"json_name" from "displayName" to "title"')

    def test_removed_enum_value_is_refused(self) -> None:
        def remove(files: FileSet) -> None:
            del message_of(files, "Dataset").enum_type[0].value[-1]

        self.assert_refused(remove, "enum value .* was deleted")

    def test_removed_rpc_is_refused(self) -> None:
        def remove(files: FileSet) -> None:
            del file_of(files, DATASET_SERVICE).service[0].method[0]

        self.assert_refused(remove, 'RPC "ListDatasets" on service "DatasetService" was deleted')

    def test_unary_rpc_that_streams_is_refused(self) -> None:
        def stream(files: FileSet) -> None:
            file_of(files, DATASET_SERVICE).service[0].method[0].server_streaming = True

        self.assert_refused(stream, 'RPC "ListDatasets" .* server streaming')

    def test_removed_file_is_refused(self) -> None:
        def remove(files: FileSet) -> None:
            files.file.remove(file_of(files, DATASET_SERVICE))

        self.assert_refused(remove, f'"{DATASET_SERVICE}" was deleted')

    def test_new_field_message_and_rpc_are_welcome(self) -> None:
        def add(files: FileSet) -> None:
            message_of(files, "Dataset").field.add(
                name="shelf",
                number=999,
                label=Field.LABEL_OPTIONAL,
                type=Field.TYPE_STRING,
                json_name="shelf",
            )
            file = file_of(files, DATASET_SERVICE)
            file.message_type.add(name="ShelveDatasetRequest")
            file.message_type.add(name="ShelveDatasetResponse")
            file.service[0].method.add(
                name="ShelveDataset",
                input_type=".fireworks.gateway.v1.ShelveDatasetRequest",
                output_type=".fireworks.gateway.v1.ShelveDatasetResponse",
            )

        self.assertEqual(self.breaking(self.changed(add)), "")


class FormatTest(BufTest):
    def format(self, module: pathlib.Path) -> str:
        return self.buf("format", "--diff", "--exit-code", "--path", "fireworks", cwd=module)

    def copy(self) -> pathlib.Path:
        """A module of the contract's sources: buf formats files, no descriptors."""
        module = self.folder / "module"
        shutil.copytree(PROTOS / "fireworks", module / "fireworks")
        shutil.copy(CONFIG, module)
        return module

    def test_sources_are_formatted(self) -> None:
        self.assertEqual(self.format(self.copy()), "")

    def test_other_indentation_is_refused(self) -> None:
        module = self.copy()
        file = module / DATASET_SERVICE
        file.chmod(0o644)
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("  rpc ListDatasets", "    rpc ListDatasets"), "utf-8")
        self.assertRegex(self.format(module), r"(?m)^-    rpc ListDatasets")


if __name__ == "__main__":
    unittest.main()
