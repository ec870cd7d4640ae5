"""The input of a step: its template or ``inputExpression``, then its type's defaults.

Rules: reference conductor.md §2.6, §2.7 and the documentation of ``inputExpression``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daemon.dialects.plan import Fault, JobView
from daemon.dialects.tasks.definition import InputExpression, WorkflowTask
from daemon.dialects.tasks.expressions import (
    Resolver,
    compile_path,
    compile_template,
    java_text,
    reader,
)

SHOWN = 60
"""Characters of a wrong value that a reason repeats."""

Input = Callable[[JobView, int | None], dict[str, Any] | Fault]
"""From a job and the number of the task that gets the input."""


def compile_input(task: WorkflowTask, template: dict[str, Any]) -> Input:
    """``template`` is the task type's ``inputTemplate``; {} for kinds that have none."""
    selection = task.input_expression
    if selection is not None:
        return _selected(task, selection, template)
    given = task.input_parameters
    missing = {key: value for key, value in template.items() if given.get(key) is None}
    resolve = compile_template({**given, **missing})
    return _completed(resolve, template) if template else resolve


def _completed(resolve: Resolver, template: dict[str, Any]) -> Input:
    return lambda job, number: _filled(resolve(job, number), template)


def _filled(resolved: dict[str, Any], template: dict[str, Any]) -> dict[str, Any]:
    """A value that came out as null gives way to the template's own, as it is written."""
    return {key: template.get(key) if value is None else value for key, value in resolved.items()}


def _selected(task: WorkflowTask, selection: InputExpression, template: dict[str, Any]) -> Input:
    read = reader(compile_path(selection.expression))
    defaults = compile_template(template)

    def resolve(job: JobView, number: int | None) -> dict[str, Any] | Fault:
        selected = read(job, number)
        if selected is None:
            selected = {}
        if not isinstance(selected, dict):
            return Fault(reason=_not_an_object(task, selection, selected))
        return _filled({**defaults(job, number), **selected}, template) if template else selected

    return resolve


def _not_an_object(task: WorkflowTask, selection: InputExpression, selected: Any) -> str:
    shown = "a list" if isinstance(selected, list) else f"'{java_text(selected)[:SHOWN]}'"
    return (
        f"inputExpression '{selection.expression}' of task {task.ref} gives {shown}, "
        "but the input of a task is an object"
    )
