"""One job of a definition, run by the decider, with the test as its worker."""

from __future__ import annotations

from typing import Any

from daemon.decider.commands import Command, Facts, Report, StartTask, Submit
from daemon.decider.decide import decide
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Pinned, Refusal
from daemon.dialects.plan import Pins, Policy
from eventstore.events import Event, FailureJobRequested, TaskStatus
from tests.dialects.tasks.definitions import DIALECT


class Run:
    def __init__(self, definition: dict[str, Any], given: Any) -> None:
        self.events: list[Event] = []
        self._pinned = Pinned(DIALECT.compile(definition, Pins()), Policy())
        self._state: JobState | None = None
        self._ask(
            Submit(
                job_id="job",
                workflow_id="workflow",
                workflow=definition["name"],
                version_id="version",
                version_number=1,
                dialect="tasks",
                definition="digest",
                pins="digest",
                seed="seed",
                input=given,
            )
        )

    @property
    def state(self) -> JobState:
        assert self._state is not None
        return self._state

    @property
    def failure_jobs(self) -> list[FailureJobRequested]:
        return [event for event in self.events if isinstance(event, FailureJobRequested)]

    def task(self, number: int) -> TaskState:
        return self.state.tasks[number]

    def complete(self, number: int, output: Any) -> None:
        self._start(number)
        self._ask(Report(task=number, status=TaskStatus.COMPLETED, output=output))

    def fail(
        self,
        number: int,
        reason: str,
        status: TaskStatus = TaskStatus.FAILED_WITH_TERMINAL_ERROR,
    ) -> None:
        self._start(number)
        self._ask(Report(task=number, status=status, reason=reason))

    def _start(self, number: int) -> None:
        self._ask(StartTask(task=number, worker="worker", session="session"))

    def _ask(self, command: Command) -> None:
        place = len(self.events) + 1
        decision = decide(self._pinned, self._state, command, Facts(now=place, position=place))
        assert not isinstance(decision, Refusal), decision.message
        self.events.extend(decision.events)
        self._state = decision.state
