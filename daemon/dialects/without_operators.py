"""For plans whose language has no joins, scripts, child jobs or schemas of its own: what
nobody asks of them."""

from __future__ import annotations

from daemon.dialects.announcing import NOBODY, Listeners
from daemon.dialects.plan import (
    ChildEnd,
    ChildJob,
    EndTask,
    Evaluated,
    Fault,
    JobLimit,
    JobView,
    Move,
    Redo,
    Schedule,
    TaskView,
)
from eventstore.events import CacheUse, TaskStatus, Value


class WithoutOperators:
    """What of the Plan protocol only operators, schemas and listeners of Conductor need."""

    masked: tuple[str, ...] = ()
    checks = False
    caches = False
    listeners: Listeners = NOBODY

    def admit(self, job: JobView, task: TaskView | Schedule, given: Value) -> Fault | None:
        return None

    def cache_use(self, job: JobView, task: TaskView, given: Value) -> CacheUse | None:
        return None

    def broken_promise(self, output: Value) -> str | None:
        return None

    def joined(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        return ()

    def evaluated(
        self, job: JobView, task: TaskView, key: str, answer: Evaluated
    ) -> tuple[Move, ...]:
        return ()

    def child(self, job: JobView, task: TaskView) -> ChildJob | Fault:
        return Fault(reason=f"step {task.ref!r} starts no job")

    def child_started(self, job: JobView, task: TaskView, job_id: str) -> tuple[Move, ...]:
        return ()

    def child_ended(self, job: JobView, task: TaskView, end: ChildEnd) -> EndTask:
        return EndTask(task=task.number, status=TaskStatus.FAILED, reason="not a child of this")

    def left(self, job: JobView, task: TaskView) -> Value:
        return None

    def redo(self, job: JobView, task: TaskView) -> Redo:
        return Redo()

    def job_limit(self, given: Value, correlation_id: str | None) -> JobLimit | None:
        return None

    def again(self, job: JobView, task: TaskView, given: Value) -> tuple[Move, ...]:
        return ()

    def missing(self, job: JobView) -> tuple[Move, ...]:
        return ()

    def ends_job(self, task: TaskView) -> bool:
        return False
