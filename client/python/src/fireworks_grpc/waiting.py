"""When a job, a deployment or another resource is done."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any, Callable, Optional

import grpc

from fireworks_grpc.errors import FireworksError

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

LOOK_SECONDS = 60.0
"""The time limit of one look."""

LAST_LOOK_SECONDS = 1.0
"""What a look has at least: the one when the time is over, too."""

MAX_FAILED_LOOKS = 5

_PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class WaitTimeoutError(Exception):
    """The time to wait is over. `resource` is what was seen last, None if nothing was."""

    def __init__(self, resource: Any) -> None:
        if resource is None:
            super().__init__("the time is over, and the resource was not seen")
        else:
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


class Patience:
    """How a wait goes on: longer and longer pauses, until the time is over or too much goes wrong."""

    def __init__(
        self,
        terminal_states: Optional[Collection[str]],
        first_delay: float,
        longest_delay: float,
        timeout: Optional[float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._terminal_states = TERMINAL_STATES if terminal_states is None else terminal_states
        self._delay = first_delay
        self._longest = longest_delay
        self._clock = clock
        self._deadline = None if timeout is None else clock() + timeout
        self._failures = 0
        self._resource: Any = None

    def look_seconds(self) -> float:
        """The time limit of the look now."""
        if self._deadline is None:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(LAST_LOOK_SECONDS, self._deadline - self._clock()))

    def is_done(self, resource: Any) -> bool:
        self._failures = 0
        self._resource = resource
        return state_of(resource) in self._terminal_states

    def failed(self, error: FireworksError) -> None:
        """Bears with a service that is away for a while: a job takes longer than that."""
        self._failures += 1
        if error.code not in _PASSING or self._failures >= MAX_FAILED_LOOKS:
            raise error

    def pause(self) -> float:
        """How long to sleep now."""
        delay = self._delay
        if self._deadline is not None:
            left = self._deadline - self._clock()
            if left <= 0:
                raise WaitTimeoutError(self._resource)
            delay = min(delay, left)
        self._delay = min(self._delay * 1.5, self._longest)
        return delay
