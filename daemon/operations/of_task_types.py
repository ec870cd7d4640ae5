"""``taskType.*``: Conductor task definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.dialects.plan import Problem
from daemon.dialects.task_types import check, settings_of
from daemon.operations import parameters as p
from daemon.operations.answering import Answer, Call, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.house import House
from daemon.operations.noting import unchanged
from daemon.operations.of_workflows import invalid_definition
from daemon.operations.refusals import invalid, problems_of, refused
from eventstore.events import Event, TaskTypeDefined, TaskTypeDeleted
from projections.times import iso


def put(house: House, call: Call, asked: p.TaskTypePut) -> Answer:
    problems = _problems(house, asked.definition)
    if problems:
        raise invalid_definition(problems)
    name = settings_of(asked.definition).name
    if len(name) > p.LONGEST_NAME:
        raise invalid("/definition/name", f"longer than {p.LONGEST_NAME} characters")
    changed = house.catalog.put_task_type(name, asked.definition, call.context)
    if isinstance(changed, Refusal):
        if changed.kind is not RefusalKind.NOTHING_TO_CHANGE:
            raise refused(changed)
        cell = house.catalog.task_type_cell(name)
        return unchanged(
            call,
            _named(name),
            lambda noted: house.catalog.note(cell, noted, call.context),
        )
    return Written(changed.position.last, changed.events)


def validate(house: House, call: Call, asked: p.TaskTypeValidate) -> Answer:
    problems = _problems(house, asked.definition)
    return {
        "valid": not problems,
        "errors": problems_of(problems),
        "warnings": [],
    }


def _problems(house: House, definition: dict[str, Any]) -> tuple[Problem, ...]:
    found = check(definition)
    if house.bounds.known.require_owner_email and not definition.get("ownerEmail"):
        found += (Problem(path="/ownerEmail", message="ownerEmail cannot be empty"),)
    return found


def named(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, TaskTypeDefined | TaskTypeDeleted)
    return _named(event.name)


def _named(name: str) -> Result:
    """There is nothing left in a task type to warn of."""
    return {"name": name, "warnings": []}


def get(house: House, call: Call, asked: p.TaskTypeName) -> Answer:
    found = house.catalog.task_type(asked.name)
    if found is None or found.settings is None:
        raise OperationError(ErrorType.NOT_FOUND, f"there is no task type {asked.name!r}")
    return {
        "name": found.name,
        "definition": found.settings,
        "createdAt": iso(found.created_at),
        "updatedAt": iso(found.updated_at),
    }


def list_task_types(house: House, call: Call, asked: p.TaskTypeList) -> Answer:
    return house.read_models.task_type_list(limit=asked.limit, cursor=asked.cursor)


def delete(house: House, call: Call, asked: p.TaskTypeDelete) -> Answer:
    changed = house.catalog.delete_task_type(asked.name, call.context)
    if isinstance(changed, Refusal):
        raise refused(changed)
    return Written(changed.position.last, changed.events)
