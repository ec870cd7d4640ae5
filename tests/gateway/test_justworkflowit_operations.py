"""Every operation of JustWorkflowIt's client and every error it declares, driven by a client
that knows nothing of the project."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.daemon.wire import Wire
from tests.gateway.conftest import Start
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http
from tests.gateway.justworkflowit import error
from tests.gateway.justworkflowit_operations import (
    BY_NAME,
    OPERATIONS,
    Operation,
    Things,
    assert_shaped,
)

NAMES = [one.name for one in OPERATIONS]
ANSWERING = [one.name for one in OPERATIONS if one.always is None]
WITH_BODY = [one.name for one in OPERATIONS if one.body and one.always is None]
GUARDED = [one.name for one in OPERATIONS if one.permission and one.always is None]
PERMISSIONS = {one.permission for one in OPERATIONS if one.permission}
OF_ONE_THING = [
    name
    for name in ANSWERING
    if re.search(r"\{(?!organizationId)\w+\}", BY_NAME[name].path) is not None
]
RAW = (b"{", b"[]", b'"text"', b"\xff", b'{"a": NaN}')


@pytest.fixture(params=["tcp", "unix"])
def client(daemon: HttpDaemon, request: pytest.FixtureRequest) -> Any:
    with daemon.http() if request.param == "tcp" else daemon.unix_http() as made:
        yield made


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_what_it_declares(client: Http, name: str) -> None:
    operation = BY_NAME[name]
    answer = Things(client).send(operation)
    if operation.always is not None:
        assert error(answer)["errorType"] == operation.always
        return
    assert answer.status == 200, answer
    if operation.shape is None:
        assert answer.body == b""
    else:
        assert answer.headers["content-type"] == "application/json"
        assert_shaped(answer.json, operation.shape)


@pytest.mark.parametrize("name", WITH_BODY)
def test_what_may_be_left_out_may(http: Http, name: str) -> None:
    """All of it where the operation is not about the optional members alone."""
    operation = BY_NAME[name]
    if not operation.required or name in ("SubmitJob", "CreateResourcePool"):
        assert len(operation.optional) >= 1
        return
    body = {key: (operation.body or {})[key] for key in operation.required}
    answer = Things(http).send(operation, body=body)
    assert answer.status == 200, answer
    assert_shaped(answer.json, operation.shape)


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_member_that_is_missing_or_wrong_is_named(http: Http, name: str) -> None:
    operation, things = BY_NAME[name], Things(http)
    body = operation.body or {}
    for member in operation.required:
        rest = {key: one for key, one in body.items() if key != member}
        refused = error(things.send(operation, body=rest))
        assert (refused["errorType"], list(refused["fields"])) == ("ValidationError", [member])
    for member in body:
        if member in ("inputJson", "payload"):
            continue  # any JSON
        refused = error(things.send(operation, body={**body, member: {"no": ["such"]}}))
        assert refused["errorType"] == "ValidationError", member
        assert any(one.startswith(member) for one in refused["fields"]), refused


@pytest.mark.parametrize("name", WITH_BODY)
def test_what_is_no_json_object_is_a_validation_error(http: Http, name: str) -> None:
    operation = BY_NAME[name]
    path = re.sub(r"\{\w+\}", "x", operation.path)
    for raw in RAW:
        refused = error(http.send(operation.method, path, raw=raw))
        assert refused["errorType"] == "ValidationError", raw


@pytest.mark.parametrize("name", OF_ONE_THING)
def test_what_is_not_there_is_not_found(http: Http, name: str) -> None:
    operation, things = BY_NAME[name], Things(http)
    for part in re.findall(r"\{(?!organizationId)\w+\}", operation.path):
        path = operation.path.replace(part, "nobody")
        refused = error(things.send(operation, path=path))
        assert refused["errorType"] == "NotFoundError", part
        assert "fields" not in refused


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("SubmitJob", {"workflowId": "nobody", "workflowVersion": {"tag": "$LIVE"}}),
        ("SubmitJob", {"workflowId": "{workflowId}", "workflowVersion": {"tag": "$NEVER"}}),
        ("SubmitJob", {"workflowId": "{workflowId}", "workflowVersion": {"versionId": "nobody"}}),
        ("SubmitJob", {"workflowId": "{workflowId}", "workflowVersion": {"versionNumber": 99}}),
        ("SetWorkflowVersionTag", {"versionId": "nobody"}),
        ("ResolveOrganizationSecret", {"key": "NOBODY"}),
        (
            "CreateResourcePool",
            {"name": "p", "workerLimit": 1, "targetedWorkflowIds": ["nobody"]},
        ),
        ("UpdateResourcePool", {"targetedWorkflowIds": ["nobody"]}),
    ],
)
def test_what_a_body_names_has_to_be_there(http: Http, name: str, body: dict[str, Any]) -> None:
    refused = error(Things(http).send(BY_NAME[name], body=body))
    assert refused["errorType"] == "NotFoundError"


@pytest.mark.parametrize("name", GUARDED)
def test_it_asks_for_its_permission_and_no_other(
    daemon: HttpDaemon, http: Http, wire: Wire, name: str
) -> None:
    operation, things = BY_NAME[name], Things(http)
    others = sorted(PERMISSIONS - {operation.permission})
    token = wire.call("token.create", name="others", scopes=others)["token"]
    with daemon.http(Authorization=f"Bearer {token}") as client:
        refused = error(things.send(operation, client))
    assert refused["errorType"] == "AuthorizationError"
    assert str(operation.permission) in refused["message"]
    token = wire.call("token.create", name="its", scopes=[operation.permission])["token"]
    with daemon.http(Authorization=f"Bearer {token}") as client:
        answer = things.send(operation, client)
    assert answer.status == 200, answer


@pytest.mark.parametrize("name", NAMES)
def test_a_token_that_is_none_is_an_authentication_error(daemon: HttpDaemon, name: str) -> None:
    operation = BY_NAME[name]
    path = re.sub(r"\{\w+\}", "x", operation.path)
    with daemon.http(Authorization="Bearer nobody") as client:
        refused = error(client.send(operation.method, path, operation.body))
    assert refused["errorType"] == "AuthenticationError"


def test_another_organization_is_not_found_where_there_is_one(start: Start) -> None:
    daemon = start({"http.organization": "acme", "http.any_organization": "false"})
    daemon.ready()
    with daemon.http() as http:
        things = Things(http)
        for operation in OPERATIONS:
            if "{organizationId}" in operation.path:
                path = operation.path.replace("{organizationId}", "other")
                refused = error(things.send(operation, path=path))
                assert refused["errorType"] == "NotFoundError", operation.name
                assert "other" in refused["message"]
            if operation.always is None:
                assert _succeeds(things, operation), operation.name
                things = Things(http)


def _succeeds(things: Things, operation: Operation) -> bool:
    return bool(things.send(operation).status == 200)


def test_a_permission_without_an_operation_can_be_given(wire: Wire) -> None:
    """The client's list has some."""
    scopes = ["job:delete", "job:update", "workflow:delete", "workflow:update"]
    assert wire.call("token.create", name="all", scopes=scopes)["token"]


@pytest.mark.parametrize("tag", ["%24LIVE", "$LIVE", "%24live", "LIVE", "%24LIVE2", "%24"])
def test_a_tag_is_read_however_it_is_written(http: Http, tag: str) -> None:
    operation = BY_NAME["GetTaggedWorkflowVersion"]
    answer = Things(http).send(operation, path=operation.path.replace("%24LIVE", tag))
    if tag in ("%24LIVE", "$LIVE"):
        assert answer.status == 200
    else:
        refused = error(answer)
        assert (refused["errorType"], list(refused["fields"])) == ("ValidationError", ["tag"])
