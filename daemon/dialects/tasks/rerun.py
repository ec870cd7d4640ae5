"""What a rerun from a task means for the forks and loops around it (reference conductor.md
§5 Rerun). In the original a rerun within a fork or a loop leaves the run stuck."""

from __future__ import annotations

from daemon.dialects.plan import Iterate, JobView, Move, Redo, TaskView
from daemon.dialects.tasks.definition import DYNAMIC_FORK, LOOP
from daemon.dialects.tasks.graph import after_in_sequence, first_waiting, owner_of
from daemon.dialects.tasks.kinds.fork import joins, schedules
from daemon.dialects.tasks.kinds.loop import body, iterate
from daemon.dialects.tasks.progress import has_settled, is_through
from daemon.dialects.tasks.step import Place

_FORKS = ("FORK_JOIN", DYNAMIC_FORK)


def redo(place: Place, job: JobView) -> Redo:
    """The joins of the forks around ``place`` wait again, the loops go on in its iteration."""
    drops: list[int] = []
    loops: list[Iterate] = []
    owner = owner_of(place)
    while owner is not None:
        task = owner.task(job)
        if owner.step.task.type in _FORKS:
            drops += [number for join in joins(owner) for number in job.numbers(join.ref)]
        elif owner.step.task.type == LOOP and task is not None:
            loops.append(iterate(owner, job, task, place.around[len(owner.around)]))
        owner = owner_of(owner)
    return Redo(drops=tuple(drops), loops=tuple(reversed(loops)))


def missing(head: Place, job: JobView, number: int) -> tuple[Move, ...]:
    """Begin each step of the sequence, or within it, whose turn has come and that has no
    task. ``number`` is that of the first one scheduled."""
    begun: list[Move] = []
    here = first_waiting(head, job)
    while here is not None:
        task = here.task(job)
        if task is None:
            return (*begun, *here.graph.begin_at(here, job, number + schedules(begun)))
        for inner in _under_way(here, task):
            begun += missing(inner, job, number + schedules(begun))
        if not _may_go_on(here, job, task):
            break
        following = after_in_sequence(here)
        here = None if following is None else first_waiting(following, job)
    return tuple(begun)


def _under_way(place: Place, task: TaskView) -> tuple[Place, ...]:
    """The heads of the lists that ``task`` began and that still count."""
    if place.step.task.type == LOOP:
        is_going = task.ended_at is None and task.loop > 0
        return (body(place, task.loop),) if is_going else ()
    return place.step.kind.set_going(place, task) if task.ended_at is not None else ()


def _may_go_on(place: Place, job: JobView, task: TaskView) -> bool:
    """A fork is followed by its join at once."""
    if place.step.task.type in _FORKS:
        return has_settled(place.step.rules, task)
    return is_through(place, job)
