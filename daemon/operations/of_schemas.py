"""``schema.*``: the JSON Schemas that definitions and task types name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daemon.decider.schemas import SchemaVersion
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.dialects.fields import Fields
from daemon.dialects.plan import Problem
from daemon.dialects.schemas import SchemaUse, problems_of, read_schema
from daemon.operations import parameters_of_schemas as p
from daemon.operations.answering import Answer, Call, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.house import House
from daemon.operations.noting import unchanged
from daemon.operations.of_workflows import invalid_definition
from daemon.operations.parameters import LONGEST_NAME
from daemon.operations.refusals import invalid, refused
from eventstore.events import Event, SchemaDefined, SchemaDeleted
from projections.paging import Limits, Listing
from projections.times import iso


def put(house: House, call: Call, asked: p.SchemaPut) -> Answer:
    use = _read(asked.definition)
    version = house.schemas.next_version(use.name) if asked.new_version else use.version or 1
    definition = {**asked.definition, "version": version}
    changed = house.schemas.put(use.name, version, definition, call.context)
    if isinstance(changed, Refusal):
        if changed.kind is not RefusalKind.NOTHING_TO_CHANGE:
            raise refused(changed)
        return unchanged(
            call,
            {"name": use.name, "version": version},
            lambda noted: house.schemas.note(use.name, noted, call.context),
        )
    return Written(changed.position.last, changed.events)


def _read(definition: dict[str, Any]) -> SchemaUse:
    problems: list[Problem] = []
    use = read_schema(Fields(definition, "", problems))
    if use is not None:
        problems += problems_of(use)
    if use is None or use.data is None:
        message = "data has to be there: the JSON Schema itself"
        problems.append(Problem(path="/data", message=message, kind="schema"))
    if problems or use is None:
        raise invalid_definition(tuple(problems))
    if len(use.name) > LONGEST_NAME:
        raise invalid("/definition/name", f"longer than {LONGEST_NAME} characters")
    if use.version is not None and use.version < 1:
        raise invalid("/definition/version", f"has to be 1 or more, not {use.version}")
    return use


def changed(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, SchemaDefined | SchemaDeleted)
    return {"name": event.name, "version": event.version}


def get(house: House, call: Call, asked: p.SchemaGet) -> Answer:
    found = house.schemas.find(asked.name, asked.version)
    if found is None:
        which = "" if asked.version is None else f" of version {asked.version}"
        raise OperationError(ErrorType.NOT_FOUND, f"there is no schema {asked.name!r}{which}")
    return _document(asked.name, found)


async def list_schemas(house: House, call: Call, asked: p.SchemaList) -> Result:
    """Raises BadCursor and BadLimit."""
    bounds = house.bounds
    limits = Limits(default=bounds.default_limit, maximum=bounds.max_limit)
    listing = Listing("schema.list", {}, limits.page(asked.limit, asked.cursor))
    after = listing.after("")
    rows = [(_key(name, one), name, one) for name, one in house.schemas.all()]
    left = [row for row in rows if row[0] > after]
    return listing.result("schemas", left, lambda row: _document(row[1], row[2]))


def _key(name: str, one: SchemaVersion) -> str:
    """In the order of the list; no name has a NUL."""
    return f"{name}\0{one.version:010}"


def delete(house: House, call: Call, asked: p.SchemaDelete) -> Answer:
    changed = house.schemas.delete(asked.name, asked.version, call.context)
    if isinstance(changed, Refusal):
        raise refused(changed)
    return Written(changed.position.last, changed.events)


def _document(name: str, one: SchemaVersion) -> Result:
    return {
        "name": name,
        "version": one.version,
        "definition": one.definition,
        "createdAt": iso(one.created_at),
        "createdBy": one.created_by,
        "updatedAt": iso(one.updated_at),
        "updatedBy": one.updated_by,
    }
