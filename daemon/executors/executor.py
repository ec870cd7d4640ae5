"""What the daemon runs itself. Executors are workers inside: they take tasks from the same
queues, through the same hand-out, as workers outside do (DESIGN §1.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from eventstore.events import TaskStatus, Value


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to carry out. ``key`` is the same for the same attempt, also when it is
    repeated after a crash; it goes out as Idempotency-Key where the protocol has one."""

    job_id: str
    task: int
    task_type: str
    ref: str
    attempt: int
    input: Value
    config: Mapping[str, Any] | None = None
    """Of its step, where the definition gives one."""
    secrets: Mapping[str, str] = {}
    """By the slots that the definition names for the step."""

    @property
    def key(self) -> str:
        return f"{self.job_id}.{self.task}"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """COMPLETED of a step with ``asyncComplete`` means *carried out*: the decider then waits for
    its completion from outside."""

    status: TaskStatus
    output: Value = None
    reason: str | None = None
    logs: tuple[str, ...] = ()


class Executor(Protocol):
    task_types: tuple[str, ...]

    def repeats(self, order: Order) -> bool:
        """Whether the attempt may be run again after a crash; otherwise it fails as unknown."""

    async def run(self, order: Order) -> Outcome:
        """May raise: the attempt then fails with the exception's text as its reason."""

    async def aclose(self) -> None:
        """Nothing runs any more; give back what was held. May be called twice."""
