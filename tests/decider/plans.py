"""A small plan to decide with: stages of steps, each stage begun when the one before ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from daemon.decider.retries import may_retry
from daemon.dialects.plan import (
    Ending,
    FailureJob,
    Fault,
    JobView,
    Move,
    Prepared,
    Problem,
    Schedule,
    TaskRules,
    TaskView,
)
from daemon.dialects.without_operators import WithoutOperators
from eventstore.events import TASK_SUCCESSFUL, CacheUse, TaskStatus

OUTPUT_KEY = "failureJob"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """``then`` replaces the step's successor with moves of its own; ``goes_to`` names it."""

    ref: str
    rules: TaskRules = TaskRules()
    delay_seconds: float = 0
    offered: bool = True
    fault: Fault | None = None
    retry_fault: Fault | None = None
    refuses: Any = msgspec.UNSET
    """An output that breaks the step's contract."""
    cache: CacheUse | None = None
    goes_to: str | None = None
    then: Callable[[TaskView], tuple[Move, ...]] | None = None


class Stages(WithoutOperators, msgspec.Struct, frozen=True, kw_only=True):
    """Implements ``daemon.dialects.plan.Plan``. ``needs``: keys the job's input must have."""

    stages: tuple[tuple[Step, ...], ...]
    timeout_seconds: float = 0
    alert_only: bool = False
    restartable: bool = True
    variables: Mapping[str, Any] = {}
    needs: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = {}
    failure_workflow: str | None = None

    def prepare(self, given: Any) -> Prepared:
        held = {**self.defaults, **(given or {})}
        missing = [key for key in self.needs if key not in held]
        problems = tuple(Problem(path=f"/{key}", message="is missing") for key in missing)
        return Prepared(input=held, problems=problems)

    def first(self, job: JobView) -> tuple[Move, ...]:
        return self._stage(job, 0)

    def after(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        step = self._find(task.ref)
        if step.then is not None:
            return step.then(task)
        if step.goes_to is not None:
            return (self._schedule(job, self._find(step.goes_to)),)
        number = self._stage_of(task.ref)
        return () if self._goes_on(job, number) else self._stage(job, number + 1)

    def _goes_on(self, job: JobView, number: int) -> bool:
        """Another step of the stage is still to end, or already led on to the next stage."""
        stage = self.stages[number]
        if len(stage) == 1:
            return False
        return not all(self._is_through(job, step) for step in stage) or self._led_on(job, number)

    def _is_through(self, job: JobView, step: Step) -> bool:
        task = job.latest(step.ref)
        if task is None or task.ended_at is None:
            return False
        spent = not may_retry(step.rules, task.status, task.attempt)
        return task.status in TASK_SUCCESSFUL or (step.rules.permissive and spent)

    def _led_on(self, job: JobView, number: int) -> bool:
        later = [job.latest(step.ref) for stage in self.stages[number + 1 :] for step in stage]
        return any(task is not None and task.status is not TaskStatus.SKIPPED for task in later)

    def _stage(self, job: JobView, number: int) -> tuple[Move, ...]:
        for stage in self.stages[number:]:
            left = [step for step in stage if job.latest(step.ref) is None]
            if left:
                return tuple(self._schedule(job, step) for step in left)
        return ()

    def _schedule(self, job: JobView, step: Step) -> Schedule:
        return Schedule(
            ref=step.ref,
            name=f"name of {step.ref}",
            task_type=f"type-{step.ref}",
            kind="SIMPLE" if step.offered else "OPERATOR",
            input={"job": job.input},
            delay_seconds=step.delay_seconds,
            offered=step.offered,
            fault=step.fault,
            cache=step.cache,
        )

    def _find(self, ref: str) -> Step:
        return next(step for stage in self.stages for step in stage if step.ref == ref)

    def _stage_of(self, ref: str) -> int:
        return next(
            number
            for number, stage in enumerate(self.stages)
            if any(step.ref == ref for step in stage)
        )

    def rules(self, job: JobView, task: TaskView | Schedule) -> TaskRules:
        return self._find(task.ref).rules

    def retry_input(self, job: JobView, task: TaskView) -> Any:
        fault = self._find(task.ref).retry_fault
        return {"job": job.input, "again": task.attempt + 1} if fault is None else fault

    def cache_use(self, job: JobView, task: TaskView, given: Any) -> CacheUse | None:
        return self._find(task.ref).cache

    def accept(self, job: JobView, task: TaskView, output: Any) -> Fault | None:
        if output == self._find(task.ref).refuses:
            return Fault(reason=f"the output of {task.ref} breaks its contract")
        return None

    def output(self, job: JobView) -> Any:
        last = job.last()
        return {"status": job.status.value, "last": None if last is None else last.output}

    def failure(self, job: JobView, ending: Ending) -> FailureJob | None:
        if self.failure_workflow is None:
            return None
        return FailureJob(
            workflow=self.failure_workflow,
            input={"reason": ending.reason, "status": ending.status, "task": ending.failed_task},
            output_key=OUTPUT_KEY,
        )

    def step(self, ref: str) -> Schedule | None:
        known = [step for stage in self.stages for step in stage if step.ref == ref]
        if not known:
            return None
        return Schedule(
            ref=ref, name=f"name of {ref}", task_type=f"type-{ref}", kind="SIMPLE", input=None
        )

    def cost(self) -> int:
        return 1


def step(ref: str, **fields: Any) -> Step:
    """A step; fields of TaskRules may stand beside those of Step."""
    own = {name: fields.pop(name) for name in list(fields) if name in Step.__struct_fields__}
    if fields:
        own["rules"] = TaskRules(settings_name=f"settings of {ref}", **fields)
    return Step(ref=ref, **own)


def stages(*given: tuple[Step | str, ...], **fields: Any) -> Stages:
    """Steps of one stage run side by side."""
    return Stages(stages=tuple(tuple(map(_as_step, stage)) for stage in given), **fields)


def sequence(*steps: Step | str, **fields: Any) -> Stages:
    return stages(*((one,) for one in steps), **fields)


def _as_step(given: Step | str) -> Step:
    return step(given) if isinstance(given, str) else given
