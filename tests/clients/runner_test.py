#!/usr/bin/env python3
"""The runner must fail what is wrong. Programs, service and simulator are made up.

Ends with a line "N passed, N failed". Run by itself, from anywhere.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import case_file  # noqa: E402
from expectations import ABSENT, differences  # noqa: E402

SIMULATOR = '''#!/usr/bin/env python3
import http.server, socketserver
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = b"[]" if self.path == "/simulator/requests" else b"{}"
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST = answer
    def log_message(self, *arguments):
        pass
# Not HTTPServer, which asks for the address's name first.
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
print("listening on 127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()
'''

SERVICE = '''#!/usr/bin/env python3
import os, pathlib, signal, sys
pathlib.Path(__file__ + ".pid").write_text(str(os.getpid()))
print("listening on port 1", flush=True)
signal.pause()
'''

# Answers the text of the first call's first message as a Python expression of the case says.
PROGRAM = '''#!/usr/bin/env python3
import json, os, pathlib, sys, time
pathlib.Path(__file__ + ".pid").write_text(str(os.getpid()))
for line in sys.stdin:
    case = json.loads(line)
    how = case["calls"][0]["request"]["how"]
    call = {"code": "OK", "text": "hello", "names": ["pid", str(os.getpid())]}
    if how == "hang":
        time.sleep(1000)
    if how == "exit":
        sys.exit(3)
    if how == "garbage":
        print("no JSON", flush=True)
        continue
    if how == "other case":
        case["case"] = "other"
    print(json.dumps({"case": case["case"], "calls": [call] * (2 if how == "twice" else 1)}), flush=True)
    if how == "ends badly":
        sys.stdin.read()
        sys.exit(4)
'''


def case(name, how="answer", **expect):
    return {
        "name": name,
        "about": "A case.",
        "calls": [{"operation": "get_model", "request": {"how": how}, "expect": expect or {"code": "OK"}}],
    }


class RunnerTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "cases").mkdir()
        for name, text in (("simulator", SIMULATOR), ("service", SERVICE), ("program", PROGRAM)):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)

    def command(self, cases, known_failing=None, language="made-up", program=True, timeout=60):
        (self.folder / "cases" / "cases.yaml").write_text(json.dumps(cases))
        (self.folder / "known_failing.yaml").write_text(json.dumps(known_failing or {}))
        command = [
            sys.executable, str(HERE / "runner.py"), "--service", self.folder / "service",
            "--simulator", self.folder / "simulator", "--cases", self.folder / "cases",
            "--known_failing", self.folder / "known_failing.yaml", "--clients", self.folder,
            "--timeout", str(timeout),
        ]
        if language:
            command += ["--language", language]
        if program:
            command += ["--program", f"made-up={self.folder / 'program'}"]
        return command

    def run_cases(self, *arguments, **options):
        command = self.command(*arguments, **options)
        done = subprocess.run(command, text=True, capture_output=True, check=False, timeout=120)
        self.code = done.returncode
        return done.stdout + done.stderr

    def assertFails(self, output, passed, failed):
        self.assertIn(f"{passed} passed, {failed} failed\n", output)
        self.assertNotEqual(self.code, 0, output)

    def test_what_is_as_expected_passes(self):
        output = self.run_cases([case("one", text="hello"), case("two")])
        self.assertTrue(output.endswith("2 passed, 0 failed\n"), output)
        self.assertEqual(self.code, 0)

    def test_what_is_not_as_expected_fails_and_says_why(self):
        output = self.run_cases([case("one", text="goodbye"), case("two")])
        self.assertIn("calls[0].text: expected 'goodbye', got 'hello'", output)
        self.assertFails(output, 1, 1)

    def test_what_upstream_did_not_get_fails(self):
        wanted = case("one")
        wanted["upstream"] = {"requests": 1}
        output = self.run_cases([wanted])
        self.assertIn("upstream.requests: expected 1, got 0", output)
        self.assertFails(output, 0, 1)

    def test_a_program_that_hangs_is_killed_and_the_next_case_has_a_new_one(self):
        output = self.run_cases([case("one", "hang"), case("two")], timeout=3)
        self.assertIn("no answer within 3.0 s; killed", output)
        self.assertFails(output, 1, 1)

    def test_a_program_that_ends_fails_its_case_only(self):
        output = self.run_cases([case("one", "exit"), case("two")])
        self.assertIn("the program ended with code 3", output)
        self.assertFails(output, 1, 1)

    def test_a_program_that_ends_badly_fails(self):
        output = self.run_cases([case("one", "ends badly")])
        self.assertIn("it ended with code 4", output)
        self.assertFails(output, 1, 1)

    def test_what_is_no_observation_fails(self):
        output = self.run_cases([case("one", "garbage"), case("two", "other case"), case("three", "twice")])
        self.assertIn("not an observation: 'no JSON", output)
        self.assertIn("an observation of case 'other'", output)
        self.assertIn("2 calls observed instead of 1", output)
        self.assertFails(output, 0, 3)

    def test_a_known_failing_case_that_fails_passes(self):
        output = self.run_cases([case("one", text="goodbye")], {"made-up": {"one": "not done"}})
        self.assertIn("fails, as known: not done", output)
        self.assertEqual(self.code, 0)

    def test_a_known_failing_case_that_passes_fails(self):
        output = self.run_cases([case("one"), case("two")], {"made-up": {"one": "not done"}})
        self.assertIn("it passes, but known_failing.yaml lists it: not done", output)
        self.assertFails(output, 1, 1)

    def test_known_failing_of_another_language_does_not_count(self):
        output = self.run_cases([case("one", text="goodbye")], {"go": {"one": "not done"}})
        self.assertFails(output, 0, 1)

    def test_a_known_failing_case_that_there_is_not_is_refused(self):
        output = self.run_cases([case("one")], {"made-up": {"two": "not done"}})
        self.assertIn("there is no case two", output)
        self.assertFails(output, 0, 1)

    def test_a_language_without_a_program_fails_when_it_is_asked_for(self):
        self.assertFails(self.run_cases([case("one")], language="go"), 0, 1)

    def test_languages_without_a_program_are_skipped_and_counted_otherwise(self):
        output = self.run_cases([case("one")], language=None)
        self.assertTrue(output.endswith("1 passed, 0 failed, 5 skipped\n"), output)
        self.assertEqual(self.code, 0)

    def test_what_was_started_ends_with_the_runner(self):
        runner = subprocess.Popen(self.command([case("one", "hang")]), stdout=subprocess.PIPE)
        said = self.folder / "program.pid"
        ends = time.monotonic() + 60
        while not (said.exists() and said.read_text()) and time.monotonic() < ends:
            time.sleep(0.02)
        processes = [int(path.read_text()) for path in self.folder.glob("*.pid")]
        self.assertEqual(len(processes), 2)
        runner.terminate()
        runner.communicate(timeout=60)
        for process in processes:
            with self.assertRaises(ProcessLookupError):
                os.kill(process, 0)

    def test_nothing_at_all_is_no_success(self):
        self.assertFails(self.run_cases([case("one")], language=None, program=False).replace(", 5 skipped", ""), 0, 0)

    def test_a_case_with_an_unknown_key_is_refused(self):
        for change in ({"expcet": {}}, {"expect": {"txet": "hello"}}, {"operation": "fly"}, {"during": ["dance"]}):
            wrong = case("one")
            wrong["calls"][0].update(change)
            self.assertFails(self.run_cases([wrong]), 0, 1)

    def test_a_case_that_expects_nothing_is_refused(self):
        wrong = case("one")
        wrong["calls"][0]["expect"] = {}
        self.assertFails(self.run_cases([wrong]), 0, 1)

    def test_two_cases_of_one_name_are_refused(self):
        self.assertFails(self.run_cases([case("one"), case("one")]), 0, 1)


class ExpectationsTest(unittest.TestCase):
    def assertHolds(self, expected, observed):
        self.assertEqual(differences(expected, observed), [])

    def assertDiffers(self, expected, observed):
        self.assertEqual(len(differences(expected, observed)), 1)

    def test_an_object_expects_its_keys_and_allows_others(self):
        self.assertHolds({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3})
        self.assertDiffers({"a": {"b": 1}}, {"a": {"c": 1}})
        self.assertDiffers({"a": {"b": 1}}, {"a": [1]})

    def test_a_list_has_its_length(self):
        self.assertHolds([1, {"present": True}], [1, "x"])
        self.assertDiffers([1], [1, 2])
        self.assertDiffers([], [1])
        self.assertDiffers([2], [1])

    def test_values_have_their_type(self):
        self.assertHolds(1, 1.0)
        self.assertDiffers(1, "1")
        self.assertDiffers(1, True)
        self.assertDiffers("", None)

    def test_matchers(self):
        holds = [({"present": True}, ""), ({"present": False}, ABSENT), ({"absent": True}, ABSENT),
                 ({"matches": "^a"}, "ab"), ({"at_least": 2}, 2), ({"at_most": 2}, 2),
                 ({"at_least": 1, "at_most": 3}, 2), ({"one_of": [1, "x"]}, "x"),
                 ({"length": 2}, [1, 2]), ({"length": 2}, "ab")]
        differs = [({"present": True}, ABSENT), ({"present": False}, 0), ({"absent": True}, None),
                   ({"matches": "^a"}, "ba"), ({"matches": "1"}, 1), ({"at_least": 2}, 1),
                   ({"at_most": 2}, 3), ({"at_least": 2}, "3"), ({"at_least": 2}, ABSENT),
                   ({"one_of": [1, "x"]}, "1"), ({"one_of": [1]}, ABSENT), ({"length": 2}, [1])]
        for expected, observed in holds:
            with self.subTest(expected=expected, observed=observed):
                self.assertHolds(expected, observed)
        for expected, observed in differs:
            with self.subTest(expected=expected, observed=observed):
                self.assertDiffers(expected, observed)


class CaseFileTest(unittest.TestCase):
    def test_the_line_of_a_case(self):
        with tempfile.TemporaryDirectory() as folder:
            given = case("one")
            given["calls"][0].update(
                request={"text": {"repeat": "ab", "times": 2}}, simulate={"step": 1},
                file={"name": "f", "text": {"repeat": "x", "times": 3}}, during=[{"release": 1}])
            line = case_file.line(given, ["t"], {"token": "k"}, pathlib.Path(folder))
            self.assertEqual(line, {
                "case": "one", "targets": ["t"], "token": "k",
                "calls": [{"operation": "get_model", "request": {"text": "abab"},
                           "metadata": {"x-request-id": "one-0", "x-session-affinity": "sim:step=1"},
                           "file": f"{folder}/f"}]})
            self.assertEqual(pathlib.Path(folder, "f").read_text(), "xxx")

    def test_the_cases_themselves_are_well_formed(self):
        cases = case_file.load(HERE / "cases")
        self.assertTrue(cases)
        for each in cases:
            self.assertTrue(re.fullmatch(r"[a-z0-9_]+", each["name"]), each["name"])


if __name__ == "__main__":
    program = unittest.main(exit=False)
    wrong = len(program.result.failures) + len(program.result.errors)
    sys.stderr.flush()
    print(f"{program.result.testsRun - wrong} passed, {wrong} failed")
    sys.exit(1 if wrong else 0)
