"""The plan of a Conductor definition: answers about one job, from its state alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.dialects.contracts.masking import Masks
from daemon.dialects.plan import (
    ChildEnd,
    ChildJob,
    Ending,
    EndJob,
    EndTask,
    Evaluated,
    FailureJob,
    Fault,
    JobLimit,
    JobView,
    Move,
    Pins,
    Prepared,
    Problem,
    Redo,
    Schedule,
    TaskRules,
    TaskView,
)
from daemon.dialects.schemas import promised
from daemon.dialects.tasks.announcing import listeners_of
from daemon.dialects.tasks.compile import compile_graph
from daemon.dialects.tasks.definition import (
    DYNAMIC_FORK,
    LOOP,
    TERMINATE,
    WorkflowDef,
    WorkflowTimeoutPolicy,
)
from daemon.dialects.tasks.expressions import compile_template
from daemon.dialects.tasks.failure import failure_job
from daemon.dialects.tasks.graph import Graph
from daemon.dialects.tasks.kinds.loop import ended_inside, failed_inside
from daemon.dialects.tasks.rate_limit import job_limits
from daemon.dialects.tasks.rerun import again, missing, redo
from daemon.dialects.tasks.settings import Fixed, Promises
from daemon.dialects.tasks.showing import showing_loops
from daemon.dialects.tasks.supported import kind_of
from eventstore.events import TASK_SUCCESSFUL, CacheUse, JobStatus, TaskStatus, Value

NO_TASKS = "No tasks found to be executed"

BYTES_PER_CHARACTER = 30
"""Memory that a compiled plan takes for each character of its definition, as measured on
definitions of many small tasks; one that is mostly long texts takes less."""


class TasksPlan:
    def __init__(self, definition: WorkflowDef, pins: Pins, size: int) -> None:
        """``size`` is how many characters the definition has."""
        self.timeout_seconds: float = max(definition.timeout_seconds, 0)
        self.alert_only = definition.timeout_policy is WorkflowTimeoutPolicy.ALERT_ONLY
        self.restartable = definition.restartable
        self.variables: Mapping[str, Any] = definition.variables
        self._definition = definition
        self._max_input_bytes = pins.policy.max_input_bytes
        self.masked: tuple[str, ...] = definition.every_masked_field()
        masks = Masks(self.masked)
        fixed = Fixed(
            task_types=pins.task_types,
            versions=pins.versions,
            schemas=pins.schemas,
            masks=masks,
            policy=pins.policy,
        )
        self._graph: Graph = compile_graph(definition.tasks, fixed)
        enforced = definition.enforce_schema
        self._takes = promised(definition.input_schema, pins.schemas, masks) if enforced else None
        self._gives = promised(definition.output_schema, pins.schemas, masks) if enforced else None
        self._terminates = tuple(
            ref for ref, step in self._graph.steps.items() if step.task.type == TERMINATE
        )
        kinds = {task.type for task in definition.every_task()}
        self.checks: bool = DYNAMIC_FORK in kinds or any(
            step.promises is not None for step in self._graph.steps.values()
        )
        self.caches: bool = DYNAMIC_FORK in kinds or any(
            step.cache is not None for step in self._graph.steps.values()
        )
        self._has_loops = LOOP in kinds or DYNAMIC_FORK in kinds
        self._output = compile_template(definition.output_parameters)
        self._limits = job_limits(definition.rate_limit, definition.name, definition.version)
        self._cost = size * BYTES_PER_CHARACTER
        find = self._graph.find if DYNAMIC_FORK in kinds else None
        self.listeners = listeners_of(definition, self._seen, find)

    def prepare(self, given: Value) -> Prepared:
        """Null counts as absent, and so does no input at all."""
        if given is None:
            given = {}
        if not isinstance(given, dict):
            message = "the input of a workflow is an object"
            return Prepared(input=given, problems=(Problem(path="", message=message),))
        defaults = self._definition.input_template
        absent = {key: value for key, value in defaults.items() if given.get(key) is None}
        given = {**given, **absent} if absent else given
        return Prepared(input=given, problems=self._unfit(given))

    def _unfit(self, given: dict[str, Any]) -> tuple[Problem, ...]:
        """What is wrong with the input, or makes every output wrong."""
        taken = () if self._takes is None else self._takes.problems("workflow's input", given)
        return taken if self._gives is None else (*taken, *self._gives.unusable)

    def first(self, job: JobView) -> tuple[Move, ...]:
        if not self._definition.tasks:
            return (EndJob(status=JobStatus.COMPLETED, reason=NO_TASKS),)
        return self._graph.begin(self._seen(job))

    def after(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        if self._has_loops:
            job = showing_loops(job, self._graph)
        place = self._graph.find(job, task.ref)
        if place is None:
            return ()
        moves = place.step.kind.after(place, job, task)
        if not place.around:
            return moves
        if task.status not in TASK_SUCCESSFUL:
            return (*moves, *failed_inside(place, job, task.reason))
        return moves or ended_inside(place, job)

    def joined(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        job = self._seen(job)
        place = self._graph.find(job, task.ref)
        return () if place is None else place.step.kind.joined(place, job, task)

    def evaluated(
        self, job: JobView, task: TaskView, key: str, answer: Evaluated
    ) -> tuple[Move, ...]:
        job = self._seen(job)
        place = self._graph.find(job, task.ref)
        return () if place is None else place.step.kind.evaluated(place, job, task, answer)

    def child(self, job: JobView, task: TaskView) -> ChildJob | Fault:
        job = self._seen(job)
        place = self._graph.find(job, task.ref)
        if place is None:
            return Fault(reason=f"the definition has no step {task.ref} any more")
        return place.step.kind.child(place, job, task)

    def child_started(self, job: JobView, task: TaskView, job_id: str) -> tuple[Move, ...]:
        return kind_of(task.kind).child_started(task, job_id)

    def child_ended(self, job: JobView, task: TaskView, end: ChildEnd) -> EndTask:
        return kind_of(task.kind).child_ended(task, end)

    def left(self, job: JobView, task: TaskView) -> Value:
        job = self._seen(job)
        place = self._graph.find(job, task.ref)
        return None if place is None else place.step.kind.left(place, job, task)

    def redo(self, job: JobView, task: TaskView) -> Redo:
        job = self._seen(job)
        place = self._graph.find(job, task.ref)
        return Redo() if place is None else redo(place, job, task)

    def again(self, job: JobView, task: TaskView, given: Value) -> tuple[Move, ...]:
        job = self._seen(job)
        place = self._graph.find(job, task.ref)
        return () if place is None else again(place, job, given)

    def missing(self, job: JobView) -> tuple[Move, ...]:
        job = self._seen(job)
        head = self._graph.head()
        return () if head is None else missing(head, job, job.next_number)

    def ends_job(self, task: TaskView) -> bool:
        return task.kind == TERMINATE and task.status is TaskStatus.COMPLETED

    def rules(self, job: JobView, task: TaskView | Schedule) -> TaskRules:
        ref = task.ref
        place = self._graph.places.get(ref) or self._graph.find(job, ref)
        return TaskRules(settings_name=task.name) if place is None else place.step.rules

    def retry_input(self, job: JobView, task: TaskView) -> Value | Fault:
        job = self._seen(job)
        place = self._graph.find(job, task.ref)
        if place is None:
            return task.input
        return place.step.kind.retry_input(place.step, job, task.input)

    def cache_use(self, job: JobView, task: TaskView, given: Value) -> CacheUse | None:
        place = self._graph.find(job, task.ref)
        cache = None if place is None else place.step.cache
        return None if cache is None else cache.use(task.name, task.task_type, given)

    def admit(self, job: JobView, task: TaskView | Schedule, given: Value) -> Fault | None:
        promises = self._promises(job, task)
        if promises is None or promises.takes is None:
            return None
        return _fault(promises.takes.breach(f"input of task {task.ref}", given))

    def accept(self, job: JobView, task: TaskView, output: Value) -> Fault | None:
        promises = self._promises(job, task)
        if promises is None or promises.gives is None:
            return None
        return _fault(promises.gives.breach(f"output of task {task.ref}", output))

    def _promises(self, job: JobView, task: TaskView | Schedule) -> Promises | None:
        if not self.checks:
            return None
        place = self._graph.find(job, task.ref)
        return None if place is None else place.step.promises

    def broken_promise(self, output: Value) -> str | None:
        return None if self._gives is None else self._gives.breach("workflow's output", output)

    def output(self, job: JobView) -> Value:
        """That of a TERMINATE task, the definition's template, or else the output of the task
        scheduled last (§2.8)."""
        job = self._seen(job)
        for ref in self._terminates:
            task = job.latest(ref)
            if task is not None and task.status is TaskStatus.COMPLETED:
                return task.output
        if self._definition.output_parameters:
            return self._output(job, None)
        last = job.last()
        return {} if last is None or last.output is None else last.output

    def failure(self, job: JobView, ending: Ending) -> FailureJob | None:
        most = self._max_input_bytes
        return failure_job(self._definition, job, ending, max_input_bytes=most)

    def job_limit(self, given: Value, correlation_id: str | None) -> JobLimit | None:
        if not self._limits:
            return None
        return self._limits.of(self.prepare(given).input, correlation_id)

    def step(self, ref: str) -> Schedule | None:
        step = self._graph.steps.get(ref)
        return None if step is None else step.blank

    def cost(self) -> int:
        return self._cost

    def _seen(self, job: JobView) -> JobView:
        return showing_loops(job, self._graph) if self._has_loops else job


def _fault(reason: str | None) -> Fault | None:
    return None if reason is None else Fault(reason=reason)
