"""The compiled form of a definition: its steps by ref, each knowing what it does, which
step comes after it in its sequence and which step that sequence belongs to."""

from __future__ import annotations

import msgspec

from daemon.dialects.plan import JobView, Move, TaskView
from daemon.dialects.tasks.definition import LOOP
from daemon.dialects.tasks.forked import Forks, find_forked
from daemon.dialects.tasks.refs import readings
from daemon.dialects.tasks.step import Place, Step
from eventstore.events import TaskStatus


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    first: str | None
    steps: dict[str, Step]
    places: dict[str, Place]
    """Those of the steps that stand in no loop, ready made."""
    dynamic_forks: tuple[str, ...]
    """The refs of those steps whose branches only the input names."""
    forks: Forks
    outer: Place | None = None
    """The dynamic fork whose branches these steps are."""

    def place(self, ref: str) -> Place | None:
        """The step of the definition that a task called ``ref`` is of."""
        for bare, around in readings(ref):
            step = self.steps.get(bare)
            if step is not None and len(step.loops) == len(around):
                return Place(self, step, around)
        return None

    def find(self, job: JobView, ref: str) -> Place | None:
        """As ``place``, and in the branches that dynamic forks of ``job`` made."""
        return self.places.get(ref) or self.place(ref) or find_forked(self, job, ref)

    def begin(self, job: JobView) -> tuple[Move, ...]:
        head = self.head()
        return () if head is None else self.begin_at(head, job, job.next_number)

    def head(self) -> Place | None:
        """The first step of all."""
        return None if self.first is None else Place(self, self.steps[self.first], ())

    def begin_at(self, place: Place, job: JobView, number: int) -> tuple[Move, ...]:
        """Begin the first step from this one on that was not skipped in advance. One that
        has a task already has had its turn. ``number``: of the first task scheduled."""
        here: Place | None = place
        while here is not None:
            task = _known(here, job) if here.around else job.latest(here.step.task.ref)
            if task is None:
                return here.step.kind.begin(here, job, number)
            if task.status is not TaskStatus.SKIPPED:
                return ()
            here = after_in_sequence(here)
        return self.end_of_sequence(place, job)

    def follow(self, place: Place, job: JobView) -> tuple[Move, ...]:
        """What comes after a step."""
        following = place.step.next
        if following is None:
            return self.end_of_sequence(place, job)
        return self.begin_at(place.beside(following), job, job.next_number)

    def end_of_sequence(self, place: Place, job: JobView) -> tuple[Move, ...]:
        """The sequence of ``place`` came to its end."""
        owner = owner_of(place)
        return () if owner is None else owner.step.kind.sequence_ended(owner, job)


def owner_of(place: Place) -> Place | None:
    """The step that the sequence of ``place`` belongs to."""
    parent = place.step.parent
    return place.graph.outer if parent is None else place.beside(parent)


def enclosing_loop(place: Place) -> Place | None:
    """The innermost loop around a step."""
    owner = owner_of(place)
    while owner is not None and owner.step.task.type != LOOP:
        owner = owner_of(owner)
    return owner


def after_in_sequence(place: Place) -> Place | None:
    """The step behind this one in its list."""
    following = place.step.next
    return None if following is None else place.beside(following)


def first_waiting(place: Place, job: JobView) -> Place | None:
    """The first step from this one on that was not skipped in advance; None: all were."""
    here: Place | None = place
    while here is not None and is_skipped(here, job):
        here = after_in_sequence(here)
    return here


def is_skipped(place: Place, job: JobView) -> bool:
    task = _known(place, job)
    return task is not None and task.status is TaskStatus.SKIPPED


def _known(place: Place, job: JobView) -> TaskView | None:
    """The newest task of the step. One that was skipped in advance is so in every iteration
    of the loops around it, under its bare name."""
    task = place.task(job)
    if task is not None or not place.around:
        return task
    bare = job.latest(place.step.task.ref)
    skipped = bare is not None and bare.status is TaskStatus.SKIPPED and not bare.iteration
    return bare if skipped else None
