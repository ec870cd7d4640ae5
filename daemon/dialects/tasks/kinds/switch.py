"""SWITCH and DECISION: one of several lists of tasks (reference conductor.md §4)."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemon.dialects.conditions import NOT_SIMPLE, decide, value_param
from daemon.dialects.plan import (
    Done,
    EndJob,
    EndTask,
    Evaluate,
    Evaluated,
    JobView,
    Move,
    Schedule,
    TaskView,
)
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.expressions import java_text
from daemon.dialects.tasks.graph import first_waiting
from daemon.dialects.tasks.kinds.loop import failed_inside
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.step import Place
from eventstore.events import JobStatus, TaskStatus

VALUE_PARAM = "value-param"
JAVASCRIPT = "javascript"
SCRIPTS = (JAVASCRIPT, "graaljs")
"""Evaluators that run JavaScript."""


class Switch(Operator):
    """The case is decided at once where no script engine is needed. Otherwise the task
    waits for the value; only then its first task follows."""

    def schedule(self, task: WorkflowTask) -> Schedule:
        return replace(super().schedule(task), name=task.type)

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        task = place.step.task
        if not self.has_evaluator(task):
            reason = f"No evaluator registered for type: {java_text(task.evaluator_type)}"
            return (EndJob(status=JobStatus.FAILED, reason=reason),)
        value = self.value(task, given)
        if value is NOT_SIMPLE:
            return (scheduled(place, input=given, eager=True),)
        case = java_text(value)
        done = Done(output=self.output(case))
        told = {**self.kept(given), **self._told(place, case)}
        moves = (scheduled(place, input=told, done=done),)
        return (*moves, *self._branch(place, job, case, number + 1))

    def has_evaluator(self, task: WorkflowTask) -> bool:
        return task.evaluator_type == VALUE_PARAM or task.evaluator_type in SCRIPTS

    def value(self, task: WorkflowTask, given: dict[str, Any]) -> Any:
        """What decides the case; NOT_SIMPLE: only a script engine can tell."""
        if task.evaluator_type == VALUE_PARAM:
            return value_param(task.expression or "", given)
        return decide(task.expression or "", given)

    def script(self, task: WorkflowTask) -> str:
        return task.expression or ""

    def kept(self, given: dict[str, Any]) -> dict[str, Any]:
        """What stays of the input once no script needs it."""
        return given

    def output(self, case: str) -> dict[str, Any]:
        return {"evaluationResult": [case], "selectedCase": case}

    def case_of(self, output: Any) -> str | None:
        """The case that a task with this output chose."""
        case = output.get("selectedCase") if isinstance(output, dict) else None
        return case if isinstance(case, str) else None

    def chosen(self, task: WorkflowTask, case: str) -> tuple[WorkflowTask, ...]:
        """A case that is there but empty means: nothing."""
        return task.decision_cases.get(case, task.default_case)

    def _told(self, place: Place, case: str) -> dict[str, str]:
        """What the input says of the case."""
        has_children = self._head(place, case) is not None
        return {"case": case, "hasChildren": "true"} if has_children else {"case": case}

    def _head(self, place: Place, case: str) -> Place | None:
        tasks = self.chosen(place.step.task, case)
        return place.beside(tasks[0].ref) if tasks else None

    def _branch(self, place: Place, job: JobView, case: str, number: int) -> tuple[Move, ...]:
        head = self._head(place, case)
        if head is None or first_waiting(head, job) is None:
            return ()
        return place.graph.begin_at(head, job, number)

    def joined(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        evaluate = Evaluate(
            key=f"case/{task.number}",
            task=task.number,
            language=JAVASCRIPT,
            expression=self.script(place.step.task),
            input=task.input,
        )
        return (evaluate,)

    def evaluated(
        self, place: Place, job: JobView, task: TaskView, answer: Evaluated
    ) -> tuple[Move, ...]:
        if answer.error is not None:
            return self.failed(place, job, task, answer.error)
        case = java_text(answer.result)
        ended = EndTask(
            task=task.number,
            status=TaskStatus.COMPLETED,
            output=self.output(case),
            more_input=self._told(place, case),
        )
        return (ended, *self._branch(place, job, case, job.next_number))

    def failed(self, place: Place, job: JobView, task: TaskView, error: str) -> tuple[Move, ...]:
        """The loop around it fails with it, and first (observed on Conductor 3.32.3)."""
        ended = EndTask(task=task.number, status=TaskStatus.FAILED, reason=error)
        rules = place.step.rules
        around = () if rules.optional or rules.permissive else failed_inside(place, job, error)
        return (*around, ended)

    def after(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """The list that it chose goes on by itself; without one, what comes after it."""
        for head in self.set_going(place, task):
            if first_waiting(head, job) is not None:
                return place.graph.begin_at(head, job, job.next_number)
        return place.follow(job)

    def set_going(self, place: Place, task: TaskView) -> tuple[Place, ...]:
        case = self.case_of(task.output)
        head = None if case is None else self._head(place, case)
        return () if head is None else (head,)


class Decision(Switch):
    """The older form: ``caseValueParam`` or a JavaScript ``caseExpression``."""

    def has_evaluator(self, task: WorkflowTask) -> bool:
        return True

    def value(self, task: WorkflowTask, given: dict[str, Any]) -> Any:
        if task.case_expression:
            return decide(task.case_expression, given)
        return given.get(task.case_value_param or "")

    def script(self, task: WorkflowTask) -> str:
        return task.case_expression or ""

    def kept(self, given: dict[str, Any]) -> dict[str, Any]:
        """Nothing (observed on Conductor 3.32.3)."""
        return {}

    def output(self, case: str) -> dict[str, Any]:
        return {"caseOutput": [case]}

    def case_of(self, output: Any) -> str | None:
        match output:
            case {"caseOutput": [str(case)]}:
                return case
            case _:
                return None

    def chosen(self, task: WorkflowTask, case: str) -> tuple[WorkflowTask, ...]:
        return task.decision_cases.get(case) or task.default_case

    def failed(self, place: Place, job: JobView, task: TaskView, error: str) -> tuple[Move, ...]:
        """The task says what was wrong; the job has the words of the original."""
        ended = EndTask(task=task.number, status=TaskStatus.FAILED, reason=error)
        reason = f"Error while evaluating script: {self.script(place.step.task)}"
        return (ended, EndJob(status=JobStatus.FAILED, reason=reason, task=task.number))
