"""A language's conformance program: a line of JSON in, a line of JSON out."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading


class ProgramError(Exception):
    """The program said nothing that is an observation."""


def _write(stream, text):
    with contextlib.suppress(OSError, ValueError):  # It has ended, which its output tells.
        stream.write(text)
        stream.flush()


class Program:
    """Runs the program as long as it behaves. One that hangs is killed, and the next case gets a new one."""

    def __init__(self, command, log, seconds):
        self._command = command
        self._log = log
        self._seconds = seconds
        self._process = None
        self._lines = None

    def observe(self, line):
        """What the program observed of the case that `line` describes."""
        if self._process is None:
            self._start()
        # On a thread, because a large line blocks until the program reads it, which a hanging one never does.
        threading.Thread(target=_write, args=(self._process.stdin, json.dumps(line) + "\n"),
                         daemon=True).start()
        try:
            answer = self._lines.get(timeout=self._seconds)
        except queue.Empty:
            self.close()
            raise ProgramError(f"no answer within {self._seconds} s; killed") from None
        if answer is None:
            code = self._process.wait()
            self.close()
            raise ProgramError(f"the program ended with code {code}; see {self._log}")
        try:
            observed = json.loads(answer)
        except ValueError:
            observed = None
        if not isinstance(observed, dict) or not isinstance(observed.get("calls"), list):
            self.close()
            raise ProgramError(f"not an observation: {answer[:200]!r}")
        if observed.get("case") != line["case"]:
            self.close()
            raise ProgramError(f"an observation of case {observed.get('case')!r}")
        return observed["calls"]

    def finish(self):
        """Ends its input, and says what is wrong with how it ends, or None."""
        if self._process is None:
            return None
        self._process.stdin.close()
        try:
            code = self._process.wait(timeout=self._seconds)
        except subprocess.TimeoutExpired:
            self.close()
            return f"it did not end within {self._seconds} s after its input did"
        self._process = None
        return None if code == 0 else f"it ended with code {code}; see {self._log}"

    def close(self):
        """Kills it, with what it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _start(self):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, encoding="utf-8", start_new_session=True)
        # Each process has a queue of its own, so that what a killed one still said meets no later case.
        lines = self._lines = queue.Queue()
        output = self._process.stdout

        def read():
            with output:
                for text in output:
                    lines.put(text)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
