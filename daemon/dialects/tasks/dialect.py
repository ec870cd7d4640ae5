"""The dialect of Conductor's workflow definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from daemon.dialects.fields import Fields
from daemon.dialects.plan import (
    EVERY_TASK_TYPE,
    DefinitionOf,
    Findings,
    Known,
    Pins,
    Plan,
    SchemaName,
    Script,
)
from daemon.dialects.task_types import settings_of
from daemon.dialects.tasks.definition import DYNAMIC, DYNAMIC_FORK, WorkflowDef
from daemon.dialects.tasks.plan import TasksPlan
from daemon.dialects.tasks.reading import read_workflow
from daemon.dialects.tasks.validation import validate
from daemon.dialects.tasks.validation.depth import too_deep
from daemon.dialects.tasks.validation.scripts import scripts_of


class TasksDialect:
    name = "tasks"
    default_tag: str | None = None
    """A submit without a version takes the highest number."""

    def recognises(self, definition: Mapping[str, Any]) -> bool:
        return "tasks" in definition

    def validate(self, definition: Mapping[str, Any], known: Known) -> Findings:
        return validate(definition, known)

    def scripts(self, definition: Mapping[str, Any]) -> Iterable[Script]:
        return () if too_deep(definition) else scripts_of(_read(definition))

    def compile(self, definition: Mapping[str, Any], pins: Pins) -> Plan:
        return TasksPlan(_read(definition), pins, len(msgspec.json.encode(definition)))

    def workflow_name(self, definition: Mapping[str, Any]) -> str | None:
        return Fields(definition, "", []).text("name") or None

    def version_number(self, definition: Mapping[str, Any]) -> int | None:
        return Fields(definition, "", []).whole_or_none("version")

    def task_types(self, definition: Mapping[str, Any]) -> Iterable[str]:
        """A task that carries its own settings uses no registered ones; one whose name is
        known only while the job runs may use any."""
        tasks = list(_read(definition).every_task())
        if any(task.type in (DYNAMIC, DYNAMIC_FORK) for task in tasks):
            return (EVERY_TASK_TYPE,)
        return dict.fromkeys(task.name for task in tasks if task.task_definition is None)

    def schemas(
        self, definition: Mapping[str, Any], task_types: Mapping[str, Mapping[str, Any]]
    ) -> Iterable[SchemaName]:
        """Those of the workflow itself, of its inline task definitions and of the task types."""
        workflow = _read(definition)
        settings = [settings_of(given) for given in task_types.values()]
        settings += [
            settings_of(task.task_definition)
            for task in workflow.every_task()
            if task.task_definition is not None
        ]
        used = [use.registered() for use in workflow.enforced_schemas()]
        used += [use.registered() for one in settings for use in one.enforced]
        return [name for name in used if name is not None]

    def filled_in(
        self, definition: Mapping[str, Any], definition_of: DefinitionOf
    ) -> Mapping[str, Any]:
        """Nothing: sub workflows have no schemas of their own."""
        return definition

    def sub_workflows(self, definition: Mapping[str, Any]) -> Iterable[str]:
        """Of SUB_WORKFLOW tasks that name one without its version (reference §1.4)."""
        params = (task.sub_workflow for task in _read(definition).every_task())
        return [
            one.name
            for one in params
            if one is not None and one.name and one.version is None and one.definition is None
        ]


def _read(definition: Mapping[str, Any]) -> WorkflowDef:
    return read_workflow(Fields(definition, "", []))
