"""DO_WHILE: a list of tasks again and again (reference conductor.md §4, §2.2).

A loop keeps nothing but the iteration it is in; what its iterations gave is read from
their tasks when somebody asks. A loop within a loop counts for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from daemon.dialects.conditions import NOT_SIMPLE, decide, to_boolean
from daemon.dialects.plan import (
    EndTask,
    Evaluate,
    Evaluated,
    Fault,
    Forget,
    Iterate,
    JobView,
    Move,
    Schedule,
    TaskView,
)
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.expressions import java_text
from daemon.dialects.tasks.graph import enclosing_loop, first_waiting, is_skipped
from daemon.dialects.tasks.iterations import bound, has_failed_at_once, kept, output_of, tasks_of
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.progress import sequence_is_through
from daemon.dialects.tasks.step import Place
from eventstore.events import TaskStatus, Value

ITEMS = "_items"
"""The input parameter that gives the list, where there is no ``items``."""


class Loop(Operator):
    uses_input_template = True
    knows_task_id = True

    def templates(self, task: WorkflowTask) -> Mapping[str, Any]:
        if task.items is not None:
            return {ITEMS: task.items}
        return {ITEMS: task.input_parameters[ITEMS]} if ITEMS in task.input_parameters else {}

    def schedule(self, task: WorkflowTask) -> Schedule:
        return replace(super().schedule(task), is_loop=True)

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        if not place.step.task.loop_over:
            fault = Fault(reason=f"loopOver of the DO_WHILE {place.step.task.ref} has no tasks")
            return (scheduled(place, input=given, is_loop=False, fault=fault),)
        wrong = place.step.task.input_parameters.get("keepLastN", 1)
        if not isinstance(wrong, int):
            reason = f"keepLastN has to be a number, not '{java_text(wrong)}'"
            return (scheduled(place, input=given, is_loop=False, fault=Fault(reason=reason)),)
        return (scheduled(place, input=given),)

    def joined(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """What is next for a loop, however it came to where it stands."""
        if task.ended_at is not None:
            return ()
        if task.loop == 0:
            return self._next(place, job, task)
        head = body(place, task.loop)
        waiting = first_waiting(head, job)
        if waiting is not None and waiting.task(job) is None:
            return place.graph.begin_at(waiting, job, job.next_number)
        if not sequence_is_through(head, job):
            return ()
        return self._ask(place, job, task)

    def left(self, place: Place, job: JobView, task: TaskView) -> Value:
        """Of an iteration that was cut off it shows nothing, unless a TERMINATE did so, or a task
        that failed in the decision itself: then the loop was looked at once more (observed on
        Conductor 3.32.3), before a TERMINATE had its output."""
        ends = _terminated(place, job)
        through = task.loop if ends or has_failed_at_once(place, job, task.loop) else task.loop - 1
        if through <= 0:
            return None
        shown = output_of(place, job, task, through)
        if ends and (last := shown.get(str(task.loop))):
            shown[str(task.loop)] = {ref: {} if ref in ends else last[ref] for ref in last}
        return shown

    def sequence_ended(self, place: Place, job: JobView) -> tuple[Move, ...]:
        task = place.task(job)
        if task is None or task.loop == 0:
            return ()
        last = place.beside(place.step.task.loop_over[-1].ref, task.loop)
        ended = last.task(job)
        if (ended is None or ended.ended_at is None) and not is_skipped(last, job):
            return ()
        return self.joined(place, job, task)

    def _ask(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """An iteration is through: whether there is another one."""
        items = _items(place, job)
        condition = place.step.task.loop_condition or ""
        if items is not None and task.loop >= len(items):
            return (_ended(place, job, task),)
        if not condition.strip():
            again = items is not None
            return self._next(place, job, task) if again else (_ended(place, job, task),)
        given = bound(place, job, task, condition)
        if isinstance(given, Fault):
            return (_ended(place, job, task, reason=given.reason, status=given.status),)
        value = decide(condition, given)
        if value is not NOT_SIMPLE:
            return self._go_on(place, job, task, value)
        key = f"condition/{task.number}/{task.loop}"
        return (
            Evaluate(
                key=key,
                task=task.number,
                language="javascript",
                expression=condition,
                input=given,
            ),
        )

    def evaluated(
        self, place: Place, job: JobView, task: TaskView, answer: Evaluated
    ) -> tuple[Move, ...]:
        if answer.error is None:
            return self._go_on(place, job, task, answer.result)
        condition = place.step.task.loop_condition
        reason = f"Unable to evaluate condition {condition}, exception {answer.error}"
        status = TaskStatus.FAILED_WITH_TERMINAL_ERROR
        return (_ended(place, job, task, reason=reason, status=status),)

    def _go_on(self, place: Place, job: JobView, task: TaskView, value: Any) -> tuple[Move, ...]:
        if to_boolean(value):
            return self._next(place, job, task)
        return (_ended(place, job, task),)

    def _next(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """The next iteration; its first task follows when the loop shows the number."""
        iteration = task.loop + 1
        if _items(place, job) == []:
            nothing = {"iteration": 0}
            return (EndTask(task=task.number, status=TaskStatus.COMPLETED, output=nothing),)
        return (iterate(place, job, task, iteration), *_forget(place, job, iteration))


def ended_inside(place: Place, job: JobView) -> tuple[Move, ...]:
    """What came after a task was there already, as when it is tried again: the iteration
    may have waited for nothing else."""
    loop = enclosing_loop(place)
    return () if loop is None else loop.step.kind.sequence_ended(loop, job)


def failed_inside(place: Place, job: JobView, reason: Value) -> tuple[Move, ...]:
    """A task of an iteration failed and may, but the loop around it may not go on."""
    loop = enclosing_loop(place)
    task = None if loop is None else loop.task(job)
    if loop is None or task is None or task.ended_at is not None:
        return ()
    why = "" if reason is None else f"{reason} "
    return (_ended(loop, job, task, reason=why, status=TaskStatus.FAILED),)


def iterate(place: Place, job: JobView, task: TaskView, iteration: int) -> Iterate:
    """The loop in an iteration, with what it shows then."""
    output: dict[str, Any] = {"iteration": iteration}
    items = _items(place, job) or ()
    if iteration <= len(items):
        output |= {"loopIndex": iteration - 1, "loopItem": items[iteration - 1]}
    return Iterate(task=task.number, iteration=iteration, output=output)


def body(place: Place, iteration: int) -> Place:
    """The first step of the loop in an iteration."""
    return place.beside(place.step.task.loop_over[0].ref, iteration)


def _items(place: Place, job: JobView) -> list[Any] | None:
    """What the loop goes over; None: it goes by its condition alone."""
    resolve = place.step.templates.get(ITEMS)
    if resolve is None:
        return None
    match resolve(job, None):
        case None:
            return []
        case list(items):
            return items
        case value:
            return [value]


def _ended(
    place: Place,
    job: JobView,
    task: TaskView,
    *,
    status: TaskStatus = TaskStatus.COMPLETED,
    reason: str | None = None,
) -> EndTask:
    output = output_of(place, job, task)
    return EndTask(task=task.number, status=status, output=output, reason=reason)


def _terminated(place: Place, job: JobView) -> set[str]:
    """The TERMINATE steps that end the job."""
    ends = (ref for ref, step in place.graph.steps.items() if step.task.type == "TERMINATE")
    tasks = ((ref, job.latest(ref)) for ref in ends)
    return {ref for ref, task in tasks if task and task.status is TaskStatus.COMPLETED}


def _forget(place: Place, job: JobView, iteration: int) -> tuple[Move, ...]:
    """``keepLastN``: the tasks of the iteration that just became too old."""
    old = iteration - kept(place)
    gone = tasks_of(place, job, old) if old > 0 else ()
    return (Forget(tasks=gone),) if gone else ()
