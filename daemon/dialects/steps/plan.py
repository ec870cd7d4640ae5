"""The plan of a ``steps`` version: what follows what, with which input, under which contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from daemon.dialects.contracts.violation import shown
from daemon.dialects.plan import (
    ChildEnd,
    ChildJob,
    Contracts,
    Ending,
    EndJob,
    EndTask,
    FailureJob,
    Fault,
    JobLimit,
    JobView,
    Move,
    Prepared,
    Schedule,
    TaskRules,
    TaskView,
)
from daemon.dialects.steps.children import Children, Member, owners_of
from daemon.dialects.steps.contract import Contract, breach
from daemon.dialects.steps.data import ExecutionData, Keys
from daemon.dialects.steps.entrance import Entrance
from daemon.dialects.steps.joining import end_of, job_of, next_moves
from daemon.dialects.steps.logic import LogicError, evaluate, truthy
from daemon.dialects.steps.transformer import Fieldset, TransformError
from daemon.dialects.steps.workflow import Step
from daemon.dialects.without_operators import WithoutOperators
from eventstore.events import TASK_SUCCESSFUL, JobStatus, TaskStatus, Value

SHOWN_RULE: Final = 500
"""Characters of a transition that has no result."""


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step with everything that is compiled once. ``schedule`` is it without its input."""

    step: Step
    schedule: Schedule
    rules: TaskRules
    fieldset: Fieldset | None
    takes: Contract
    gives: Contract
    children: Children | None = None
    """The jobs that do its work."""


class WrongTransition(ValueError):
    """A transition that leads nowhere."""


