"""The executors' seat at the hand-out: staying polls, runs once durable, reports back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog
from anyio.abc import TaskGroup

from daemon.decider.commands import Command, Report, ReturnTask
from daemon.decider.state import TaskState
from daemon.decider.waiting import EXECUTOR_WORKER
from daemon.executors.executor import Executor, Order, Outcome
from daemon.executors.json_values import unrecordable
from daemon.queues.handout import HandOut
from daemon.queues.queue import Poll, TaskKey
from daemon.queues.work_order import WorkOrder
from daemon.reactor.ledger import Ledger
from eventstore.events import TaskStatus
from eventstore.store import EventStoreError

_log = structlog.get_logger("executors")

UNKNOWN_OUTCOME = "the daemon stopped while this ran; whether it was carried out is unknown"

Send = Callable[[str, Command], None]
"""Execute a command of the daemon's own on a job, loading it if need be."""


class _Taken:
    """Tasks that executors took; they run when that is durable."""

    __slots__ = ("inside", "tasks")

    def __init__(self, inside: Inside, tasks: list[WorkOrder]) -> None:
        self.inside = inside
        self.tasks = tasks

    def durable(self) -> None:
        for task in self.tasks:
            self.inside.run(task)

    def lost(self, error: EventStoreError) -> None:
        for task in self.tasks:
            self.inside.freed(task.key, task.task.task_type)


class Inside:
    def __init__(
        self,
        executors: Iterable[Executor],
        handout: HandOut,
        ledger: Ledger,
        send: Send,
        *,
        concurrency: int,
    ) -> None:
        self._by_type = {name: one for one in executors for name in one.task_types}
        self._handout = handout
        self._ledger = ledger
        self._send = send
        self._free = dict.fromkeys(self._by_type, concurrency)
        self._polls: dict[str, Poll] = {}
        self._held: set[TaskKey] = set()
        self._tasks: TaskGroup

    @property
    def task_types(self) -> frozenset[str]:
        return frozenset(self._by_type)

    def start(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        for name in sorted(self._by_type):
            self._stay(name)

    async def aclose(self) -> None:
        for executor in dict.fromkeys(self._by_type.values()):
            await executor.aclose()

    def after_crash(self, key: TaskKey, task: TaskState) -> Command | None:
        """What becomes of a task that an executor held when the daemon stopped."""
        held = (task.worker or "").startswith(EXECUTOR_WORKER) and not task.awaits
        if not held or task.status is not TaskStatus.IN_PROGRESS or key in self._held:
            return None
        executor = self._by_type.get(task.task_type)
        job_id, _ = key
        if executor is not None and executor.repeats(_order(job_id, task)):
            return ReturnTask(task=task.number, why="the daemon was started again")
        return Report(task=task.number, status=TaskStatus.FAILED, reason=UNKNOWN_OUTCOME)

    def run(self, task: WorkOrder) -> None:
        self._tasks.start_soon(self._run, task)

    def freed(self, key: TaskKey, task_type: str) -> None:
        """One more task of the type may run."""
        self._held.discard(key)
        self._free[task_type] += 1
        poll = self._polls[task_type]
        if poll.waits:
            poll.count = self._free[task_type]
        else:
            self._stay(task_type)

    def _stay(self, task_type: str) -> None:
        poll = Poll(
            task_type=task_type,
            domain=None,
            worker=EXECUTOR_WORKER + task_type,
            session="",
            actor="daemon",
            count=self._free[task_type],
            deliver=lambda tasks, position: self._taken(task_type, tasks, position),
        )
        self._polls[task_type] = poll
        self._handout.stay(poll)

    def _taken(self, task_type: str, tasks: list[WorkOrder], position: int) -> None:
        self._free[task_type] -= len(tasks)
        self._held.update(task.key for task in tasks)
        self._ledger.when_durable(position, _Taken(self, tasks))
        if self._free[task_type] > 0:
            self._stay(task_type)

    async def _run(self, taken: WorkOrder) -> None:
        job_id, number = taken.key
        order = Order(
            job_id=job_id,
            task=number,
            task_type=taken.task.task_type,
            ref=taken.task.ref,
            attempt=taken.task.attempt,
            input=taken.input,
            config=taken.config,
            secrets=taken.told.get("secrets", {}),
        )
        outcome = await self._outcome(order)
        worker = EXECUTOR_WORKER + order.task_type
        report = Report(
            task=order.task,
            status=outcome.status,
            worker=worker,
            output=outcome.output,
            reason=outcome.reason,
            logs=list(outcome.logs) or None,
        )
        self.freed((job_id, number), order.task_type)
        self._send(job_id, report)

    async def _outcome(self, order: Order) -> Outcome:
        try:
            return recordable(await self._by_type[order.task_type].run(order))
        except Exception as error:  # noqa: BLE001 - an executor's fault is the task's failure
            _log.exception("executor failed", task_id=order.key, task_type=order.task_type)
            return Outcome(status=TaskStatus.FAILED, reason=f"{type(error).__name__}: {error}")


def recordable(outcome: Outcome) -> Outcome:
    """Where the output is no JSON, a failure that says so: an event that cannot be written
    would be lost together with everything decided after it."""
    why = unrecordable(outcome.output)
    if why is None:
        return outcome
    reason = f"the executor's output cannot be recorded: {why}"
    return Outcome(status=TaskStatus.FAILED, reason=reason, logs=outcome.logs)


def _order(job_id: str, task: TaskState) -> Order:
    return Order(
        job_id=job_id,
        task=task.number,
        task_type=task.task_type,
        ref=task.ref,
        attempt=task.attempt,
        input=task.input,
    )
