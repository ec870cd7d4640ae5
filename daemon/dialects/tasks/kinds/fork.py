"""FORK_JOIN: several lists of tasks side by side (reference conductor.md §4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from daemon.dialects.plan import Done, EndJob, JobView, Move, Schedule, TaskView
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.graph import enclosing_loop, first_waiting, is_skipped
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.step import Place
from eventstore.events import JobStatus, TaskStatus

FORK = "FORK"
"""The type and name of the task that a fork becomes."""

NO_JOIN = "Fork task definition is not followed by a join task.  Check the blueprint"


class Fork(Operator):
    def schedule(self, task: WorkflowTask) -> Schedule:
        return replace(super().schedule(task), name=FORK, task_type=FORK)

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        """In the list: the fork, the head of each branch, the join."""
        if not is_join(place, place.step.next):
            return (EndJob(status=JobStatus.FAILED, reason=NO_JOIN),)
        begun: list[Move] = [scheduled(place, input=given, done=Done(output={}))]
        number += 1
        for head in (*_heads(place), *joins(place)):
            moves = begin_beside(head, job, number)
            number += schedules(moves)
            begun += moves
        return tuple(begun)

    def after(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """Its branches and its join came with it, unless its input was wrong and may be."""
        return behind_join(place, job) if task.status is TaskStatus.COMPLETED else place.follow(job)

    def set_going(self, place: Place, task: TaskView) -> tuple[Place, ...]:
        return _heads(place)

    def sequence_ended(self, place: Place, job: JobView) -> tuple[Move, ...]:
        return branch_ended(place, job)


def _heads(place: Place) -> tuple[Place, ...]:
    return tuple(place.beside(branch[0].ref) for branch in place.step.task.fork_tasks if branch)


def begin_beside(head: Place, job: JobView, number: int) -> tuple[Move, ...]:
    """A branch, or the join, of a fork that is not in the list yet. What comes where all of it
    was skipped in advance is for later."""
    waiting = first_waiting(head, job)
    return () if waiting is None else head.graph.begin_at(waiting, job, number)


def behind_join(fork: Place, job: JobView) -> tuple[Move, ...]:
    """What follows a fork that nothing joins, because the join was skipped in advance."""
    skipped = [join for join in joins(fork) if is_skipped(join, job)]
    return skipped[0].graph.begin_at(skipped[0], job, job.next_number) if skipped else ()


def branch_ended(place: Place, job: JobView) -> tuple[Move, ...]:
    """The join counts for itself. A branch that no join waited for may be the last thing
    that a loop waits for."""
    if not place.around:
        return ()
    waiting = [join.task(job) for join in joins(place) if not is_skipped(join, job)]
    if any(task is None or task.ended_at is None for task in waiting):
        return ()
    loop = enclosing_loop(place)
    return () if loop is None else loop.step.kind.sequence_ended(loop, job)


def joins(place: Place) -> tuple[Place, ...]:
    """The join that belongs to a fork."""
    following = place.step.next
    return () if following is None else (place.beside(following),)


def is_join(place: Place, ref: str | None) -> bool:
    return ref is not None and place.graph.steps[ref].task.type == "JOIN"


def schedules(moves: Iterable[Move]) -> int:
    """How many tasks ``moves`` make."""
    return sum(isinstance(move, Schedule) for move in moves)
