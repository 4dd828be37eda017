"""Reads cases/*.yaml, and makes of a case the line that a program gets."""

import base64
import json
import pathlib

import yaml

from expectations import MATCHERS

KINDS = ("plain", "token", "tls", "mtls", "pair", "impatient")
STEPS = {"release", "drain_service", "stop_service", "start_service"}
CASE_KEYS = {"name", "about", "service", "client", "before", "calls", "upstream", "instances"}
RUNNER_KEYS = {"simulate", "during", "expect", "file"}
PROGRAM_KEYS = {"operation", "request", "metadata", "timeout_ms", "wait_for_ready", "cancel_after",
                "limit", "want"}
OPERATIONS = {"create_chat_completion", "stream_chat_completion", "create_embedding",
              "stream_message", "get_model", "create_dataset", "delete_model", "list_models",
              "upload_dataset_file"}
OBSERVED = {"code", "message", "reason", "domain", "error_metadata", "retry_delay_ms", "request_id",
            "field_violations", "response", "messages", "message_count", "text", "accumulated",
            "names", "leading", "trailing"}


class CaseError(Exception):
    """A case that is not written as README.md says."""


def load(folder):
    """All cases, in the order of the files' names."""
    cases = []
    for path in sorted(pathlib.Path(folder).glob("*.yaml")):
        with open(path, encoding="utf-8") as file:
            for case in yaml.safe_load(file):
                _check(case, path)
                cases.append(case)
    names = [case["name"] for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"two cases are called {name}")
    return cases


def _check(case, path):
    def require(good, what):
        if not good:
            raise CaseError(f"{path.name}, {case.get('name')}: {what}")

    def known(keys, allowed, where):
        require(set(keys) <= set(allowed), f"unknown keys in {where}: {set(keys) - set(allowed)}")

    known(case, CASE_KEYS, "case")
    require(case.get("name") and case.get("about") and case.get("calls"), "name, about and calls are required")
    require(case.get("service", "plain") in KINDS, f"service is one of {KINDS}")
    for call in case["calls"]:
        known(call, PROGRAM_KEYS | RUNNER_KEYS, "call")
        require(call.get("operation") in OPERATIONS, f"operation {call.get('operation')}")
        require(call.get("expect"), "a call that expects nothing proves nothing")
        known(call["expect"], OBSERVED, "expect")
        require(not set(call["expect"]) & MATCHERS, "expect is no value")
        for step in call.get("during", []) + case.get("before", []):
            known([step_of(step)[0]], STEPS, "during")


def step_of(step):
    """A step's name and its argument: `drain_service` or `{release: 3}`."""
    if isinstance(step, str):
        return step, None
    (name, argument), = step.items()
    return name, argument


def request_id(case, index):
    """The x-request-id of a call, by which the simulator knows its request."""
    given = case["calls"][index].get("metadata", {}).get("x-request-id")
    return given or f"{case['name']}-{index}"


def line(case, targets, client, folder):
    """What the program gets to read."""
    calls = []
    for index, call in enumerate(case["calls"]):
        sent = {key: value for key, value in call.items() if key in PROGRAM_KEYS}
        sent["request"] = _expanded(call.get("request", {}))
        sent["metadata"] = {"x-request-id": request_id(case, index), **call.get("metadata", {})}
        if "simulate" in call:
            sent["metadata"]["x-session-affinity"] = directives(call["simulate"])
        if "file" in call:
            path = folder / call["file"]["name"]
            path.write_text(_expanded(call["file"]["text"]), encoding="utf-8")
            sent["file"] = str(path)
        calls.append(sent)
    return {"case": case["name"], "targets": targets, **client, "calls": calls}


def directives(simulate):
    """The simulator's directives as the value of x-session-affinity."""
    parts = []
    for key, value in simulate.items():
        if key == "answer_json":
            body = json.dumps(value).encode()
            head = (f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    f"content-length: {len(body)}\r\n\r\n").encode()
            key, value = "answer", base64.b64encode(head + body).decode()
        if key == "answer_events":
            head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
            events = "".join(
                f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in value)
            key, value = "answer", base64.b64encode(head + events.encode()).decode()
        parts.append(f"{key}={value}")
    return "sim:" + ";".join(parts)


def _expanded(value):
    """`{repeat: TEXT, times: N}` becomes the text, anywhere in a request."""
    if isinstance(value, dict):
        if set(value) == {"repeat", "times"}:
            return value["repeat"] * value["times"]
        return {key: _expanded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_expanded(each) for each in value]
    return value
