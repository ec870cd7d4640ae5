"""What one job asks of the interpreter in the pure core, counted: the same on a busy machine
and on a quiet one. What is won by plain structures stays won."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from benchmarks import definitions
from daemon import decider
from daemon.decider.commands import Command, Facts, Report, StartTask, Submit
from daemon.decider.decide import decide
from daemon.decider.state import JobState
from daemon.decider.turn import Decision, Pinned
from daemon.dialects.plan import Pins, Policy
from daemon.dialects.registry import dialect_named
from eventstore.events import JobStatus, TaskStatus
from tests.dialects.tasks.definitions import fork, join, task, workflow

DAEMON = str(Path(decider.__file__).parent.parent)

counted_on_one_version = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="another interpreter has other instructions"
)


class Cost:
    instructions = 0
    calls = 0


@contextmanager
def counted() -> Iterator[Cost]:
    """In functions of the daemon."""
    cost = Cost()

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        if event == "call":
            if not frame.f_code.co_filename.startswith(DAEMON):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            cost.calls += 1
        elif event == "opcode":
            cost.instructions += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield cost
    finally:
        sys.settrace(before)


class Job:
    """Without laws and without a log."""

    def __init__(self, dialect: str, definition: dict[str, Any]) -> None:
        plan = dialect_named(dialect).compile(definition, Pins())
        self._pinned = Pinned(plan, Policy())
        self._submit = Submit(
            job_id="job",
            workflow_id="w",
            workflow="w",
            version_id="v",
            version_number=1,
            dialect=dialect,
            definition="d",
            pins="p",
            seed="s",
            input=definitions.SAMPLE,
        )
        self._state: JobState | None = None

    @property
    def state(self) -> JobState:
        assert self._state is not None
        return self._state

    def do(self, command: Command) -> None:
        position = self._state.position + 1 if self._state else 1
        answer = decide(self._pinned, self._state, command, Facts(now=1, position=position))
        assert isinstance(answer, Decision), answer
        self._state = answer.state

    def submit(self) -> None:
        self.do(self._submit)

    def work(self, number: int) -> None:
        self.do(StartTask(task=number, worker="w", session="s"))
        done = TaskStatus.COMPLETED
        self.do(Report(task=number, status=done, worker="w", output=definitions.SAMPLE))


def life(dialect: str, definition: dict[str, Any]) -> Cost:
    """Of a job of three steps, from its submit to its end."""
    job = Job(dialect, definition)
    with counted() as cost:
        job.submit()
        for number in (1, 2, 3):
            job.work(number)
    assert job.state.status is JobStatus.COMPLETED
    return cost


@pytest.mark.parametrize(
    ("dialect", "definition", "calls"),
    [
        ("tasks", definitions.tasks("short", 3), 165),
        ("steps", definitions.steps("checked", 3), 155),
    ],
)
def test_a_job_of_three_steps_costs_few_calls(
    dialect: str, definition: dict[str, Any], calls: int
) -> None:
    assert life(dialect, definition).calls <= calls


@counted_on_one_version
@pytest.mark.parametrize(
    ("dialect", "definition", "instructions"),
    [
        ("tasks", definitions.tasks("short", 3), 5_000),
        ("steps", definitions.steps("checked", 3), 5_500),
    ],
)
def test_a_job_of_three_steps_costs_few_instructions(
    dialect: str, definition: dict[str, Any], instructions: int
) -> None:
    assert life(dialect, definition).instructions <= instructions


def fan(branches: int) -> Cost:
    """Of a job with that many branches and their join."""
    refs = [f"a{number}" for number in range(branches)]
    job = Job("tasks", workflow(fork("f", *([task(ref)] for ref in refs)), join("j", *refs)))
    with counted() as cost:
        job.submit()
        for number in range(2, branches + 2):
            job.work(number)
    assert job.state.status is JobStatus.COMPLETED
    return cost


def test_a_branch_of_a_wide_fork_costs_what_one_of_a_narrow_fork_costs() -> None:
    narrow, wide = fan(50), fan(200)
    assert wide.instructions / 200 <= narrow.instructions / 50
    assert wide.calls / 200 <= narrow.calls / 50


def test_all_steps_of_a_long_row_cost_the_same() -> None:
    def row(steps: int) -> Cost:
        job = Job("tasks", definitions.tasks("row", steps))
        with counted() as cost:
            job.submit()
            for number in range(1, steps + 1):
                job.work(number)
        assert job.state.status is JobStatus.COMPLETED
        return cost

    short, long = row(50), row(200)
    assert long.instructions / 200 <= short.instructions / 50
