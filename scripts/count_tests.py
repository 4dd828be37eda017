"""Counts the test cases of one `bazel test` run, or adds such counts up.

Usage: count_tests.py BUILD_EVENT_JSON_FILE
       count_tests.py --sum PARTS FILE

Prints "N passed, N failed" (", N skipped" when there are any) and fails when a
case failed, a target did not build, or no case ran. Each line of
FILE is such a count but for those that say what did not build; there must be PARTS.
"""

import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def cases(path):
    """Yields passed, failed or skipped for each case of one test.xml."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:  # Cut off, as by a full disk.
        print(f"unreadable: {path}: {error}")
        yield "failed"
        return
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            yield "failed"
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            yield "skipped"
        else:
            yield "passed"


def count(events):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with open(events, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            label = event.get("id", {}).get("testResult", {}).get("label")
            if label is not None:
                result = event["testResult"]
                found = []
                for output in result.get("testActionOutput", []):
                    if output["name"] == "test.xml":
                        uri = urllib.parse.urlparse(output["uri"])
                        found = list(cases(urllib.parse.unquote(uri.path)))
                if result["status"] != "PASSED" and "failed" not in found:
                    found.append("failed")  # A crash or time-out names no case.
                for outcome in found:
                    counts[outcome] += 1
            elif "targetCompleted" in event.get("id", {}):
                completed = event.get("completed", {})
                if not completed.get("success", False):
                    print("did not build:", event["id"]["targetCompleted"]["label"])
                    counts["failed"] += 1
    return counts


def add_up(parts, path):
    """The sum of the counts in the lines of `path`, of which there must be `parts`."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    found = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if re.fullmatch(r"\d+ passed, \d+ failed(, \d+ skipped)?\n?", line):
                found += 1
                for number, outcome in re.findall(r"(\d+) (\w+)", line):
                    counts[outcome] += int(number)
    if found != parts:
        print("a part of the tests told no count")
        counts["failed"] += 1
    return counts


def main(arguments):
    if arguments[0] == "--sum":
        counts = add_up(int(arguments[1]), arguments[2])
    else:
        counts = count(arguments[0])
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
