"""Which settings a step's task type has (reference conductor.md §1.4, §3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from daemon.dialects.contracts.masking import NOTHING_MASKED, Masks
from daemon.dialects.plan import UNLIMITED, Policy, TaskRules
from daemon.dialects.schemas import Kept, Schemas, promised
from daemon.dialects.task_types import TaskSettings, allowance_of, rules_of, settings_of
from daemon.dialects.tasks.definition import SIMPLE, WorkflowTask

TaskTypes = Mapping[str, Mapping[str, Any]]
"""The settings of registered task types by name."""


class Fixed(msgspec.Struct, frozen=True, kw_only=True):
    """What the submit fixed for every step of a job."""

    task_types: TaskTypes = {}
    versions: Mapping[str, int] = {}
    """Of the workflows that tasks start without saying which."""
    schemas: Schemas = {}
    masks: Masks = NOTHING_MASKED
    policy: Policy = Policy()


class Promises(msgspec.Struct, frozen=True):
    """The schemas that a step's input and output have to keep."""

    takes: Kept | None
    gives: Kept | None


def promises_of(settings: TaskSettings, fixed: Fixed) -> Promises | None:
    if not settings.enforced:
        return None
    return Promises(
        promised(settings.input_schema, fixed.schemas, fixed.masks),
        promised(settings.output_schema, fixed.schemas, fixed.masks),
    )


def settings_for(task: WorkflowTask, task_types: TaskTypes, *, forked: bool) -> TaskSettings:
    """Those written in the definition, else the registered ones, else ad-hoc ones: a type
    that nobody registered retries nothing, unless it is a plain SIMPLE one of the definition
    itself and not ``forked`` while a job runs."""
    if task.task_definition is not None:
        given = settings_of(task.task_definition)
        return given if given.name else replace(given, name=task.name)
    if task.name in task_types:
        return settings_of(task_types[task.name])
    if task.type == SIMPLE and not forked:
        return TaskSettings(name=task.name)
    return TaskSettings(name=task.name, retry_count=0, response_timeout_seconds=0)


def rules_for(task: WorkflowTask, settings: TaskSettings) -> TaskRules:
    """``retryCount`` of the step itself comes before that of its type."""
    rules = rules_of(settings)
    return replace(
        rules,
        retry_count=rules.retry_count if task.retry_count is None else task.retry_count,
        optional=task.optional,
        permissive=task.permissive,
        async_complete=task.async_complete,
        own_limit=UNLIMITED if task.task_definition is None else allowance_of(settings),
        times_what_waits=True,
    )
