"""Given what a job went through, when a command comes, then these events or this refusal.

Every decision of every scenario is also held to what is true of all decisions
(``tests.decider.laws``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from daemon.decider.commands import (
    Command,
    Extend,
    Facts,
    FireTimer,
    Report,
    Restart,
    ReturnTask,
    StartTask,
    Submit,
)
from daemon.decider.decide import decide
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import SECOND, Decision, Pinned, Refusal, RefusalKind
from daemon.dialects.plan import Plan, Policy
from eventstore.events import Event, TaskStatus
from tests.decider import laws
from tests.decider.plans import Stages

BEGINNING = 1_700_000_000 * SECOND


def at(seconds: float) -> int:
    """The time ``seconds`` after the job's scenario began."""
    return BEGINNING + round(seconds * SECOND)


class Passed(NamedTuple):
    """Let this many seconds pass."""

    seconds: float


class Outcome:
    """What one command came to."""

    def __init__(self, job: Given, answer: Decision | Refusal) -> None:
        self.job = job
        self.answer = answer

    @property
    def events(self) -> tuple[Event, ...]:
        assert isinstance(self.answer, Decision), self.answer
        return self.answer.events

    @property
    def state(self) -> JobState:
        return self.job.state

    def then(self, *expected: Event) -> Outcome:
        """Exactly these events."""
        assert self.events == expected
        return self

    def brings(self, *expected: Event) -> Outcome:
        """These events in this order, among others."""
        rest = iter(self.events)
        for event in expected:
            assert any(event == one for one in rest), f"no {event} in {self.events}"
        return self

    def of(self, kind: type[Any]) -> Any:
        """The only event of a class."""
        found = [event for event in self.events if isinstance(event, kind)]
        assert len(found) == 1, f"{len(found)} {kind.__name__} in {self.events}"
        return found[0]

    def without(self, kind: type[Event]) -> Outcome:
        assert not [event for event in self.events if isinstance(event, kind)], self.events
        return self

    def refused(self, kind: RefusalKind, *words: str) -> Refusal:
        """Refused for this reason, and the message has all of the words."""
        assert isinstance(self.answer, Refusal), self.answer
        assert self.answer.kind is kind, self.answer
        for word in words:
            assert word in self.answer.message
        return self.answer


class Given:
    """A job under one plan, its clock and all that happened to it."""

    def __init__(self, plan: Plan, policy: Policy) -> None:
        self.plan = plan
        self.policy = policy
        self.now = BEGINNING
        self.batches: list[laws.Made] = []
        self._state: JobState | None = None

    @property
    def state(self) -> JobState:
        assert self._state is not None, "the job was not submitted"
        return self._state

    def task(self, number: int) -> TaskState:
        return self.state.tasks[number]

    def after(self, *happened: Command | Passed) -> Given:
        """Each of the commands must be accepted."""
        for one in happened:
            if isinstance(one, Passed):
                self.now += round(one.seconds * SECOND)
            else:
                outcome = self.when(one)
                assert isinstance(outcome.answer, Decision), (one, outcome.answer)
        return self

    def when(self, command: Command) -> Outcome:
        position = 100 + 10 * len(self.batches) + (self._state.position if self._state else 0)
        facts = Facts(now=self.now, position=position, actor="uid:1000/alice")
        pinned = Pinned(self.plan, self.policy)
        answer = decide(pinned, self._state, command, facts)
        if isinstance(answer, Decision):
            made = laws.Made(pinned, self._state, facts, answer)
            self.batches.append(made)
            self._state = answer.state
            laws.hold(made)
        return Outcome(self, answer)


def given(plan: Stages, *happened: Command | Passed, **policy: Any) -> Given:
    """A submitted job and what came after. ``policy``: fields of Policy."""
    return nothing(plan, **policy).after(submit(), *happened)


def nothing(plan: Stages, **policy: Any) -> Given:
    return Given(plan, Policy(**policy))


def submit(**fields: Any) -> Submit:
    return Submit(
        **{
            "job_id": "job-1",
            "workflow_id": "workflow-1",
            "workflow": "orders",
            "version_id": "version-1",
            "version_number": 1,
            "dialect": "tasks",
            "definition": "definition-1",
            "pins": "pins-1",
            "seed": "seed",
            "input": {},
            **fields,
        }
    )


def start(task: int, worker: str = "w1", session: str = "s1") -> StartTask:
    return StartTask(task=task, worker=worker, session=session)


def done(task: int, output: Any = None, **fields: Any) -> Report:
    return Report(task=task, status=TaskStatus.COMPLETED, output=output, worker="w1", **fields)


def failed(task: int, reason: str | None = "no", **fields: Any) -> Report:
    fields = {"status": TaskStatus.FAILED, "worker": "w1", **fields}
    return Report(task=task, reason=reason, **fields)


def progress(task: int, output: Any = None, **fields: Any) -> Report:
    return Report(task=task, status=TaskStatus.IN_PROGRESS, output=output, worker="w1", **fields)


def extend(task: int) -> Extend:
    return Extend(task=task, worker="w1")


def give_back(task: int, session: str | None = "s1", why: str = "session gone") -> ReturnTask:
    return ReturnTask(task=task, why=why, session=session)


def fire(timer: str, due_at: int = 0) -> FireTimer:
    """A timer by its name: ``timeout``, ``ready/3``, ``poll/1``."""
    number = timer.partition("/")[2]
    return FireTimer(timer=timer, due_at=due_at, task=int(number) if number else None)


def passed(seconds: float) -> Passed:
    return Passed(seconds)


def restart(**fields: Any) -> Restart:
    version = {"version_id": "version-1", "version_number": 1, "dialect": "tasks"}
    pinned = {"definition": "definition-1", "pins": "pins-1", "use_latest": False}
    return Restart(**{**version, **pinned, **fields})
