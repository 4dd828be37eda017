"""When a job, a deployment or another resource is done."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any, Optional

TERMINAL_STATES = frozenset(
    {
        # Jobs.
        "JOB_STATE_COMPLETED",
        "JOB_STATE_FAILED",
        "JOB_STATE_CANCELLED",
        "JOB_STATE_EXPIRED",
        "JOB_STATE_EARLY_STOPPED",
        "JOB_STATE_PAUSED",
        "JOB_STATE_DELETED",
        # Deployments, models, datasets, evaluators and the rest.
        "READY",
        "DEPLOYED",
        "ACTIVE",
        "FAILED",
        "BUILD_FAILED",
        "DELETED",
    }
)
"""States that nothing leaves by itself."""


class WaitTimeoutError(Exception):
    """The time to wait is over. `resource` is what was seen last."""

    def __init__(self, resource: Any) -> None:
        super().__init__(f"{resource.name} is still {state_of(resource) or 'in an unknown state'}")
        self.resource = resource


def state_of(resource: Any) -> str:
    """The name of its state; of one that this contract does not know, the name that the upstream sent, else ""."""
    if resource.HasField("state"):
        field = resource.DESCRIPTOR.fields_by_name["state"]
        value = field.enum_type.values_by_number.get(resource.state)
        return str(value.name) if value is not None else ""
    unknown: str = resource.extra_json.get("state", "")
    return unknown.strip('"')


def is_done(resource: Any, terminal_states: Optional[Collection[str]]) -> bool:
    return state_of(resource) in (TERMINAL_STATES if terminal_states is None else terminal_states)


def delays(first: float, longest: float, timeout: Optional[float], clock: Any = time.monotonic) -> Iterator[float]:
    """How long to sleep before each further look: half as long again each time, until the time is over."""
    deadline = None if timeout is None else clock() + timeout
    delay = first
    while True:
        left = None if deadline is None else deadline - clock()
        if left is not None and left <= 0:
            return
        yield delay if left is None else min(delay, left)
        delay = min(delay * 1.5, longest)
