#!/usr/bin/env python3
"""Runs the cases of cases/*.yaml in every language, against the real service on the simulator.

Ends with a line "N passed, N failed" (", N skipped" when a language that was not asked for by name has no
program). README.md says what a case and a program look like.
"""

import argparse
import concurrent.futures
import pathlib
import signal
import sys
import tempfile
import time

import yaml

import case_file
from expectations import differences
from processes import TOKEN, Certificates, Service, SetupError, Simulator
from program import Program, ProgramError

HERE = pathlib.Path(__file__).resolve().parent
LOG_SECONDS = 10
LANGUAGES = ("cpp", "go", "python", "java", "node")


class Stage:
    """The surroundings of one case: fresh instances of the service on the one simulator."""

    def __init__(self, case, options, simulator, certificates, folder):
        self._case = case
        self._simulator = simulator
        simulator.reset()
        kind = case.get("service", "plain")
        self.services = []
        try:
            for instance in range(2 if kind == "pair" else 1):
                self.services.append(Service(options.service, simulator, kind, certificates,
                                             folder / f"{case['name']}-{instance}"))
        except SetupError:
            self.close()
            raise

    def close(self):
        for service in self.services:
            service.close()

    def take(self, steps, request):
        """Does as `before` or `during` says. Returns what went wrong, or None."""
        released = 0
        try:
            for step in steps:
                name, argument = case_file.step_of(step)
                service = self.services[argument or 0] if name != "release" else None
                if name == "release":
                    self._simulator.wait(request, wait_events=0)
                    self._simulator.release(request, argument)
                    released += argument
                elif name == "drain_service":
                    self._simulator.wait(request, wait_events=released)
                    service.drain()
                elif name == "stop_service":
                    if released:
                        self._simulator.wait(request, wait_events=released)
                    service.stop()
                elif name == "start_service":
                    service.start()
        except (SetupError, OSError) as error:
            return f"{name}: {error}"
        return None

    def upstream(self):
        """What the simulator's journal says, as `upstream` of a case expects it."""
        expected = self._case["upstream"]
        requests = self._simulator.requests()
        observed = {"requests": len(requests)}
        if requests:
            last = requests[-1]
            if isinstance(expected.get("state"), str):
                # The state may be a moment behind what the caller saw.
                try:
                    last = self._simulator.wait(last["request_id"], wait_state=expected["state"])
                except SetupError:
                    last = self._simulator.requests()[-1]
            observed = {**last, **observed}
        return observed


    def instance_problems(self, index, expected):
        """What is wrong with how many calls an instance logged. Its log may be a moment behind what the caller saw."""
        ends = time.monotonic() + LOG_SECONDS
        while True:
            problems = differences(expected, self.services[index].calls(), f"instances[{index}]")
            if not problems or time.monotonic() > ends:
                return problems
            time.sleep(0.05)


def client_of(case, certificates):
    """TLS files and token of a case's client: the service's kind says them, `client` of the case differs."""
    kind = case.get("service", "plain")
    given = {}
    if kind == "token":
        given["token"] = TOKEN
    if kind in ("tls", "mtls"):
        given["tls"] = {"ca_file": "ca.pem"}
    if kind == "mtls":
        given["tls"] |= {"certificate_file": "client.pem", "key_file": "client-key.pem"}
    given |= case.get("client", {})
    if given.get("tls"):
        given["tls"] = {key: certificates.path(name) for key, name in given["tls"].items()}
    return {key: value for key, value in given.items() if value is not None}


