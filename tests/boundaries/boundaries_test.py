#!/usr/bin/env python3
"""Keeps the arrows between folders: who may use whom, and who knows what not.

RULES is the whole law. It is checked against every #include line and every
label of a BUILD file below the folders that it names. Run by itself, from
anywhere: `python3 tests/boundaries/boundaries_test.py`.
"""

import collections
import pathlib
import re
import tempfile
import unittest

# uses: the folders, beside its own, whose headers and targets a folder may use;
# "protos" is the generated contract.
# knows_no: libraries of LIBRARIES that it must do without.
Rule = collections.namedtuple("Rule", ["uses", "knows_no"], defaults=[()])

RULES = {
    # main.cc, and nothing else, stands in service/ itself.
    "service": Rule(["service/server"]),
    "service/server": Rule(
        [
            "protos",
            "service/access",
            "service/contract",
            "service/errors",
            "service/json",
            "service/redis",
            "service/telemetry",
            "service/upstream",
        ],
        knows_no=["opentelemetry"],
    ),
    "service/access": Rule(["protos", "service/errors"], knows_no=["curl", "grpc"]),
    "service/contract": Rule(["protos", "service/errors"], knows_no=["curl", "grpc"]),
    "service/errors": Rule([], knows_no=["curl", "grpc"]),
    "service/json": Rule(["protos", "service/errors"], knows_no=["curl", "grpc"]),
    "service/sse": Rule([], knows_no=["curl", "grpc", "nlohmann", "protobuf"]),
    "service/redis": Rule(
        ["service/access", "service/upstream"], knows_no=["curl", "grpc", "nlohmann", "protobuf"]
    ),
    "service/telemetry": Rule([]),
    "service/upstream": Rule(["service/sse"], knows_no=["grpc", "opentelemetry", "protobuf"]),
    # Shares nothing with what it tests: else both could be wrong alike.
    "tests/simulator": Rule([]),
    # Its expectations must not come from the code that it tests.
    "tests/conformance": Rule(["protos", "service/server", "service/upstream", "tests/simulator"]),
    "client": Rule(["client/cpp/policy", "protos", "tests/simulator"]),
    # `fwctl policy` decides as the service would, offline, and so by the same code.
    "client/cpp/policy": Rule(
        ["protos", "service/access", "service/contract", "service/server"], knows_no=["curl", "grpc"]
    ),
}

# How a library shows: in the path of an #include, and in a label.
LIBRARIES = {
    "curl": (r"curl/", r"@system//:curl"),
    "grpc": (r"grpc(pp|\+\+)?/|.*\.grpc\.pb\.h", r"@system//:grpc.*|//bazel:health"),
    "nlohmann": (r"nlohmann/", r"@system//:json"),
    "opentelemetry": (r"opentelemetry/", r"@system//:opentelemetry"),
    "protobuf": (
        r"google/(protobuf|rpc|api)/|.*\.pb\.h",
        r"@system//:protobuf|//bazel:googleapis|//protos\b.*",
    ),
}

# What every test may use, wherever it stands.
TEST_SUPPORT = "tests/support"

INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')
LABEL = re.compile(r'"(@system//[^"]*|//[^"]*)"')
# Labels that are no dependency on code: visibility, load(), and the upstream's facts.
NO_DEPENDENCY = re.compile(
    r"//visibility:|//.*:__(pkg|subpackages)__|//.*\.bzl|//protos/inventory:upstream\.json$"
)
SOURCE_SUFFIXES = {".h", ".hpp", ".inc", ".c", ".cc", ".cpp"}


def rule_folder(path):
    """The folder of RULES that `path` lies in; None outside all of them."""
    best = None
    for folder in RULES:
        if path.startswith(folder + "/") and (best is None or len(folder) > len(best)):
            best = folder
    if best == "service" and path.count("/") > 1:
        return "service/" + path.split("/")[1]  # a folder without a rule
    return best


def used_folder(path):
    """The folder that a path or label inside the project belongs to, or None."""
    if path.startswith("fireworks/") or path.startswith("protos/"):
        return "protos"
    if path.startswith(TEST_SUPPORT + "/"):
        return TEST_SUPPORT
    return rule_folder(path)


def problem_of_use(folder, used, test):
    """Why `folder` must not use the folder `used`, or None."""
    if used is None or used == folder or used in RULES[folder].uses:
        return None
    if used == TEST_SUPPORT and test:
        return None
    return f"{folder} must not use {used}"


def problem_of_library(folder, text, column):
    """Why `folder` must not use the library that `text` shows, or None."""
    for library in RULES[folder].knows_no:
        if re.match(LIBRARIES[library][column], text):
            return f"{folder} knows no {library}"
    return None


def problems_of_line(folder, name, line):
    """All that is wrong with one line of the file `name`."""
    if name.startswith("BUILD"):
        for label in LABEL.findall(line):
            if NO_DEPENDENCY.match(label):
                continue
            path = label[2:].replace(":", "/") if label.startswith("//") else ""
            # A package named alone, //a/b, is the target of its last part.
            used = used_folder(path if ":" in label else path + "/")
            yield problem_of_use(folder, used, test=True)
            yield problem_of_library(folder, label, 1)
    else:
        match = INCLUDE.match(line)
        if match:
            test = pathlib.PurePath(name).stem.endswith(("_test", "_benchmark"))
            yield problem_of_use(folder, used_folder(match[1]), test)
            yield problem_of_library(folder, match[1], 0)


