"""Expressions that a plan waits for: evaluated once their request is durable."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog
from anyio.abc import TaskGroup

from daemon.decider.asked import Evaluation
from daemon.decider.commands import Command, NoteEvaluation
from daemon.decider.state import JobState
from daemon.executors.evaluator import EvaluationFailed, Evaluator
from eventstore.events import EvaluationRequested, Event

_log = structlog.get_logger("evaluations")


class Evaluating:
    def __init__(self, evaluator: Evaluator, send: Callable[[str, Command], None]) -> None:
        self._evaluator = evaluator
        self._send = send
        self._running: set[tuple[str, str]] = set()
        self._tasks: TaskGroup

    def start(self, tasks: TaskGroup) -> None:
        self._tasks = tasks

    def durable(self, events: Iterable[Event], after: JobState) -> None:
        for event in events:
            if isinstance(event, EvaluationRequested) and event.key in after.evaluations:
                self._take(after.job_id, after.evaluations[event.key])

    def take_up(self, state: JobState) -> None:
        for evaluation in state.evaluations.values():
            if evaluation.answer is None:
                self._take(state.job_id, evaluation)

    def _take(self, job_id: str, evaluation: Evaluation) -> None:
        place = (job_id, evaluation.key)
        if place not in self._running:
            self._running.add(place)
            self._tasks.start_soon(self._evaluate, job_id, evaluation)

    async def _evaluate(self, job_id: str, evaluation: Evaluation) -> None:
        key, task = evaluation.key, evaluation.task
        try:
            value = await self._evaluator.evaluate(
                evaluation.language, evaluation.expression, evaluation.input
            )
            answer = NoteEvaluation(key=key, task=task, result=value)
        except EvaluationFailed as error:
            answer = NoteEvaluation(key=key, task=task, error=str(error))
        except Exception as error:  # noqa: BLE001 - an evaluator's fault is the job's to hear
            _log.exception("evaluation failed", job_id=job_id, key=key)
            answer = NoteEvaluation(key=key, task=task, error=f"{type(error).__name__}: {error}")
        self._running.discard((job_id, key))
        self._send(job_id, answer)
