"""Actions of event handlers: commands to jobs, each carried out once.

An action's request id is kept in the log's index, unlike others that the daemon makes up:
what a crash left unsaid is looked up there, since a task's ref may by then mean another
attempt or iteration (docs/adr/0009).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, assert_never

import msgspec

from daemon.decider.commands import ChangeVariables, Command, Report, Terminate
from daemon.decider.identity import uuid7
from daemon.decider.indices import bare_ref
from daemon.decider.messages import COMPLETED, FAILED
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.dialects.handlers import (
    Order,
    ReportTask,
    SetJobVariables,
    StartJob,
    TerminateJob,
)
from daemon.reactor.cold import Cold
from daemon.reactor.jobs import Context, Done, Jobs
from daemon.reactor.starts import Selector, Starts, Wanted
from eventstore.store import EventStore, Request

ACTOR = "daemon"
METHOD = "eventHandler"


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """One action for one message."""

    key: str
    """Unique among all actions for all messages."""
    order: Order
    event: str
    cause: int
    """Position of the intent."""
    published_at: int


class Ended(msgspec.Struct, frozen=True):
    status: str
    output: dict[str, Any]


class Actions:
    def __init__(self, store: EventStore, jobs: Jobs, starts: Starts) -> None:
        self._store = store
        self._jobs = jobs
        self._starts = starts

    async def carry_out(self, errand: Errand) -> Ended:
        """Raises EventStoreError when the log does not take it now."""
        while True:
            try:
                return self._once(errand)
            except Cold as cold:
                await cold.load()

    def _once(self, errand: Errand) -> Ended:
        order = errand.order
        match order:
            case StartJob():
                return self._start(errand, order)
            case ReportTask():
                return self._report(errand, order)
            case TerminateJob():
                command: Command = Terminate(reason=order.reason)
                return self._execute(errand, order.job_id, command)
            case SetJobVariables():
                command = ChangeVariables(variables=order.variables, appends=order.appends)
                return self._execute(errand, order.job_id, command)
            case _:
                assert_never(order)

    def _start(self, errand: Errand, order: StartJob) -> Ended:
        job_id = job_id_of(errand)
        if not self._was_carried_out(errand):
            wanted = Wanted(
                input=order.input,
                correlation_id=order.correlation_id,
                domains=dict(order.domains),
                event=errand.event,
                job_id=job_id,
            )
            selector = Selector(version_number=order.version_number)
            done = self._starts.submit(order.workflow, selector, wanted, _context(errand))
            if isinstance(done, Refusal):
                return failed(done.message)
        return Ended(COMPLETED, {"workflowId": job_id})

    def _report(self, errand: Errand, order: ReportTask) -> Ended:
        """A task that is not there, or takes no result any more, is told in the output; as in
        the original it is no failure of the action."""
        if self._was_carried_out(errand):
            return Ended(COMPLETED, order.output)
        state = self._job(order)
        task = None if state is None else _task(state, order)
        if state is None or task is None:
            return Ended(COMPLETED, {**order.output, "error": _not_found(state, order)})
        command = Report(
            task=task.number,
            status=order.status,
            output=_output(task, order),
            reason=order.reason,
        )
        done = self._jobs.execute(state.job_id, command, _context(errand))
        error = {"error": done.message} if isinstance(done, Refusal) else {}
        return Ended(COMPLETED, {**order.output, **error})

    def _execute(self, errand: Errand, job_id: str, command: Command) -> Ended:
        if not self._was_carried_out(errand):
            done: Done | Refusal = self._jobs.execute(job_id, command, _context(errand))
            if isinstance(done, Refusal) and done.kind is not RefusalKind.NOTHING_TO_CHANGE:
                return failed(done.message)
        return Ended(COMPLETED, {"workflowId": job_id})

    def _was_carried_out(self, errand: Errand) -> bool:
        return self._store.request(ACTOR, errand.key) is not None

    def _job(self, order: ReportTask) -> JobState | None:
        job_id = order.job_id
        if order.task_id is not None:
            job_id = order.task_id.rpartition(".")[0]
            if order.job_id not in (None, job_id):
                return None
        return None if job_id is None else self._jobs.cell(job_id).tail


def _task(state: JobState, order: ReportTask) -> TaskState | None:
    if order.task_id is not None:
        number = order.task_id.rpartition(".")[2]
        found = state.tasks.get(int(number)) if number.isdecimal() else None
    elif order.only_open:
        found = next((one for one in state.open_tasks() if _is_meant(one, order)), None)
    else:
        found = None if order.ref is None else state.latest(order.ref)
    return None if found is not None and order.only_open and not found.is_open else found


def _is_meant(task: TaskState, order: ReportTask) -> bool:
    if order.ref is not None:
        return order.ref in (task.ref, bare_ref(task.ref))
    return task.kind == order.of_kind


def _output(task: TaskState, order: ReportTask) -> dict[str, Any]:
    if order.merges and isinstance(task.output, dict):
        return {**task.output, **order.output}
    return order.output


def _not_found(state: JobState | None, order: ReportTask) -> str:
    if state is None and order.task_id is None:
        return f"No workflow found with ID: {order.job_id}"
    return (
        f"No task found with taskId: {order.task_id}, reference name: {order.ref}, "
        f"workflowId: {order.job_id}"
    )


def failed(reason: str) -> Ended:
    return Ended(FAILED, {"exception": reason})


def job_id_of(errand: Errand) -> str:
    """Of the job that an action starts; the same whenever it is asked for."""
    random = blake2b(errand.key.encode(), digest_size=10).digest()
    return uuid7(errand.published_at // 1000, random)


def _context(errand: Errand) -> Context:
    return Context(ACTOR, Request(request_id=errand.key, method=METHOD), errand.cause)
