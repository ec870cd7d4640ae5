"""A function that does the tasks of one type."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playhead.workers.task import InProgress, Task

Output = Mapping[str, Any] | InProgress | None
Function = Callable[..., Output] | Callable[..., Awaitable[Output]]


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Made by ``worker``; calling it calls its function."""

    task_type: str
    function: Function
    concurrency: int
    domain: str | None
    heartbeat_seconds: float | None

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function)

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def arguments(self, task: Task) -> tuple[Any, ...]:
        """What the function takes: the input, and the task if it has a second parameter."""
        parameters = inspect.signature(self.function).parameters
        return (task.input, task) if len(parameters) > 1 else (task.input,)


def worker(
    task_type: str,
    *,
    concurrency: int = 1,
    domain: str | None = None,
    heartbeat_seconds: float | None = None,
) -> Callable[[Function], Worker]:
    """Make a function the worker of ``task_type``.

    It takes the input, and the Task if it has a second parameter, and returns the output.
    Any exception fails the attempt; a plain function runs in a thread. While it runs, a
    heartbeat keeps the task's response deadline away: every ``heartbeat_seconds``, or at
    half the deadline where the task has one.
    """
    if concurrency < 1:
        raise ValueError(f"concurrency is at least 1, not {concurrency}")

    def made(function: Function) -> Worker:
        return Worker(
            task_type=task_type,
            function=function,
            concurrency=concurrency,
            domain=domain,
            heartbeat_seconds=heartbeat_seconds,
        )

    return made
