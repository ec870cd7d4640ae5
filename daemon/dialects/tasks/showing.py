"""The job as expressions see it: open loops show their iterations, too (§2.2, §4)."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from daemon.dialects.plan import JobView, TaskView
from daemon.dialects.tasks.expressions.history import History
from daemon.dialects.tasks.graph import Graph
from daemon.dialects.tasks.iterations import counters, kept, output_of, results
from daemon.dialects.tasks.step import Place


def showing_loops(job: JobView, graph: Graph) -> JobView:
    return cast(JobView, _Job(job, graph))


class _Job:
    def __init__(self, job: JobView, graph: Graph) -> None:
        self._job = job
        self._graph = graph

    def __getattr__(self, name: str) -> Any:
        return getattr(self._job, name)

    def latest(self, ref: str) -> TaskView | None:
        task = self._job.latest(ref)
        if task is None or not task.loop or task.ended_at is not None:
            return task
        place = self._graph.find(self._job, task.ref)
        return task if place is None else cast(TaskView, _Loop(task, place, self._job))


class _Loop:
    def __init__(self, task: TaskView, place: Place, job: JobView) -> None:
        self._task = task
        shown = counters(task)
        find = partial(_iteration, task, place, job)
        self.output = History(shown, find, partial(output_of, place, job, task))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)


def _iteration(task: TaskView, place: Place, job: JobView, key: str) -> Any:
    number = int(key) if key.isdecimal() and key.isascii() else 0
    is_kept = task.loop - kept(place) < number <= task.loop
    return results(place, job, number) if number > 0 and is_kept else None
