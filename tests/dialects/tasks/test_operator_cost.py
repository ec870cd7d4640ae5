"""What one decision looks up does not grow with the iterations of a loop or the branches of
a fork, and all of them together cost what they are many."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from daemon.decider.commands import Command, Facts, Report, Submit
from daemon.decider.decide import decide
from daemon.decider.state import JobState
from daemon.decider.turn import Decision, Pinned
from daemon.dialects.plan import Pins, Policy
from eventstore.events import TaskStatus
from tests.dialects.tasks.definitions import (
    DIALECT,
    dynamic_fork,
    fork,
    join,
    loop,
    task,
    workflow,
)

MANY = 5_000
FEW = 500


class Counted:
    """A map that counts look-ups and cannot be walked through. Its length costs nothing."""

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

    def set(self, key: Any, value: Any) -> Counted:
        return Counted(self._noted().set(key, value), self._count)

    def delete(self, key: Any) -> Counted:
        return Counted(self._noted().delete(key), self._count)

    def update(self, more: Any) -> Counted:
        self._count[0] += len(more)
        return Counted(self._inner.update(more), self._count)

    def __len__(self) -> int:
        return len(self._inner)

    def __iter__(self) -> Any:
        raise AssertionError("a decision walked through a whole job")

    items = values = keys = __iter__


MAPS = ("tasks", "refs", "bare", "joined", "open")


class Long:
    """A job without laws, fast enough for thousands of tasks."""

    def __init__(self, definition: dict[str, Any], given: Any = None) -> None:
        plan = DIALECT.compile(definition, Pins())
        self._pinned = Pinned(plan, Policy())
        self.looked_up = [0]
        self.held: JobState | None = None
        self.do(
            Submit(
                job_id="job",
                workflow_id="w",
                workflow="w",
                version_id="v",
                version_number=1,
                dialect="tasks",
                definition="d",
                pins="p",
                seed="s",
                input=given or {},
            )
        )

    @property
    def state(self) -> JobState:
        assert self.held is not None
        return self.held

    def do(self, command: Command) -> None:
        now = 0 if self.held is None else self.held.position
        answer = decide(self._pinned, self.held, command, Facts(now=now, position=now + 1))
        assert isinstance(answer, Decision), answer
        self.held = answer.state

    def complete(self, ref: str) -> None:
        task = self.state.latest(ref)
        assert task is not None
        self.do(Report(task=task.number, status=TaskStatus.COMPLETED, output={"x": 1}))

    def watch(self) -> None:
        """Count look-ups from here on."""
        maps = {name: Counted(getattr(self.state, name), self.looked_up) for name in MAPS}
        self.held = replace(self.state, **maps)
        self.looked_up[0] = 0

    def cost_of(self, *refs: str) -> int:
        self.watch()
        for ref in refs:
            self.complete(ref)
        return self.looked_up[0]


@pytest.fixture(autouse=True)
def no_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(_: JobState) -> None:
        raise AssertionError("a decision walked through a whole job")

    monkeypatch.setattr(JobState, "in_order", walk)
    monkeypatch.setattr(JobState, "open_tasks", walk)


def looped(iterations: int, **fields: Any) -> Long:
    body = [
        fork("f", [task("a")], [task("b"), task("c")]),
        join("j", "a", "c"),
        task("z", inputParameters={"before": "${z.output.x}", "i": "${l.output.iteration}"}),
    ]
    job = Long(workflow(loop("l", "$.z.x == 1", *body, **fields), task("end")))
    for iteration in range(1, iterations):
        for ref in "abcz":
            job.complete(f"{ref}__{iteration}")
    return job


@pytest.mark.parametrize("fields", [{}, {"inputParameters": {"keepLastN": 3}}])
def test_an_iteration_costs_the_same_however_many_went_before(fields: dict[str, Any]) -> None:
    early, late = looped(10, **fields), looped(MANY // 4, **fields)
    refs = [f"{ref}__10" for ref in "abcz"]
    later = [f"{ref}__{MANY // 4}" for ref in "abcz"]
    assert late.cost_of(*later) == early.cost_of(*refs)


def test_a_loop_that_keeps_the_newest_iterations_stays_small() -> None:
    job = looped(1_000, inputParameters={"keepLastN": 3})
    assert len(job.state.tasks) < 30
    assert len(job.state.refs) < 30


def test_a_loop_of_thousands_of_iterations_ends() -> None:
    job = Long(workflow(loop("l", f"$.l['iteration'] < {MANY}", task("a")), task("end")))
    for iteration in range(1, MANY + 1):
        job.complete(f"a__{iteration}")
    ended = job.state.latest("l")
    assert ended is not None
    assert ended.output["iteration"] == MANY
    assert ended.output[str(MANY)] == {"a": {"x": 1}}
    assert job.state.latest("end") is not None


def forked(branches: int) -> Long:
    refs = [f"a{number}" for number in range(branches)]
    return Long(workflow(fork("f", *([task(ref)] for ref in refs)), join("j", *refs), task("end")))


def dynamically_forked(branches: int) -> Long:
    tasks = [task(f"a{number}") for number in range(branches)]
    definition = workflow(
        dynamic_fork("f", tasks="${workflow.input.tasks}", inputs={}), join("j"), task("end")
    )
    return Long(definition, {"tasks": tasks})


@pytest.mark.parametrize("make", [forked, dynamically_forked])
def test_a_branch_costs_the_same_however_many_stand_beside_it(make: Any) -> None:
    assert make(MANY).cost_of("a7") == make(10).cost_of("a7")


@pytest.mark.parametrize("make", [forked, dynamically_forked])
def test_thousands_of_branches_cost_what_they_are_many(make: Any) -> None:
    few, many = make(FEW), make(MANY)
    less = few.cost_of(*(f"a{number}" for number in range(FEW)))
    more = many.cost_of(*(f"a{number}" for number in range(MANY)))
    assert many.state.latest("end") is not None
    assert more <= less * (MANY // FEW) * 1.01