def check(root):
    """All offences below `root`, as "file:line: problem: text"."""
    offences = []
    for top in sorted({folder.split("/")[0] for folder in RULES}):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in SOURCE_SUFFIXES and file.name not in ("BUILD.bazel", "BUILD"):
                continue
            path = file.relative_to(root).as_posix()
            folder = rule_folder(path)
            if folder is None:
                continue
            if folder not in RULES:
                offences.append(f"{path}:1: {folder} has no rule in boundaries_test.py")
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), start=1):
                for problem in problems_of_line(folder, file.name, line):
                    if problem is not None:
                        offences.append(f"{path}:{number}: {problem}: {line.strip()}")
    return offences


class ProjectTest(unittest.TestCase):
    def test_every_folder_keeps_to_its_rule(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        self.assertTrue((root / "service").is_dir(), f"{root} is not the project")
        offences = check(root)
        self.assertEqual(offences, [], "\n" + "\n".join(offences))

    def test_every_used_folder_has_a_rule(self):
        for folder, rule in RULES.items():
            for used in rule.uses:
                self.assertTrue(used in RULES or used == "protos", f"{folder} uses {used}")


class PlantedOffenceTest(unittest.TestCase):
    """The check finds what it is for."""

    def offences(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / path
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            return check(pathlib.Path(folder))

    def assert_offence(self, path, text, line, problem):
        found = self.offences(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{line}: {problem}: "), found)

    def test_reversed_arrow(self):
        self.assert_offence(
            "service/contract/route.cc",
            '#include <string>\n\n#include "service/server/call.h"\n',
            3,
            "service/contract must not use service/server",
        )

    def test_skipped_level(self):
        self.assert_offence(
            "service/main.cc",
            '#include "service/sse/parser.h"\n',
            1,
            "service must not use service/sse",
        )

    def test_library_in_an_include(self):
        for folder, include, library in [
            ("service/contract", "<curl/curl.h>", "curl"),
            ("service/contract", '"grpcpp/grpcpp.h"', "grpc"),
            ("service/json", "<grpc/grpc.h>", "grpc"),
            ("service/sse", "<nlohmann/json.hpp>", "nlohmann"),
            ("service/sse", '"google/protobuf/message.h"', "protobuf"),
            ("service/upstream", '"google/rpc/code.pb.h"', "protobuf"),
            ("service/server", '"opentelemetry/trace/span.h"', "opentelemetry"),
        ]:
            line = f"#include {include}\n"
            problem = f"{folder} knows no {library}"
            self.assert_offence(folder + "/x.cc", line, 1, problem)
            self.assert_offence(folder + "/testing/x.h", line, 1, problem)

    def test_generated_service_is_grpc(self):
        self.assert_offence(
            "service/json/x.cc",
            '#include "fireworks/gateway/v1/model_service.grpc.pb.h"\n',
            1,
            "service/json knows no grpc",
        )

    def test_spaced_include(self):
        self.assert_offence(
            "service/sse/x.cc", "  #  include <curl/curl.h>\n", 1, "service/sse knows no curl"
        )

    def test_label_in_a_build_file(self):
        for folder, label, problem in [
            ("service/json", "//service/contract:route", "must not use service/contract"),
            ("service/json", "//service/server", "must not use service/server"),
            ("service/upstream", "@system//:protobuf", "knows no protobuf"),
            ("service/upstream", "//bazel:googleapis", "knows no protobuf"),
            ("service/sse", "@system//:json", "knows no nlohmann"),
            ("service/sse", "@system//:grpc", "knows no grpc"),
            ("client", "//service/json:encode", "must not use service/json"),
            ("tests/simulator", "//protos:inference", "must not use protos"),
        ]:
            text = f'deps = [\n    "{label}",\n]\n'
            self.assert_offence(folder + "/a/BUILD.bazel", text, 2, f"{folder} {problem}")

    def test_simulator_shares_nothing(self):
        for include, used in [
            ("service/json/encode.h", "service/json"),
            ("fireworks/inference/v1/usage.pb.h", "protos"),
            ("client/cpp/client.h", "client"),
        ]:
            self.assert_offence(
                "tests/simulator/x.cc",
                f'#include "{include}"\n',
                1,
                f"tests/simulator must not use {used}",
            )

    def test_client_and_service_are_apart(self):
        text = '#include "service/errors/errors.h"\n'
        self.assert_offence("client/cpp/x.h", text, 1, "client must not use service/errors")

    def test_support_is_for_tests(self):
        text = '#include "tests/support/x.h"\n'
        self.assertEqual(self.offences("service/sse/x_test.cc", text), [])
        self.assert_offence("service/sse/x.cc", text, 1, "service/sse must not use tests/support")

    def test_folder_without_a_rule(self):
        self.assertEqual(
            self.offences("service/cache/x.h", "#include <string>\n"),
            ["service/cache/x.h:1: service/cache has no rule in boundaries_test.py"],
        )

    def test_what_is_allowed(self):
        for path, text in [
            ("service/main.cc", '#include "service/server/server.h"'),
            ("service/server/x.cc", "#include <grpcpp/grpcpp.h>"),
            ("service/upstream/x.cc", '#include "service/sse/parser.h"'),
            ("service/upstream/x.cc", "#include <curl/curl.h>"),
            ("service/contract/x.cc", '#include "fireworks/options/v1/options.pb.h"'),
            ("service/sse/x.cc", '// #include "service/server/call.h" would be wrong'),
            ("service/sse/BUILD.bazel", 'visibility = ["//service/upstream:__subpackages__"]'),
            ("service/sse/BUILD.bazel", 'load("//bazel:proto.bzl", "cc_protos")'),
            ("tests/simulator/BUILD.bazel", 'srcs = ["//protos/inventory:upstream.json"]'),
            ("tests/e2e/x.cc", '#include "service/server/server.h"'),
        ]:
            self.assertEqual(self.offences(path, text + "\n"), [], path)


if __name__ == "__main__":
    unittest.main()
