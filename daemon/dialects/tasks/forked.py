"""The branches of dynamic forks. They are in no definition: the task of the fork keeps
them in its input, as ``forkedTasks`` and ``forkedTaskDefs``, and they are read from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from daemon.dialects.fields import Fields
from daemon.dialects.plan import JobView, TaskView
from daemon.dialects.tasks.definition import DYNAMIC_FORK, WorkflowTask
from daemon.dialects.tasks.reading import read_task
from daemon.dialects.tasks.refs import readings
from daemon.dialects.tasks.step import Place

if TYPE_CHECKING:
    from daemon.dialects.tasks.graph import Graph

MAX_REMEMBERED = 50
"""Forks whose compiled branches are kept for the next question; a job that goes back to an
older one has it compiled again."""


class Branches(msgspec.Struct, frozen=True):
    source: list[Any]
    """The ``forkedTaskDefs`` they were compiled from."""
    graph: Graph


class Forks:
    """Compiles the branches of each fork once as long as it is in use."""

    def __init__(
        self,
        compile_branches: Callable[[tuple[WorkflowTask, ...], Place], Graph],
        refusal: Callable[[WorkflowTask], str | None],
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        """``refusal`` gives the sentence why a task cannot be a branch."""
        self.refusal = refusal
        self._compile = compile_branches
        self._max_remembered = max_remembered
        self._known: dict[int, Branches] = {}

    def of(self, place: Place, fork: TaskView) -> Branches | None:
        """``fork`` is the task of ``place``; None: it never came to have branches."""
        source = _member(fork, "forkedTaskDefs")
        return None if source is None else self.compiled(place, source)

    def compiled(self, place: Place, source: list[Any]) -> Branches:
        # The list is kept, so that no other one can come to have its identity.
        known = self._known.get(id(source))
        if known is not None and known.source is source:
            return known
        tasks = tuple(read_task(Fields(one, "", [])) for one in source)
        branches = Branches(source, self._compile(tasks, place))
        if len(self._known) >= self._max_remembered:
            del self._known[next(iter(self._known))]
        self._known[id(source)] = branches
        return branches


def find_forked(graph: Graph, job: JobView, ref: str) -> Place | None:
    """The step that a task called ``ref`` is of, in the branches of dynamic forks."""
    for fork_ref in graph.dynamic_forks:
        step = graph.steps[fork_ref]
        for _, around in readings(ref):
            if len(around) >= len(step.loops):
                place = Place(graph, step, around[: len(step.loops)])
                fork = job.latest(place.ref)
                branches = None if fork is None else graph.forks.of(place, fork)
                found = None if branches is None else branches.graph.find(job, ref)
                if found is not None:
                    return found
    return None


def names_to_join(place: Place, job: JobView) -> list[str] | None:
    """What the join behind a dynamic fork waits for; None: it stands behind none."""
    before = place.step.before
    if before is None or place.graph.steps[before].task.type != DYNAMIC_FORK:
        return None
    fork = place.beside(before).task(job)
    return None if fork is None else _member(fork, "forkedTasks")


def _member(fork: TaskView, key: str) -> list[Any] | None:
    value = fork.input.get(key) if isinstance(fork.input, dict) else None
    return value if isinstance(value, list) else None
