"""Jobs that start, end and wait for other jobs.

A job never changes another one: its stream holds the intent, and what is done about it
here is a command to the other job, whose answer comes back as a command too. Each is safe
to repeat: the other job's id stands in the intent, and a job refuses an answer that it
does not wait for. So the same intents are simply taken up again after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from msgspec.structs import replace

from daemon.decider.commands import (
    Command,
    NoteChildEnd,
    NoteChildReopened,
    NoteChildStart,
    NoteFailureJob,
    Terminate,
)
from daemon.decider.state import (
    ChildRequest,
    ChildTermination,
    FailureRequest,
    JobState,
    TaskState,
)
from daemon.decider.turn import Refusal, RefusalKind
from daemon.executors.handoff import deferred_in
from daemon.reactor.claims import Strategy
from daemon.reactor.jobs import Context, Done, Jobs
from daemon.reactor.reactions import asks_failure_job
from daemon.reactor.starts import Selector, Starts, Wanted
from eventstore.events import (
    ChildReopened,
    ChildRequested,
    ChildTerminationRequested,
    Event,
    JobRerun,
    JobRestarted,
    JobRetried,
    JobStatus,
)
from eventstore.store import Request

_REOPENED = {JobRetried: "retried", JobRestarted: "restarted", JobRerun: "reran"}


_UNKNOWN = (RefusalKind.NO_SUCH_WORKFLOW, RefusalKind.NO_SUCH_VERSION, RefusalKind.NO_VERSION)
"""There is nothing to start."""


class House(Protocol):
    """What the family needs of the reactor."""

    def run(self, act: Callable[[], Any]) -> None: ...
    def send(self, job_id: str, command: Command, context: Context) -> None: ...


class Family:
    def __init__(self, jobs: Jobs, starts: Starts, house: House) -> None:
        self._jobs = jobs
        self._starts = starts
        self._house = house

    def durable(self, done: Done) -> None:
        """What a durable decision means for other jobs."""
        after = done.after
        asked = asks_failure_job(after)
        before = None if done.before is None else asks_failure_job(done.before)
        if asked is not None and asked is not before:
            self._house.run(lambda: self._start_failure_job(after, asked))
        self._tell_children(done.events, after)
        if after.parent_job is not None:
            self._tell_parent(done)

    def take_up(self, state: JobState) -> None:
        """The same intents again, from a job read from the log."""
        asked = asks_failure_job(state)
        if asked is not None:
            self._house.run(lambda: self._start_failure_job(state, asked))
        for task in state.open_tasks():
            if task.child is not None:
                self._start(state, task, task.child)
            elif task.child_job is not None:
                self._ask_for_end(state, task, task.child_job)
        for termination in state.terminations.values():
            self._terminate(state, termination)
        if state.parent_job is not None and state.reopened and not state.has_ended:
            self._tell_reopened(state, "taken up")

    def ask_again(self, state: JobState) -> None:
        """After a commit of the job was lost: its parent may have ended it in there, and
        jobs that it has done with may have told it that they go on."""
        if state.parent_job is not None and not state.has_ended:
            self._ask_parent(state.parent_job, state.job_id)
        for task in state.in_order():
            if task.child_job is not None and not task.is_open and not task.retried:
                self._ask_whether_reopened(task, task.child_job)

    def _tell_children(self, events: Iterable[Event], after: JobState) -> None:
        for event in events:
            match event:
                case ChildRequested():
                    task = after.tasks.get(event.task)
                    if task is not None and task.child is not None:
                        self._start(after, task, task.child)
                case ChildTerminationRequested():
                    wanted = after.terminations.get(event.job_id)
                    if wanted is not None:
                        self._terminate(after, wanted)

    def _tell_parent(self, done: Done) -> None:
        after = done.after
        if after.has_ended:
            self._tell_end(after)
        elif done.before is not None and done.before.has_ended:
            first = done.events[0]
            why = _REOPENED.get(type(first), "retried")
            if isinstance(first, ChildReopened):
                why = first.why
            self._tell_reopened(after, why)

    # Starting

    def _start(self, state: JobState, task: TaskState, asked: ChildRequest) -> None:
        self._house.run(lambda: self._start_child(state, task.number, asked))

    def _start_child(self, state: JobState, number: int, asked: ChildRequest) -> None:
        parent = self._jobs.cell(state.job_id).tail
        task = None if parent is None else parent.tasks.get(number)
        if task is None or task.child is None or task.child.job_id != asked.job_id:
            return
        refusal = self._started(
            state,
            asked.position,
            asked.job_id,
            lambda context: self._submit(state, number, asked, context),
        )
        answer = _child_answer(number, asked, refusal)
        self._house.send(state.job_id, answer, Context("daemon", None, asked.position))

    def _submit(
        self, state: JobState, number: int, asked: ChildRequest, context: Context
    ) -> Done | Refusal:
        wanted = Wanted(
            input=asked.input,
            correlation_id=asked.correlation_id,
            priority=asked.priority,
            domains=asked.domains,
            cause_job=state.job_id,
            parent_task=number if asked.attached else None,
            depth=state.frame.depth + 1,
            shares=_held_above(state) if asked.attached else (),
            job_id=asked.job_id,
            deferred=self._deferred(state, asked),
            idempotency_key=asked.idempotency_key,
        )
        if asked.idempotency_strategy is not None:
            if asked.idempotency_strategy not in Strategy.__members__:
                return _no_strategy(asked.idempotency_strategy)
            wanted = replace(wanted, strategy=Strategy(asked.idempotency_strategy))
        if asked.definition is not None:
            return self._starts.submit_definition(asked.definition, wanted, context)
        return self._starts.submit(
            asked.workflow or "", self._starts.frozen(state, asked), wanted, context
        )

    def _deferred(self, state: JobState, asked: ChildRequest) -> tuple[str, ...]:
        """What stands in the child's input of the expressions that the job itself may fill in.
        Raises Cold."""
        own = self._jobs.pinned(state).deferred
        return tuple(sorted(own & deferred_in(asked.input))) if own else ()

    def _start_failure_job(self, state: JobState, asked: FailureRequest) -> None:
        wanted = Wanted(
            input=asked.input,
            correlation_id=state.frame.correlation_id,
            domains=state.frame.domains,
            cause_job=state.job_id,
            depth=state.frame.depth + 1,
            job_id=asked.job_id,
        )
        selector = Selector(version_number=asked.version_number)
        refusal = self._started(
            state,
            asked.position,
            asked.job_id,
            lambda context: self._starts.submit(asked.workflow, selector, wanted, context),
        )
        answer = NoteFailureJob(
            job_id=asked.job_id,
            started=refusal is None,
            reason=None if refusal is None else _refused(asked, refusal),
        )
        self._house.send(state.job_id, answer, Context("daemon", None, asked.position))

    def _started(
        self,
        state: JobState,
        position: int,
        job_id: str,
        submit: Callable[[Context], Done | Refusal],
    ) -> Refusal | None:
        """Start the other job unless it is there already."""
        if self._jobs.cell(job_id).tail is not None:
            return None
        request = Request(request_id=f"{state.job_id}:{position}", indexed=False)
        done = submit(Context("daemon", request, position))
        return done if isinstance(done, Refusal) else None

    # Ending

    def _terminate(self, state: JobState, wanted: ChildTermination) -> None:
        self._house.run(lambda: self._terminate_child(state, wanted))

    def _terminate_child(self, state: JobState, wanted: ChildTermination) -> None:
        context = Context("daemon", None, wanted.position)
        done = self._jobs.execute(wanted.job_id, Terminate(reason=wanted.reason), context)
        if not isinstance(done, Refusal):
            return
        child = self._jobs.cell(wanted.job_id).tail
        if child is not None and child.has_ended:
            self._tell_end(child)
        elif done.kind is RefusalKind.NO_SUCH_JOB:
            never = NoteChildEnd(
                task=wanted.task, job_id=wanted.job_id, status=JobStatus.TERMINATED
            )
            self._house.send(state.job_id, never, context)

    def _ask_for_end(self, state: JobState, task: TaskState, job_id: str) -> None:
        def ask() -> None:
            child = self._jobs.cell(job_id).durable
            if child is not None and child.has_ended:
                self._tell_end(child)

        self._house.run(ask)

    def _ask_parent(self, parent_id: str, job_id: str) -> None:
        def ask() -> None:
            parent = self._jobs.cell(parent_id).durable
            wanted = None if parent is None else parent.terminations.get(job_id)
            if parent is not None and wanted is not None:
                self._terminate_child(parent, wanted)

        self._house.run(ask)

    def _ask_whether_reopened(self, task: TaskState, job_id: str) -> None:
        def ask() -> None:
            child = self._jobs.cell(job_id).durable
            if child is None or not child.reopened:
                return
            ended_again = child.has_ended and (child.ended_at or 0) > (task.ended_at or 0)
            if ended_again or not child.has_ended:
                self._tell_reopened(child, "taken up")
            if ended_again:
                self._tell_end(child)

        self._house.run(ask)

    def _tell_end(self, child: JobState) -> None:
        parent, number = child.parent_job, child.parent_task
        if parent is None or number is None:
            return
        told = NoteChildEnd(
            task=number,
            job_id=child.job_id,
            status=child.status,
            output=child.output,
            reason=child.reason,
        )
        self._house.send(parent, told, Context("daemon", None, child.position))

    def _tell_reopened(self, child: JobState, why: str) -> None:
        parent, number = child.parent_job, child.parent_task
        if parent is None or number is None:
            return
        told = NoteChildReopened(task=number, job_id=child.job_id, why=why)
        self._house.send(parent, told, Context("daemon", None, child.position))


def _held_above(state: JobState) -> tuple[str, ...]:
    """Limits of which the job or one above it holds a slot, for those below."""
    if state.admission is None:
        return state.frame.shares
    return tuple(dict.fromkeys((*state.frame.shares, *state.admission.held)))


def _child_answer(number: int, asked: ChildRequest, refusal: Refusal | None) -> NoteChildStart:
    """Nobody can wait for a job that another started: its end is told to that one only."""
    existing = None if refusal is None or asked.attached else refusal.existing
    reason = None if refusal is None else refusal.message
    if refusal is not None and refusal.existing is not None and asked.attached:
        reason = f"{refusal.message}; a sub workflow cannot wait for a job that it did not start"
    return NoteChildStart(
        task=number,
        job_id=asked.job_id,
        started=refusal is None or existing is not None,
        existing=existing,
        is_unknown=refusal is not None and refusal.kind in _UNKNOWN,
        reason=None if existing is not None else reason,
    )


def _no_strategy(given: str) -> Refusal:
    return Refusal(
        kind=RefusalKind.KEY_TAKEN,
        message=f"idempotencyStrategy {given!r} is none of {', '.join(Strategy)}",
    )


def _refused(asked: FailureRequest, refusal: Refusal) -> str:
    why = refusal.message
    if refusal.kind in _UNKNOWN:
        version = "null" if asked.version_number is None else asked.version_number
        why = f"No such workflow defined. name={asked.workflow}, version={version}"
    return f"Error workflow {asked.workflow} failed to start.  reason: {why}"