class StepsPlan(WithoutOperators):
    timeout_seconds: float = 0
    alert_only: bool = False
    restartable: bool = True
    variables: Mapping[str, Any] = {}

    def __init__(
        self,
        *,
        steps: Mapping[str, PlannedStep],
        first: str,
        keys: Keys,
        entrance: Entrance,
        contracts: Contracts,
        max_operations: int,
        cost: int,
    ) -> None:
        self._steps = steps
        self._owners = owners_of(one.children for one in steps.values())
        self._first = first
        self._keys = keys
        self._entrance = entrance
        self._contracts = contracts
        self._max_operations = max_operations
        self._cost = cost

    def prepare(self, given: Value) -> Prepared:
        return Prepared(input=given, problems=self._entrance.problems(given))

    def first(self, job: JobView) -> tuple[Move, ...]:
        return (self._scheduled(job, self._steps[self._first], job.input),)

    def after(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        if task.ref not in self._steps and (owner := self._owners.of(task.ref)) is not None:
            return self._after_child(job, task, owner.step)
        if task.status not in TASK_SUCCESSFUL:
            return (EndJob(status=JobStatus.FAILED, reason=task.reason, task=task.number),)
        try:
            following = self._following(job, task)
        except WrongTransition as error:
            return (EndJob(status=JobStatus.FAILED, reason=str(error), task=task.number),)
        return () if following is None else (self._scheduled(job, following, task.output),)

    def _after_child(self, job: JobView, task: TaskView, step: str) -> tuple[Move, ...]:
        """Nothing but through the step, unless that had failed already and the child went on
        after it: then the step joins its children anew."""
        planned, joining = self._steps.get(step), job.latest(step)
        if planned is None or joining is None or joining.ended_at is None:
            return ()
        if joining.status in TASK_SUCCESSFUL:
            return ()
        if task.status is not TaskStatus.COMPLETED:
            return (EndJob(status=JobStatus.FAILED, reason=task.reason, task=task.number),)
        return (self._joining(job, planned, joining.input, joining.iteration),)

    def _following(self, job: JobView, task: TaskView) -> PlannedStep | None:
        """Raises WrongTransition."""
        planned = self._steps.get(task.ref)
        if planned is None:
            raise WrongTransition(_no_such_step(task.ref))
        transition = planned.step.transition
        if transition is None:
            return None
        if isinstance(transition, str):
            return self._steps.get(transition) or self._named(task.ref, transition)
        try:
            answer = evaluate(transition, self._data(job), self._max_operations)
        except LogicError as error:
            raise WrongTransition(
                f"Invalid transition logic: {shown(transition, SHOWN_RULE)}. Error: {error}, "
                f"after step '{task.ref}'"
            ) from error
        return self._named(task.ref, answer)

    def _data(self, job: JobView) -> ExecutionData:
        return ExecutionData(job, self._keys)

    def _named(self, ref: str, answer: Any) -> PlannedStep | None:
        if not truthy(answer) and not isinstance(answer, list):
            return None
        following = self._steps.get(answer) if isinstance(answer, str) else None
        if following is None:
            # What a rule makes can nest deeper than can be written.
            told = "a list or an object" if isinstance(answer, (list, Mapping)) else shown(answer)
            raise WrongTransition(
                f"the transition of step '{ref}' answered {told}, which is the name of no step"
            )
        return following

    def _scheduled(self, job: JobView, planned: PlannedStep, handed_on: Value) -> Schedule:
        earlier = job.latest(planned.step.name)
        iteration = 0 if earlier is None else earlier.iteration + 1
        made = planned.takes.fitted(handed_on)
        if planned.fieldset is not None:
            made = self._mapped(job, planned, planned.fieldset)
        if isinstance(made, Fault):
            return replace(planned.schedule, iteration=iteration, fault=made)
        fault = self._fault("input", planned.step.name, planned.takes, made)
        if planned.children is not None and fault is None:
            return self._joining(job, planned, made, iteration)
        return replace(planned.schedule, input=made, iteration=iteration, fault=fault)

    def _joining(
        self, job: JobView, planned: PlannedStep, given: Value, iteration: int
    ) -> Schedule:
        members = self._members(job, planned, given)
        ready = replace(planned.schedule, input=given, iteration=iteration)
        if isinstance(members, Fault):
            return replace(ready, fault=members)
        return replace(ready, joins=tuple(member.ref for member in members))

    def _members(
        self, job: JobView, planned: PlannedStep | None, given: Value
    ) -> tuple[Member, ...] | Fault:
        if planned is None or planned.children is None:
            return Fault(reason="this version has no such step that runs child jobs")
        return planned.children.members(given, self._data(job))

    def joined(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        planned = self._steps.get(task.ref)
        members = self._members(job, planned, task.input)
        if isinstance(members, Fault) or planned is None or planned.children is None:
            reason = members.reason if isinstance(members, Fault) else _no_such_step(task.ref)
            return (EndTask(task=task.number, status=TaskStatus.FAILED, reason=reason),)
        return next_moves(
            job, task, planned.children, members, lambda made: self.accept(job, task, made)
        )

    def child(self, job: JobView, task: TaskView) -> ChildJob | Fault:
        owner = self._owners.of(task.ref)
        return super().child(job, task) if owner is None else job_of(job, task, owner.child)

    def child_ended(self, job: JobView, task: TaskView, end: ChildEnd) -> EndTask:
        owner = self._owners.of(task.ref)
        return super().child_ended(job, task, end) if owner is None else end_of(task, owner, end)

    def _mapped(self, job: JobView, planned: PlannedStep, fieldset: Fieldset) -> Value | Fault:
        try:
            return fieldset.map(self._data(job))
        except TransformError as error:
            where = f"the inputTransformer of step '{planned.step.name}' fails at {error.where}"
            return Fault(reason=f"{where}: {error}")

    def _fault(self, side: str, ref: str, contract: Contract, value: Value) -> Fault | None:
        if self._contracts is not Contracts.ENFORCE or contract.accepts(value):
            return None
        found = contract.violations(value)
        return Fault(reason=breach(f"{side} of step '{ref}'", contract, found)) if found else None

    def breaches(self, task: TaskView) -> tuple[str, ...]:
        """What there is to warn of: how an ended task broke its contracts where that stops
        nothing (``contracts = warn``)."""
        planned = self._steps.get(task.ref)
        if planned is None or self._contracts is not Contracts.WARN:
            return ()
        found = [("input", planned.takes, task.input)]
        if task.status in TASK_SUCCESSFUL:
            found.append(("output", planned.gives, planned.gives.present(task.output)))
        return tuple(
            breach(f"{side} of step '{task.ref}'", contract, violations)
            for side, contract, value in found
            if (violations := contract.violations(value))
        )

    def rules(self, job: JobView, task: TaskView | Schedule) -> TaskRules:
        planned = self._steps.get(task.ref)
        if planned is not None:
            return planned.rules
        owner = self._owners.of(task.ref)
        return TaskRules() if owner is None else owner.rules

    def retry_input(self, job: JobView, task: TaskView) -> Value | Fault:
        planned = self._steps.get(task.ref)
        given = task.input
        if planned is None:
            known = self._owners.of(task.ref) is not None
            return given if known else Fault(reason=_no_such_step(task.ref))
        if planned.fieldset is not None and _never_had_input(task):
            given = self._mapped(job, planned, planned.fieldset)
        if isinstance(given, Fault):
            return given
        fault = self._fault("input", task.ref, planned.takes, given)
        return given if fault is None else fault

    def accept(self, job: JobView, task: TaskView, output: Value) -> Fault | None:
        planned = self._steps.get(task.ref)
        if planned is None:
            return None
        return self._fault("output", task.ref, planned.gives, planned.gives.present(output))

    def output(self, job: JobView) -> Value:
        last = self._last(job)
        return None if last is None else last.output

    def _last(self, job: JobView) -> TaskView | None:
        """The newest task, or where steps behind it were skipped in advance the last of those."""
        last = self._newest(job) or self._skipped(job, self._first)
        for _ in self._steps:
            if last is None or last.status not in TASK_SUCCESSFUL:
                break
            try:
                following = self._following(job, last)
            except WrongTransition:
                break
            skipped = None if following is None else self._skipped(job, following.step.name)
            if skipped is None:
                break
            last = skipped
        return last

    def _newest(self, job: JobView) -> TaskView | None:
        last = job.last()
        owner = None if last is None or last.ref in self._steps else self._owners.of(last.ref)
        return last if owner is None else job.latest(owner.step)

    def _skipped(self, job: JobView, ref: str) -> TaskView | None:
        task = job.latest(ref)
        return task if task is not None and task.status is TaskStatus.SKIPPED else None

    def job_limit(self, given: Value, correlation_id: str | None) -> JobLimit | None:
        """The language has no word for it; pools limit jobs of ``steps``."""
        return None

    def failure(self, job: JobView, ending: Ending) -> FailureJob | None:
        return None

    def step(self, ref: str) -> Schedule | None:
        planned = self._steps.get(ref)
        return None if planned is None else planned.schedule

    def cost(self) -> int:
        return self._cost


def _never_had_input(task: TaskView) -> bool:
    """Its input was refused, or could not be made, when it was scheduled."""
    return task.started_at is None and task.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR


def _no_such_step(ref: str) -> str:
    return f"this version has no step '{ref}'"
