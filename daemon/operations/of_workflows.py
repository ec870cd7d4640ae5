"""``workflow.*``, ``version.*``, ``tag.*``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from msgspec.structs import replace

from daemon.decider.identity import uuid7
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.decider.workflows import Version, Workflow
from daemon.dialects.plan import Dialect, Findings, Known, Problem
from daemon.dialects.registry import dialect_of
from daemon.operations import parameters as p
from daemon.operations.answering import Answer, Call, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.filling import check_size, filled_in
from daemon.operations.house import House
from daemon.operations.noting import unchanged
from daemon.operations.refusals import invalid, problems_of, refused
from daemon.operations.strict_json import LossyJson, NotJson, parse
from daemon.reactor.cell import Cell
from daemon.reactor.changing import Changed
from daemon.reactor.shelf import digest_of
from daemon.reactor.starts import Selector, no_such_workflow, select
from eventstore.events import Event, TagMoved, VersionAdded, VersionRetired, WorkflowRegistered
from projections.times import iso


def new_id(house: House) -> str:
    return uuid7(house.store.now() // 1000, house.entropy(10))


# workflow.*


def register(house: House, call: Call, asked: p.WorkflowRegister) -> Answer:
    changed = house.catalog.register(new_id(house), asked.name, asked.description, call.context)
    return _written(changed)


def registered(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, WorkflowRegistered)
    return {"workflowId": event.workflow_id, "name": event.name}


def get(house: House, call: Call, asked: p.OneWorkflow) -> Answer:
    workflow = durable_workflow(house, asked.workflow)
    newest = workflow.newest()
    return {
        "workflowId": workflow.workflow_id,
        "name": workflow.name,
        "description": workflow.description,
        "createdAt": iso(workflow.created_at),
        "createdBy": workflow.created_by,
        "versions": len(workflow.versions),
        "latestVersionNumber": None if newest is None else newest.number,
        "tags": {
            tag: workflow.versions[workflow.tags[tag]].number for tag in sorted(workflow.tags)
        },
    }


def list_workflows(house: House, call: Call, asked: p.WorkflowList) -> Answer:
    return house.read_models.workflow_list(limit=asked.limit, cursor=asked.cursor)


def durable_workflow(house: House, name_or_id: str) -> Workflow:
    cell = house.catalog.find(name_or_id)
    if cell is None or cell.durable is None:
        raise refused(no_such_workflow(name_or_id))
    return cell.durable


# version.*


def add(house: House, call: Call, asked: p.VersionAdd) -> Answer:
    definition, dialect = read_definition(house, asked.definition)
    if isinstance(dialect, Problem):
        raise invalid_definition((dialect,))
    definition = filled_in(house, definition, dialect)
    findings = findings_of(house, dialect, definition).keeping(asked.keep_unsupported)
    if findings.errors:
        raise invalid_definition(findings.errors)
    cell, name = _container(house, asked.workflow, dialect.workflow_name(definition))
    document = orjson.dumps(definition)
    digest = digest_of(document)
    house.shelf.keep_definition(digest, definition)
    number = dialect.version_number(definition)
    if cell is None:
        return _written(_add_both(house, call, name, dialect, digest, document, number))
    if asked.unless_tagged is not None and cell.tail is not None:
        same = cell.tail.tagged(asked.unless_tagged)
        if same is not None and same.definition == digest:
            return _there_already(house, call, cell, same)
    return _written(
        house.catalog.add_version(
            cell,
            call.context,
            document=document,
            version_id=new_id(house),
            dialect=dialect.name,
            definition=digest,
            number=number,
            overwrite=asked.overwrite,
        )
    )


def _there_already(house: House, call: Call, cell: Cell[Workflow], version: Version) -> Answer:
    assert cell.tail is not None, "a version belongs to a registered workflow"
    answer = {
        "workflowId": cell.tail.workflow_id,
        "versionId": version.version_id,
        "versionNumber": version.number,
    }
    return unchanged(call, answer, lambda noted: house.catalog.note(cell, noted, call.context))


def findings_of(house: House, dialect: Dialect, definition: dict[str, Any]) -> Findings:
    """All that is to be said of a definition. Raises Cold until its scripts were read."""
    found = dialect.validate(definition, known_to(house))
    scripts = house.syntax.findings(dialect.scripts(definition))
    return replace(
        found,
        errors=(*found.errors, *scripts.errors),
        warnings=(*found.warnings, *scripts.warnings),
    )


def known_to(house: House) -> Known:
    return replace(
        house.bounds.known,
        task_types=house.catalog.task_type_names(),
        templates=house.catalog.task_type_templates(),
        schemas=house.schemas.keys(),
    )


def _container(
    house: House, given: str | None, named: str | None
) -> tuple[Cell[Workflow] | None, str]:
    """The workflow that the version goes into; None: it is to be registered too."""
    if given is not None:
        cell = house.catalog.find(given)
        if cell is None:
            raise refused(no_such_workflow(given))
        return cell, given
    if named and len(named) > p.LONGEST_NAME:
        raise invalid("/definition", f"the workflow's name is longer than {p.LONGEST_NAME}")
    if not named:
        raise invalid("/workflow", "the definition does not name its workflow; say which it is")
    return house.catalog.find(named), named


def _add_both(
    house: House,
    call: Call,
    name: str,
    dialect: Dialect,
    digest: str,
    document: bytes,
    number: int | None,
) -> Changed | Refusal:
    workflow_id = new_id(house)
    version = VersionAdded(
        workflow_id=workflow_id,
        version_id=new_id(house),
        version_number=1 if number is None else number,
        dialect=dialect.name,
        definition=digest,
    )
    return house.catalog.register(
        workflow_id, name, None, call.context, version, documents={digest: document}
    )


def added(events: Sequence[Event], state: JobState | None) -> Result:
    event = next(event for event in events if isinstance(event, VersionAdded))
    return {
        "workflowId": event.workflow_id,
        "versionId": event.version_id,
        "versionNumber": event.version_number,
    }


def validate(house: House, call: Call, asked: p.VersionValidate) -> Answer:
    try:
        definition, dialect = read_definition(house, asked.definition)
    except OperationError as error:
        if error.type is not ErrorType.INVALID_DEFINITION:
            raise
        return _verdict(None, error.data["errors"], [])
    if isinstance(dialect, Problem):
        return _verdict(None, problems_of((dialect,)), [])
    filled = filled_in(house, definition, dialect)
    findings = findings_of(house, dialect, filled).keeping(asked.keep_unsupported)
    return _verdict(dialect.name, problems_of(findings.errors), problems_of(findings.warnings))


def _verdict(dialect: str | None, errors: Any, warnings: Any) -> Result:
    return {"valid": not errors, "dialect": dialect, "errors": errors, "warnings": warnings}


def read_definition(
    house: House, given: dict[str, Any] | str
) -> tuple[dict[str, Any], Dialect | Problem]:
    """The definition as an object, from an object or its JSON text."""
    if isinstance(given, str):
        given = _parsed(house, given)
    check_size(house, given)
    return given, dialect_of(given)


def usable_definition(house: House, given: dict[str, Any] | str) -> dict[str, Any]:
    """One that jobs can be of. Raises OperationError, and Cold until its scripts were read."""
    definition, dialect = read_definition(house, given)
    if isinstance(dialect, Problem):
        raise invalid_definition((dialect,))
    findings = findings_of(house, dialect, definition).keeping(unsupported=False)
    if findings.errors:
        raise invalid_definition(findings.errors)
    return definition


def _parsed(house: House, text: str) -> dict[str, Any]:
    try:
        definition = parse(text.encode(), max_depth=house.bounds.max_depth)
    except (NotJson, LossyJson) as error:
        raise invalid_definition((Problem(path="", message=str(error), kind="json"),)) from error
    if not isinstance(definition, dict):
        message = "a definition is a JSON object"
        raise invalid_definition((Problem(path="", message=message, kind="json"),))
    return definition


def invalid_definition(errors: tuple[Problem, ...]) -> OperationError:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return OperationError(
        ErrorType.INVALID_DEFINITION,
        f"{first.path or '/'}: {first.message}{more}",
        errors=problems_of(errors),
    )


def get_version(house: House, call: Call, asked: p.VersionGet) -> Answer:
    workflow = durable_workflow(house, asked.workflow)
    version = select(workflow, selector_of(asked.version, "/version"))
    if isinstance(version, Refusal):
        raise refused(version)
    return {
        **_version(workflow, version),
        "definition": house.shelf.definition(version.definition),
    }


def _version(workflow: Workflow, version: Version) -> Result:
    return {
        "workflowId": workflow.workflow_id,
        "workflow": workflow.name,
        "versionId": version.version_id,
        "versionNumber": version.number,
        "dialect": version.dialect,
        "definitionDigest": version.definition,
        "revision": version.revision,
        "createdAt": iso(version.created_at),
        "createdBy": version.created_by,
        "tags": sorted(
            tag for tag, version_id in workflow.tags.items() if version_id == version.version_id
        ),
    }


def retire(house: House, call: Call, asked: p.VersionRetire) -> Answer:
    cell = house.catalog.find(asked.workflow)
    if cell is None or cell.tail is None:
        raise refused(no_such_workflow(asked.workflow))
    version = select(cell.tail, selector_of(asked.version, "/version"))
    if isinstance(version, Refusal):
        raise refused(version)
    changed = house.catalog.retire_version(cell, version, call.context)
    if isinstance(changed, Refusal) and changed.kind is RefusalKind.NOTHING_TO_CHANGE:
        answer = _retirement(version.version_id, version.number)
        return unchanged(call, answer, lambda noted: house.catalog.note(cell, noted, call.context))
    return _written(changed)


def retired(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, VersionRetired)
    return _retirement(event.version_id, event.version_number)


def _retirement(version_id: str, number: int) -> Result:
    return {"versionId": version_id, "versionNumber": number}


def list_versions(house: House, call: Call, asked: p.VersionList) -> Answer:
    return house.read_models.version_list(asked.workflow, limit=asked.limit, cursor=asked.cursor)


def selector_of(asked: p.VersionSelector | None, path: str) -> Selector:
    if asked is None:
        return Selector()
    given = [one for one in (asked.tag, asked.version_number, asked.version_id) if one is not None]
    if len(given) != 1:
        raise invalid(path, 'say exactly one of {"tag"}, {"versionNumber"}, {"versionId"}')
    return Selector(tag=asked.tag, version_number=asked.version_number, version_id=asked.version_id)


# tag.*


def set_tag(house: House, call: Call, asked: p.TagSet) -> Answer:
    cell = house.catalog.find(asked.workflow)
    if cell is None or cell.tail is None:
        raise refused(no_such_workflow(asked.workflow))
    version = select(cell.tail, selector_of(asked.version, "/version"))
    if isinstance(version, Refusal):
        raise refused(version)
    changed = house.catalog.move_tag(cell, asked.tag, version, call.context)
    if isinstance(changed, Refusal) and changed.kind is RefusalKind.NOTHING_TO_CHANGE:
        answer = _moved(asked.tag, version.number, version.number)
        return unchanged(call, answer, lambda noted: house.catalog.note(cell, noted, call.context))
    return _written(changed)


def tag_moved(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, TagMoved)
    return _moved(event.tag, event.version_number, event.previous_version_number)


def _moved(tag: str, number: int, previous: int | None) -> Result:
    return {"tag": tag, "versionNumber": number, "previousVersionNumber": previous}


def get_tag(house: House, call: Call, asked: p.TagGet) -> Answer:
    workflow = durable_workflow(house, asked.workflow)
    version = select(workflow, Selector(tag=asked.tag))
    if isinstance(version, Refusal):
        raise refused(version)
    return {"versionId": version.version_id, "versionNumber": version.number}


def list_tags(house: House, call: Call, asked: p.TagList) -> Answer:
    return house.read_models.tag_list(asked.workflow, limit=asked.limit, cursor=asked.cursor)


def tag_history(house: House, call: Call, asked: p.TagHistory) -> Answer:
    return house.read_models.tag_history(
        asked.workflow, asked.tag, limit=asked.limit, cursor=asked.cursor
    )


def _written(changed: Changed | Refusal) -> Written:
    if isinstance(changed, Refusal):
        raise refused(changed)
    return Written(changed.position.last, changed.events)
