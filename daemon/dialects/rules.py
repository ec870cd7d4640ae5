"""How the decider treats one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from daemon.dialects.terms import RetryLogic, TimeoutPolicy


class Allowance(msgspec.Struct, frozen=True):
    """What a limit allows: ``most`` at a time, ``starts`` within any ``seconds``; 0 is off."""

    most: int = 0
    starts: int = 0
    seconds: int = 0

    def __bool__(self) -> bool:
        return self.most > 0 or self.starts > 0


UNLIMITED = Allowance()


class JobLimit(msgspec.Struct, frozen=True, kw_only=True):
    """At most ``most`` jobs of one ``key`` run at a time; ``rejects``: one more is refused,
    otherwise it waits."""

    key: str
    most: int
    rejects: bool = False


class TaskRules(msgspec.Struct, frozen=True, kw_only=True):
    """How the decider treats one step. A timeout of 0 is off."""

    retry_count: int = 0
    retry_logic: RetryLogic = RetryLogic.FIXED
    retry_delay_seconds: float = 0
    backoff_scale_factor: int = 1
    max_retry_delay_seconds: float = 0
    backoff_jitter_ms: int = 0
    timeout_seconds: float = 0
    response_timeout_seconds: float = 0
    poll_timeout_seconds: float = 0
    total_timeout_seconds: float = 0
    timeout_policy: TimeoutPolicy = TimeoutPolicy.TIME_OUT_WF
    settings_name: str = ""
    """The name of the task type these settings come from, as reasons print it."""
    optional: bool = False
    permissive: bool = False
    async_complete: bool = False
    payloads_by_event: bool = False
    """The output of a task that awaits outside events has the payload of each under its id;
    otherwise the payloads are merged into it."""
    times_what_waits: bool = False
    """``timeout_seconds`` holds for tasks in no queue as well, from when they are ready."""
    ends_child: bool = True
    """The job that works for it ends when its own job does."""
    own_limit: Allowance = UNLIMITED
    """Of settings that stand in the definition itself; those of a registered task type are
    looked up when the task is handed out."""
    input_template: Mapping[str, Any] = {}
    runtime_metadata: tuple[str, ...] = ()
    """Names of secrets and environment values to tell whoever takes the task."""
    tells_status: bool = True
    """Whoever listens to statuses of tasks may be told of it."""
