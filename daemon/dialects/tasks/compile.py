"""From the records of a definition to the graph that a plan goes by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from daemon.dialects.tasks.caching import compile_cache
from daemon.dialects.tasks.definition import DYNAMIC_FORK, LOOP, WorkflowTask
from daemon.dialects.tasks.expressions import compile_template
from daemon.dialects.tasks.forked import Forks
from daemon.dialects.tasks.graph import Graph
from daemon.dialects.tasks.inputs import compile_input
from daemon.dialects.tasks.settings import Fixed, promises_of, rules_for, settings_for
from daemon.dialects.tasks.step import Place, Step
from daemon.dialects.tasks.supported import kind_of, refusal_of


def compile_graph(tasks: tuple[WorkflowTask, ...], fixed: Fixed) -> Graph:
    """Of a definition without errors."""

    def branches(forked: tuple[WorkflowTask, ...], fork: Place) -> Graph:
        return _branches(forked, fork, fixed, forks)

    forks = Forks(branches, _refusal)
    around = _Around(fixed, (), forked=False)
    steps = dict(_steps(tasks, around, parent=None))
    return _graph(steps, forks, tasks[0].ref if tasks else None)


def _branches(tasks: tuple[WorkflowTask, ...], fork: Place, fixed: Fixed, forks: Forks) -> Graph:
    """Of tasks that each are a branch of a dynamic fork."""
    around = _Around(fixed, fork.step.loops, forked=True)
    steps = {ref: step for task in tasks for ref, step in _steps((task,), around, parent=None)}
    return _graph(steps, forks, None, fork)


def _graph(
    steps: dict[str, Step], forks: Forks, first: str | None, outer: Place | None = None
) -> Graph:
    dynamic = tuple(ref for ref, step in steps.items() if step.task.type == DYNAMIC_FORK)
    graph = Graph(
        first=first, steps=steps, places={}, dynamic_forks=dynamic, forks=forks, outer=outer
    )
    graph.places.update(
        (ref, Place(graph, step, ())) for ref, step in steps.items() if not step.loops
    )
    return graph


class _Around(msgspec.Struct, frozen=True):
    """What the steps of one list have in common."""

    fixed: Fixed
    loops: tuple[str, ...]
    forked: bool

    def inside(self, task: WorkflowTask) -> _Around:
        """For the lists within ``task``."""
        loops = (*self.loops, task.ref) if task.type == LOOP else self.loops
        return replace(self, loops=loops)


def _steps(
    tasks: tuple[WorkflowTask, ...], around: _Around, *, parent: str | None
) -> Iterator[tuple[str, Step]]:
    refs: list[str | None] = [task.ref for task in tasks]
    beside = zip(tasks, (None, *refs), (*refs[1:], None), strict=False)
    for task, before, following in beside:
        yield task.ref, _step(task, around, before, following, parent)
        for sequence in task.sequences():
            yield from _steps(sequence, around.inside(task), parent=task.ref)


def _step(
    task: WorkflowTask,
    around: _Around,
    before: str | None,
    following: str | None,
    parent: str | None,
) -> Step:
    task = task if around.forked else _with_version(task, around.fixed.versions)
    kind = kind_of(task.type).under(around.fixed.policy)
    settings = settings_for(task, around.fixed.task_types, forked=around.forked)
    template = settings.input_template if kind.uses_input_template else {}
    templates = kind.templates(task)
    return Step(
        task=task,
        kind=kind,
        input=compile_input(task, template),
        rules=kind.rules(rules_for(task, settings)),
        promises=promises_of(settings, around.fixed),
        blank=kind.schedule(task),
        templates={name: compile_template(value) for name, value in templates.items()},
        cache=compile_cache(task.cache_config) if kind.keeps_output else None,
        before=before,
        next=following,
        parent=parent,
        loops=around.loops,
    )


def _with_version(task: WorkflowTask, versions: Mapping[str, int]) -> WorkflowTask:
    """A SUB_WORKFLOW that names no version starts the one that was the highest at the submit
    (reference conductor.md §1.4)."""
    params = task.sub_workflow
    if params is None or params.version is not None or params.definition is not None:
        return task
    version = versions.get(params.name or "")
    return task if version is None else replace(task, sub_workflow=replace(params, version=version))


def _refusal(task: WorkflowTask) -> str | None:
    """Why a task that comes from the input cannot be run."""
    missing = [name for name in ("name", "ref", "type") if not getattr(task, name)]
    if missing:
        return f"its {missing[0]} is missing"
    return refusal_of(task.type)