def run_case(case, program, options, simulator, certificates, folder):
    """Problems of one case in one language, a sentence each."""
    stage = Stage(case, options, simulator, certificates, folder)
    try:
        problem = stage.take(case.get("before", []), None)
        if problem:
            return [problem]
        targets = [service.target for service in stage.services]
        line = case_file.line(case, targets, client_of(case, certificates), folder)
        # The calls come one after the other, and so do what happens during each.
        with concurrent.futures.ThreadPoolExecutor(max_workers=1) as director:
            steps = [director.submit(stage.take, call["during"], case_file.request_id(case, index))
                     for index, call in enumerate(case["calls"]) if "during" in call]
            calls = program.observe(line)
            problems = [step.result() for step in steps if step.result()]
        if len(calls) != len(case["calls"]):
            return [f"{len(calls)} calls observed instead of {len(case['calls'])}"]
        for index, (call, observed) in enumerate(zip(case["calls"], calls)):
            problems += differences(call["expect"], observed, f"calls[{index}]")
            if "text" in call["expect"] and observed.get("text") is None:
                problems.append(f"calls[{index}]: code {observed.get('code')}: {observed.get('message')}")
        if "upstream" in case:
            problems += differences(case["upstream"], stage.upstream(), "upstream")
        for index, expected in enumerate(case.get("instances", [])):
            problems += stage.instance_problems(index, expected)
        return problems
    except (ProgramError, SetupError) as error:
        return [str(error)]
    finally:
        stage.close()


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def case(self, language, name, problems, reason):
        """One outcome. `reason` is known_failing.yaml's, if the case is listed there."""
        if reason and not problems:
            problems = [f"it passes, but known_failing.yaml lists it: {reason}"]
        elif reason:
            self.passed += 1
            print(f"{language:7} {name:40} fails, as known: {reason}")
            return
        if problems:
            self.failed += 1
            print(f"{language:7} {name:40} FAILED")
            for problem in problems:
                print(f"        {problem}")
        else:
            self.passed += 1
            print(f"{language:7} {name:40} ok")
        sys.stdout.flush()

    def skip(self, language, why):
        self.skipped += 1
        print(f"{language:7} skipped: {why}")

    def finish(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        return 0 if self.passed and not self.failed else 1


def programs_of(options):
    """The command of each language that takes part; None where there is none."""
    named = dict(each.split("=", 1) for each in options.program)
    for language in options.language or [*LANGUAGES, *(set(named) - set(LANGUAGES))]:
        path = pathlib.Path(named.get(language, options.clients / language / "conformance"))
        yield language, [str(path.resolve())] if path.is_file() else None


def known_failing(path, cases):
    listed = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}
    names = {case["name"] for case in cases}
    for language, entries in listed.items():
        for name in entries:
            if name not in names:
                raise case_file.CaseError(f"{path.name}, {language}: there is no case {name}")
    return listed


def run(options, report, folder):
    all_cases = case_file.load(options.cases)
    known = known_failing(options.known_failing, all_cases)
    unknown = set(options.case) - {case["name"] for case in all_cases}
    if unknown:
        raise case_file.CaseError(f"there is no case {', '.join(sorted(unknown))}")
    cases = [case for case in all_cases if not options.case or case["name"] in options.case]
    certificates = Certificates(folder / "certificates")
    simulator = Simulator(options.simulator, folder)
    try:
        for language, command in programs_of(options):
            if command is None:
                if options.language:
                    report.case(language, "(program)", ["there is no conformance program"], None)
                else:
                    report.skip(language, "there is no conformance program")
                continue
            scene = folder / language
            scene.mkdir()
            program = Program(command, scene / "program.log", options.timeout)
            try:
                for case in cases:
                    problems = run_case(case, program, options, simulator, certificates, scene)
                    report.case(language, case["name"], problems,
                                known.get(language, {}).get(case["name"]))
                problem = program.finish()
                if problem:
                    report.case(language, "(end of the program)", [problem], None)
            finally:
                program.close()
    finally:
        simulator.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--service", required=True, help="the program fireworks_grpc")
    parser.add_argument("--simulator", required=True, help="the program fireworks_simulator")
    parser.add_argument("--language", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--case", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--program", action="append", default=[], metavar="LANGUAGE=PATH",
                        help="a program that is not client/LANGUAGE/conformance")
    parser.add_argument("--timeout", type=float, default=60, help="seconds that a program may take for a case (60)")
    parser.add_argument("--keep", type=pathlib.Path, help="an empty folder to keep the logs in")
    parser.add_argument("--clients", type=pathlib.Path, default=HERE.parents[1] / "client", help=argparse.SUPPRESS)
    parser.add_argument("--cases", type=pathlib.Path, default=HERE / "cases", help=argparse.SUPPRESS)
    parser.add_argument("--known_failing", type=pathlib.Path, default=HERE / "known_failing.yaml",
                        help=argparse.SUPPRESS)
    options = parser.parse_args()
    # So that what was started ends with the runner.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            run(options, report, folder.resolve())
        except (SetupError, case_file.CaseError) as error:
            print(f"runner.py: {error}", file=sys.stderr)
            report.failed += 1
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
