"""What a rerun from a task means for the forks and loops around it (reference conductor.md
§5 Rerun). In the original a rerun within a fork or a loop leaves the run stuck."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from daemon.dialects.plan import Iterate, JobView, Move, Redo, TaskView
from daemon.dialects.tasks.definition import FORKS, LOOP
from daemon.dialects.tasks.graph import after_in_sequence, first_waiting, owner_of
from daemon.dialects.tasks.kinds.fork import joins, schedules
from daemon.dialects.tasks.kinds.join import joined_by
from daemon.dialects.tasks.kinds.loop import body, iterate
from daemon.dialects.tasks.progress import is_passed
from daemon.dialects.tasks.step import Place
from eventstore.events import Value


def redo(place: Place, job: JobView, target: TaskView) -> Redo:
    """The joins that waited for ``target`` or for what came of it wait again, and the loops
    around it go on in its iteration."""
    drops: set[int] = set()
    loops: list[Iterate] = []
    owner = owner_of(place)
    while owner is not None:
        task = owner.task(job)
        if owner.step.task.type in FORKS:
            drops.update(_waiting_again(owner, job, target, drops))
        elif owner.step.task.type == LOOP and task is not None:
            loops.append(iterate(owner, job, task, place.around[len(owner.around)]))
            drops.add(task.number)
        owner = owner_of(owner)
    drops.difference_update(loop.task for loop in loops)
    return Redo(drops=tuple(sorted(drops)), loops=tuple(reversed(loops)))


def _waiting_again(
    fork: Place, job: JobView, target: TaskView, gone: Collection[int]
) -> Iterator[int]:
    """The join of ``fork``, every attempt, if something that it joins goes."""
    for join in joins(fork):
        task = join.task(job)
        joined = [] if task is None else joined_by(join, job, task)
        if any(one.number >= target.number or one.number in gone for one in joined):
            yield from job.numbers(join.ref)


def again(place: Place, job: JobView, given: Value) -> tuple[Move, ...]:
    """The step begins as when its turn came, or with another input."""
    kind, number = place.step.kind, job.next_number
    if isinstance(given, dict):
        return kind.begin_with(place, job, number, given)
    return kind.begin(place, job, number)


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
        if not is_passed(here, job):
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
