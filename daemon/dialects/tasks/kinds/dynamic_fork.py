"""FORK_JOIN_DYNAMIC: branches that the input names (reference conductor.md §4).

A branch is one task; a SWITCH unfolds into the list it chooses. Forks cannot be branches,
because nothing would join them: they belong into a workflow of their own.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemon.dialects.plan import Done, EndJob, Fault, JobView, Move, Schedule, TaskView
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.forks import Wanted, branches_wanted
from daemon.dialects.tasks.graph import Graph, is_skipped
from daemon.dialects.tasks.kinds.fork import (
    FORK,
    begin_beside,
    behind_join,
    branch_ended,
    is_join,
    schedules,
)
from daemon.dialects.tasks.kinds.join import join_of
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.kinds.switch import Switch
from daemon.dialects.tasks.step import Place
from eventstore.events import JobStatus

NO_JOIN = "Dynamic join definition is not followed by a join task.  Check the workflow definition."


class DynamicFork(Operator):
    def schedule(self, task: WorkflowTask) -> Schedule:
        return replace(super().schedule(task), name=FORK, task_type=FORK)

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        """In the list: the fork, the forked tasks, the join."""
        following = place.step.next
        if following is None or not is_join(place, following):
            return (EndJob(status=JobStatus.FAILED, reason=NO_JOIN),)
        wanted = branches_wanted(place, job, number, given)
        if isinstance(wanted, Fault):
            return (EndJob(status=JobStatus.FAILED, reason=wanted.reason),)
        return self._forked(place, job, number, given, wanted)

    def _forked(
        self, place: Place, job: JobView, number: int, given: dict[str, Any], wanted: Wanted
    ) -> tuple[Move, ...]:
        names: list[str] = []
        begun: list[Move] = []
        graph = place.graph.forks.compiled(place, wanted.definitions).graph
        number += 1
        for head in _heads(graph, place):
            moves = begin_beside(head, job, number)
            number += schedules(moves)
            names.append(_last_of(head, moves))
            begun += moves
        told = {**given, "forkedTasks": names, "forkedTaskDefs": wanted.definitions}
        tells = any(step.task.on_state_change for step in graph.steps.values())
        fork = scheduled(place, input=told, done=Done(output={}), tells=tells)
        return (fork, *begun, *_join(place, job, names, number))

    def after(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """Its branches and its join came with it. One whose input was wrong, but may be, has
        none."""
        return behind_join(place, job) if self.set_going(place, task) else place.follow(job)

    def set_going(self, place: Place, task: TaskView) -> tuple[Place, ...]:
        branches = place.graph.forks.of(place, task)
        return () if branches is None else tuple(_heads(branches.graph, place))

    def sequence_ended(self, place: Place, job: JobView) -> tuple[Move, ...]:
        return branch_ended(place, job)


def _heads(graph: Graph, fork: Place) -> list[Place]:
    steps = (step for step in graph.steps.values() if step.parent is None)
    return [Place(graph, step, fork.around) for step in steps]


def _join(place: Place, job: JobView, names: list[str], number: int) -> tuple[Move, ...]:
    join = place.beside(place.step.next or "")
    if is_skipped(join, job):
        return begin_beside(join, job, number)
    return (join_of(join, job, names, join.step.task.input_parameters),)


def _last_of(head: Place, moves: tuple[Move, ...]) -> str:
    """The step whose end is the end of a branch."""
    kind = head.step.kind
    first = moves[0] if moves else None
    if isinstance(kind, Switch) and isinstance(first, Schedule) and first.done is not None:
        case = kind.case_of(first.done.output)
        tasks = () if case is None else kind.chosen(head.step.task, case)
        return tasks[-1].ref if tasks else head.step.task.ref
    return head.step.task.ref
