"""What one decision touches does not grow with the job."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from daemon.decider.commands import Command, Facts, SendEvent
from daemon.decider.decide import decide
from daemon.decider.state import JobState
from daemon.decider.turn import Decision, Pinned
from daemon.dialects.plan import JobView, Move, Plan, Policy, Schedule, TaskRules, TaskView
from eventstore.events import JobStatus, TaskScheduled
from tests.decider.plans import Stages, sequence, step
from tests.decider.scenario import BEGINNING, done, extend, failed, progress, start, submit

LONG = 5_000


class Reads:
    """A map that counts look-ups and cannot be walked through or measured."""

    def __init__(self, inner: Any, count: list[int]) -> None:
        self._inner = inner
        self._count = count

    def _noted(self) -> Any:
        self._count[0] += 1
        return self._inner

    def __getitem__(self, key: Any) -> Any:
        return self._noted()[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._noted()

    def get(self, key: Any, default: Any = None) -> Any:
        return self._noted().get(key, default)

    def set(self, key: Any, value: Any) -> Reads:
        return Reads(self._noted().set(key, value), self._count)

    def delete(self, key: Any) -> Reads:
        return Reads(self._noted().delete(key), self._count)

    def __bool__(self) -> bool:
        return bool(self._inner)

    def __iter__(self) -> Any:
        raise AssertionError("a decision walked through a whole job")

    items = values = keys = __len__ = __iter__


MAPS = ("tasks", "order", "refs", "open", "timers", "timer_reasons", "events", "awaiting")


class Wide(Stages, frozen=True, kw_only=True):
    """Many steps at once, and nothing after them."""

    width: int

    def first(self, job: JobView) -> tuple[Move, ...]:
        return tuple(
            Schedule(ref=f"a{number}", name="a", task_type="a", kind="SIMPLE", input=None)
            for number in range(self.width)
        )

    def after(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        return ()

    def rules(self, job: JobView, task: TaskView | Schedule) -> TaskRules:
        return TaskRules(retry_count=3, response_timeout_seconds=9)

    def retry_input(self, job: JobView, task: TaskView) -> Any:
        return None

    def accept(self, job: JobView, task: TaskView, output: Any) -> None:
        return None


class Driven:
    def __init__(self, plan: Plan) -> None:
        self.pinned = Pinned(plan, Policy())
        self.state: JobState | None = None
        self.looked_up = [0]

    def do(self, *commands: Command) -> JobState:
        for command in commands:
            position = self.state.position + 1 if self.state else 1
            facts = Facts(now=BEGINNING, position=position)
            answer = decide(self.pinned, self.state, command, facts)
            assert isinstance(answer, Decision), answer
            self.state = answer.state
        assert self.state is not None
        return self.state

    def watch(self) -> None:
        """From now on, look-ups are counted and walks fail."""
        assert self.state is not None
        maps = {name: Reads(getattr(self.state, name), self.looked_up) for name in MAPS}
        self.state = replace(self.state, **maps)


@pytest.fixture(autouse=True)
def no_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(_: JobState) -> None:
        raise AssertionError("a decision walked through a whole job")

    monkeypatch.setattr(JobState, "in_order", walk)
    monkeypatch.setattr(JobState, "open_tasks", walk)


def long_job(length: int) -> Driven:
    rules = {"retry_count": 9, "response_timeout_seconds": 9}
    job = Driven(sequence(step("a", goes_to="b", **rules), step("b", goes_to="a", **rules)))
    job.do(submit())
    for number in range(1, length):
        job.do(done(number))
    return job


def everything(job: Driven, task: int) -> int:
    """The whole life of one attempt, its failure and the next one. Gives the look-ups."""
    job.watch()
    job.looked_up[0] = 0
    job.do(start(task), extend(task), progress(task), start(task), failed(task))
    assert job.state is not None
    job.do(done(job.state.next_number - 1, {"x": 1}), SendEvent(event_id="other"))
    return job.looked_up[0]


def test_a_step_of_a_long_job_touches_no_more_than_one_of_a_short_job() -> None:
    short, long = long_job(50), long_job(LONG)
    assert everything(long, LONG) == everything(short, 50)
    assert long.state is not None
    assert long.state.status is JobStatus.RUNNING


def test_a_branch_of_a_wide_job_touches_no_more_than_one_of_a_narrow_job() -> None:
    narrow, wide = Driven(Wide(stages=(), width=10)), Driven(Wide(stages=(), width=LONG))
    for job in (narrow, wide):
        job.do(submit())
    assert everything(wide, 7) == everything(narrow, 7)


def test_what_a_decision_writes_does_not_grow_with_the_job() -> None:
    job = long_job(LONG)
    assert job.state is not None
    facts = Facts(now=BEGINNING, position=job.state.position + 1)
    answer = decide(job.pinned, job.state, done(LONG), facts)
    assert isinstance(answer, Decision)
    assert [type(event) for event in answer.events[1:]] == [TaskScheduled]
