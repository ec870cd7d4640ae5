"""Definitions of workflows and tasks (conductor.md §6.4)."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask, Unreadable
from daemon.gateway.conductor.bodies import body_in, list_in
from daemon.gateway.conductor.bulk import Bulk
from daemon.gateway.conductor.definitions import TASK_DEFAULTS, shown_workflow
from daemon.gateway.conductor.documents import milliseconds
from daemon.gateway.conductor.errors import conflict, is_missing, not_found
from daemon.gateway.conductor.listing import current_of, current_versions
from daemon.gateway.conductor.reading import MOST
from daemon.gateway.conductor.table import OK, route
from daemon.gateway.conductor.violations import (
    Violation,
    checked_at,
    invalid_with,
    violations_of,
)
from daemon.gateway.messages import Response, json_response
from daemon.gateway.running import CallFailed

Json = dict[str, Any]

# workflows


@route("POST", "/metadata/workflow", "create", "Register a definition")
async def create(ask: Ask) -> Response:
    """A number that is taken is said before anything that is wrong (§6.4)."""
    definition = _whole(body_in(ask))
    overwrite = ask.flag("overwrite", False)
    if not overwrite:
        await _check_free(ask, definition)
    place = "updateWorkflowDef.arg0" if overwrite else "registerWorkflowDef.arg0"
    await checked_at(place, definition, _add(ask, definition, overwrite=overwrite))
    return OK


@route("PUT", "/metadata/workflow", "update", "Register definitions, over older ones too")
async def update(ask: Ask) -> Response:
    """One definition that cannot be used, and none is registered."""
    place = "updateWorkflowDef.arg0"
    given = [_whole(one) for one in list_in(ask, place, "WorkflowDefList is empty")]
    violations: list[Violation] = []
    for number, definition in enumerate(given):
        verdict = await ask.call("version.validate", definition=definition, keepUnsupported=True)
        violations += violations_of(f"{place}[{number}]", verdict["errors"], definition)
    if violations:
        raise invalid_with(violations)
    bulk = Bulk()
    for definition in given:
        name = str(definition.get("name", ""))
        await bulk.did(name, _add(ask, definition, overwrite=True))
    return bulk.response()


@route("POST", "/metadata/workflow/validate", "validate", "Check a definition, keep nothing")
async def validate(ask: Ask) -> Response:
    definition = _whole(body_in(ask))
    verdict = await ask.call("version.validate", definition=definition, keepUnsupported=True)
    if not verdict["valid"]:
        place = "validateWorkflowDef.arg0"
        raise invalid_with(violations_of(place, verdict["errors"], definition))
    return OK


def _whole(definition: Any) -> Json:
    """What has neither tasks nor steps is a Conductor definition that lacks its tasks."""
    if not isinstance(definition, dict):
        raise Unreadable("a workflow definition is a JSON object")
    if definition.get("tasks") is None and "steps" not in definition:
        return {**definition, "tasks": []}
    return definition


@route("GET", "/metadata/workflow", "getAll", "Every version of every definition")
async def get_all(ask: Ask) -> Response:
    found = [await _definition(ask, one) for one in await current_versions(ask)]
    return json_response(found)


@route("GET", "/metadata/workflow/latest-versions", "getLatest", "The newest of each definition")
async def get_latest(ask: Ask) -> Response:
    return json_response([await _definition(ask, one) for one in await _latest(ask)])


@route("GET", "/metadata/workflow/names", "getNames", "Names of workflows")
async def get_names(ask: Ask) -> Response:
    return json_response([one["workflow"] for one in await _latest(ask)])


@route("GET", "/metadata/workflow/names-and-versions", "getNamesAndVersions", "Summaries by name")
async def get_names_and_versions(ask: Ask) -> Response:
    found: dict[str, list[Json]] = {}
    for one in await current_versions(ask):
        found.setdefault(one["workflow"], []).append(_summary(one))
    return json_response(found)


@route("GET", "/metadata/workflow/{name}/versions", "getVersions", "Summaries of one workflow")
async def get_versions(ask: Ask) -> Response:
    name = ask.parts["name"]
    return json_response([_summary(one) for one in await current_of(ask, name)])


@route("GET", "/metadata/workflow/{name}", "get", "One definition; the newest without a version")
async def get(ask: Ask) -> Response:
    name, number = ask.parts["name"], ask.whole("version", 0)
    return json_response(await definition_named(ask, name, number))


@route("DELETE", "/metadata/workflow/{name}/{version}", "unregister", "Let a number mean nothing")
async def unregister(ask: Ask) -> Response:
    """What runs goes on, and what the number meant stays in the log."""
    name = ask.parts["name"]
    try:
        number = int(ask.parts["version"])
    except ValueError:
        raise Unreadable(f"version: {ask.parts['version']!r} is not a whole number") from None
    try:
        await ask.call("version.retire", workflow=name, version={"versionNumber": number})
    except CallFailed as failed:
        if failed.type == "notFound":
            message = f"No such workflow definition: {name} version: {number}"
            raise not_found(message) from failed
        raise
    return OK


async def definition_named(ask: Ask, name: str, number: int) -> Json:
    """``number`` 0: the newest."""
    try:
        return await _definition(ask, {"workflow": name, "versionNumber": number or None})
    except CallFailed as failed:
        if is_missing(failed):
            shown = number or "null"
            raise not_found(f"No such workflow found by name: {name}, version: {shown}") from failed
        raise


async def _add(ask: Ask, definition: Json, *, overwrite: bool) -> None:
    """A definition that is there already as it stands makes no new revision."""
    name, number = str(definition.get("name", "")), definition.get("version", 1)
    if overwrite and await _is_current(ask, name, number, definition):
        return
    try:
        await ask.call(
            "version.add", definition=definition, overwrite=overwrite, keepUnsupported=True
        )
    except CallFailed as failed:
        if failed.failure.data.get("refusal") == "numberTaken":
            raise conflict(f"Workflow with {name}.{number} already exists!") from failed
        raise


async def _check_free(ask: Ask, definition: Json) -> None:
    name, number = definition.get("name"), definition.get("version", 1)
    if not name or not isinstance(name, str) or not isinstance(number, int):
        return
    try:
        await ask.call("version.get", workflow=name, version={"versionNumber": number})
    except CallFailed as failed:
        if not is_missing(failed):
            raise
    else:
        raise conflict(f"Workflow with {name}.{number} already exists!")


async def _is_current(ask: Ask, name: str, number: Any, definition: Json) -> bool:
    if not name or not isinstance(number, int):
        return False
    try:
        found = await ask.call("version.get", workflow=name, version={"versionNumber": number})
    except CallFailed as failed:
        if is_missing(failed):
            return False
        raise
    return bool(found["definition"] == definition)


async def _latest(ask: Ask) -> list[Json]:
    newest: dict[str, Json] = {}
    for one in await current_versions(ask):
        newest[one["workflow"]] = one
    return list(newest.values())


async def _definition(ask: Ask, version: Json) -> Json:
    number = version["versionNumber"]
    selector = None if number is None else {"versionNumber": number}
    found = await ask.call("version.get", workflow=version["workflow"], version=selector)
    at = milliseconds(found["createdAt"])
    return shown_workflow(
        {
            "createTime": at,
            "updateTime": at,
            "createdBy": found["createdBy"],
            **found["definition"],
            "name": found["workflow"],
            "version": found["versionNumber"],
        }
    )


def _summary(version: Json) -> Json:
    at = milliseconds(version["createdAt"])
    return {
        "name": version["workflow"],
        "version": version["versionNumber"],
        "createTime": at,
        "updateTime": at,
    }


# tasks


@route("POST", "/metadata/taskdefs", "registerTaskDef", "Define task types")
async def register_task_defs(ask: Ask) -> Response:
    """One that cannot be used, and none is defined."""
    place = "registerTaskDef.arg0"
    given = list_in(ask, place, "TaskDefList is empty")
    violations: list[Violation] = []
    for number, definition in enumerate(given):
        if not isinstance(definition, dict):
            raise Unreadable("a task definition is a JSON object")
        verdict = await ask.call("taskType.validate", definition=definition)
        violations += violations_of(f"{place}[{number}]", verdict["errors"], definition)
    if violations:
        raise invalid_with(violations)
    for definition in given:
        await ask.call("taskType.put", definition=definition)
    return OK


@route("PUT", "/metadata/taskdefs", "updateTaskDef", "Define a task type anew")
async def update_task_def(ask: Ask) -> Response:
    definition = body_in(ask)
    name = definition.get("name")
    if isinstance(name, str) and name:
        await _task_def(ask, name, f"No such task by name {name}")
    put = ask.call("taskType.put", definition=definition)
    await checked_at("updateTaskDef.arg0", definition, put)
    return OK


@route("GET", "/metadata/taskdefs", "getTaskDefs", "Every task type")
async def get_task_defs(ask: Ask) -> Response:
    page = await ask.call("taskType.list", limit=MOST)
    names = [one["name"] for one in page["taskTypes"]]
    while page["cursor"] is not None:
        page = await ask.call("taskType.list", limit=MOST, cursor=page["cursor"])
        names += [one["name"] for one in page["taskTypes"]]
    return json_response([await _task_def(ask, name, "") for name in names])


@route("GET", "/metadata/taskdefs/{taskType}", "getTaskDef", "One task type")
async def get_task_def(ask: Ask) -> Response:
    name = ask.parts["taskType"]
    return json_response(await _task_def(ask, name, f"No such taskType found by name: {name}"))


@route("DELETE", "/metadata/taskdefs/{taskType}", "unregisterTaskDef", "Forget a task type")
async def unregister_task_def(ask: Ask) -> Response:
    name = ask.parts["taskType"]
    try:
        await ask.call("taskType.delete", name=name)
    except CallFailed as failed:
        if failed.type == "notFound":
            raise not_found("No such task definition") from failed
        raise
    return OK


async def _task_def(ask: Ask, name: str, missing: str) -> Json:
    try:
        found = await ask.call("taskType.get", name=name)
    except CallFailed as failed:
        if failed.type == "notFound":
            raise not_found(missing) from failed
        raise
    return {
        **TASK_DEFAULTS,
        "createTime": milliseconds(found["createdAt"]),
        "updateTime": milliseconds(found["updatedAt"]),
        **found["definition"],
    }
