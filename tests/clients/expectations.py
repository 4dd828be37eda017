"""What a case expects, compared with what was observed."""

import re

MATCHERS = {"present", "matches", "at_least", "at_most", "absent", "one_of", "length"}
ABSENT = object()


def differences(expected, observed, where=""):
    """What of `expected` does not hold, a sentence each.

    An object expects its keys and allows others, a list has its length, and an object whose keys are all matchers
    stands for a value.
    """
    if isinstance(expected, dict) and expected and set(expected) <= MATCHERS:
        return [problem for name, value in expected.items()
                for problem in _match(name, value, observed, where)]
    if observed is ABSENT:
        return [f"{where}: expected {_short(expected)}, it is absent"]
    if isinstance(expected, dict):
        if not isinstance(observed, dict):
            return [f"{where}: expected an object, got {_short(observed)}"]
        return [problem for key, value in expected.items()
                for problem in differences(value, observed.get(key, ABSENT),
                                           f"{where}.{key}" if where else str(key))]
    if isinstance(expected, list):
        if not isinstance(observed, list) or len(observed) != len(expected):
            return [f"{where}: expected a list of {len(expected)}, got {_short(observed)}"]
        return [problem for index, value in enumerate(expected)
                for problem in differences(value, observed[index], f"{where}[{index}]")]
    if type(expected) is not type(observed) and not _both_numbers(expected, observed):
        return [f"{where}: expected {_short(expected)}, got {_short(observed)}"]
    if expected != observed:
        return [f"{where}: expected {_short(expected)}, got {_short(observed)}"]
    return []


def _match(name, value, observed, where):
    got = "nothing" if observed is ABSENT else _short(observed)
    if name in ("present", "absent"):
        wanted = value if name == "present" else not value
        if wanted == (observed is not ABSENT):
            return []
        return [f"{where}: expected {'a value' if wanted else 'none'}, got {got}"]
    if name == "one_of":
        if observed is not ABSENT and any(not differences(each, observed) for each in value):
            return []
    elif name == "matches":
        if isinstance(observed, str) and re.search(value, observed):
            return []
    elif name == "length":
        if isinstance(observed, (str, list)) and len(observed) == value:
            return []
    elif _is_number(observed):
        if observed >= value if name == "at_least" else observed <= value:
            return []
    return [f"{where}: expected {name} {_short(value)}, got {got}"]


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _both_numbers(one, other):
    return _is_number(one) and _is_number(other)


def _short(value):
    text = repr(value)
    if len(text) <= 200:
        return text
    return f"{text[:120]}... ({len(text)} characters)"
