"""Workflows, versions and tags (reference justworkflowit.md §3.1-3.3)."""

from __future__ import annotations

import re
from typing import Any

import orjson

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.bodies import Body, read
from daemon.gateway.justworkflowit.errors import invalid, not_found
from daemon.gateway.justworkflowit.table import route
from daemon.gateway.running import CallFailed

LIVE = "$LIVE"
TAG = re.compile(r"\$[A-Z_]+")
WHOLE_LIST = 1_000
"""Entries that one call of a list operation fetches; these lists have no pages."""


class NewWorkflow(Body, frozen=True, kw_only=True):
    name: str


class Definition(Body, frozen=True, kw_only=True):
    definition: str


class TaggedVersion(Body, frozen=True, kw_only=True):
    version_id: str


@route("GET", "/workflows", "ListWorkflows", "All workflows, A to Z")
async def list_workflows(ask: Ask) -> dict[str, Any]:
    found = await whole_list(ask, "workflow.list", "workflows")
    return {"workflows": [_workflow(one) for one in found]}


@route("POST", "/workflows", "RegisterWorkflow", "A new workflow without versions")
async def register_workflow(ask: Ask) -> dict[str, Any]:
    body = read(ask, NewWorkflow)
    made = await ask.call("workflow.register", name=body.name)
    return {"workflowId": made["workflowId"]}


@route("GET", "/workflows/{workflowId}", "GetWorkflow", "One workflow")
async def get_workflow(ask: Ask) -> dict[str, Any]:
    return _workflow(await ask.call("workflow.get", workflow=ask.parts["workflowId"]))


@route("GET", "/workflows/{workflowId}/versions", "ListWorkflowVersions", "Newest first")
async def list_versions(ask: Ask) -> dict[str, Any]:
    workflow = ask.parts["workflowId"]
    found = await whole_list(ask, "version.list", "versions", workflow=workflow)
    versions = [await _version(ask, workflow, {"versionId": one["versionId"]}) for one in found]
    newest_first = sorted(versions, key=_age, reverse=True)
    return {"versions": [_without(one, "workflowId") for one in newest_first]}


@route("POST", "/workflows/{workflowId}/versions", "RegisterWorkflowVersion", "A new version")
async def register_version(ask: Ask) -> dict[str, Any]:
    """A definition equal to the one at ``$LIVE`` is that version again."""
    body = read(ask, Definition)
    return await ask.call(
        "version.add",
        workflow=ask.parts["workflowId"],
        definition=body.definition,
        unlessTagged=LIVE,
    )


@route(
    "POST",
    "/workflows/{workflowId}/versions/validate",
    "ValidateWorkflowVersion",
    "Whether a definition would be taken; nothing is kept",
    "workflow:version:create",
)
async def validate_version(ask: Ask) -> dict[str, Any]:
    body = read(ask, Definition)
    await ask.inside("workflow.get", workflow=ask.parts["workflowId"])
    verdict = await ask.call("version.validate", definition=body.definition)
    errors = [f"{one['path']}: {one['message']}".lstrip(": ") for one in verdict["errors"]]
    answer: dict[str, Any] = {"valid": verdict["valid"], "errors": errors}
    if verdict["valid"]:
        answer["definition"] = body.definition
    return answer


@route("GET", "/workflows/{workflowId}/versions/{versionId}", "GetWorkflowVersion", "One version")
async def get_version(ask: Ask) -> dict[str, Any]:
    return await _version(ask, ask.parts["workflowId"], {"versionId": ask.parts["versionId"]})


@route("GET", "/workflows/{workflowId}/tags/{tag}", "GetTaggedWorkflowVersion", "A tag's version")
async def get_tag(ask: Ask) -> dict[str, Any]:
    tag = _tag(ask)
    workflow = ask.parts["workflowId"]
    try:
        found = await ask.call("tag.get", workflow=workflow, tag=tag)
    except CallFailed as failed:
        if failed.type == "noVersion":
            raise not_found(f"No version tagged {tag} found.") from failed
        raise
    return {"versionId": found["versionId"], "versionNumber": found["versionNumber"]}


@route("PUT", "/workflows/{workflowId}/tags/{tag}", "SetWorkflowVersionTag", "Move a tag")
async def set_tag(ask: Ask) -> dict[str, Any]:
    body = read(ask, TaggedVersion)
    await ask.call(
        "tag.set",
        workflow=ask.parts["workflowId"],
        tag=_tag(ask),
        version={"versionId": body.version_id},
    )
    return {"success": True}


async def whole_list(ask: Ask, method: str, name: str, **params: Any) -> list[dict[str, Any]]:
    """Every page of a list operation."""
    page = await ask.call(method, limit=WHOLE_LIST, **params)
    found: list[dict[str, Any]] = page[name]
    while page["cursor"] is not None:
        page = await ask.call(method, limit=WHOLE_LIST, cursor=page["cursor"], **params)
        found += page[name]
    return found


async def _version(ask: Ask, workflow: str, selector: dict[str, Any]) -> dict[str, Any]:
    found = await ask.call("version.get", workflow=workflow, version=selector)
    return {
        "workflowId": found["workflowId"],
        "versionId": found["versionId"],
        "versionNumber": found["versionNumber"],
        "definition": orjson.dumps(found["definition"]).decode(),
        "createdAt": found["createdAt"],
        "tags": found["tags"],
    }


def _age(version: dict[str, Any]) -> tuple[str, int]:
    """Versions that were added in one moment go by their numbers."""
    return version["createdAt"], version["versionNumber"]


def _workflow(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("workflowId", "name", "createdAt")}


def _without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: one for key, one in value.items() if key != name}


def _tag(ask: Ask) -> str:
    tag = ask.parts["tag"]
    if TAG.fullmatch(tag) is None:
        message = f"{tag!r} is no tag: a tag is a $ and capital letters or underscores"
        raise invalid(message, tag=message)
    return tag
