"""Workflows, versions and tags as JustWorkflowIt's clients see them."""

from __future__ import annotations

import json

import pytest

from tests.gateway.conftest import Start
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http
from tests.gateway.justworkflowit import ORGANIZATION, Shop, error


@pytest.fixture
def shop(http: Http) -> Shop:
    return Shop(http)


def test_a_workflow_is_listed_and_found(shop: Shop) -> None:
    listed = shop.ok("GET", "/workflows")["workflows"]
    (mine,) = [one for one in listed if one["name"] == shop.name]
    assert set(mine) == {"workflowId", "name", "createdAt"}
    assert shop.ok("GET", shop.path) == mine
    names = [one["name"] for one in listed]
    assert names == sorted(names)


def test_a_name_is_given_once(shop: Shop) -> None:
    refused = shop.wrong("POST", "/workflows", {"name": shop.name})
    assert refused["errorType"] == "ValidationError"
    assert refused["message"] == "A workflow already exists with this name."


def test_versions_are_counted_and_listed_newest_first(shop: Shop) -> None:
    first = shop.add_version()
    second = shop.add_version(definitions={"number": {"type": "object"}})
    assert (first["versionNumber"], second["versionNumber"]) == (1, 2)
    assert set(first) == {"workflowId", "versionId", "versionNumber"}
    shop.live(first["versionId"])
    listed = shop.ok("GET", f"{shop.path}/versions")["versions"]
    assert [one["versionNumber"] for one in listed] == [2, 1]
    assert [one["tags"] for one in listed] == [[], ["$LIVE"]]
    assert json.loads(listed[1]["definition"]) == json.loads(shop.definition())
    names = {"versionId", "versionNumber", "definition", "createdAt", "tags"}
    assert set(listed[0]) == names


def test_one_version_is_found(shop: Shop) -> None:
    made = shop.add_version()
    found = shop.ok("GET", f"{shop.path}/versions/{made['versionId']}")
    assert found["workflowId"] == shop.workflow_id
    assert json.loads(found["definition"]) == json.loads(shop.definition())


def test_a_version_equal_to_the_live_one_is_that_one(shop: Shop) -> None:
    first = shop.add_version()
    assert shop.add_version()["versionNumber"] == 2, "nothing is live yet"
    shop.live(first["versionId"])
    assert shop.add_version() == first
    indented = json.dumps(json.loads(shop.definition()), indent=4)
    again = shop.ok("POST", f"{shop.path}/versions", {"definition": indented})
    assert again == first, "blanks do not make another version"
    assert len(shop.ok("GET", f"{shop.path}/versions")["versions"]) == 2


def test_a_tag_moves_and_says_where_it_is(shop: Shop) -> None:
    first = shop.add_version()
    shop.live(first["versionId"])
    shop.live(first["versionId"])
    found = shop.ok("GET", f"{shop.path}/tags/%24LIVE")
    assert found == {"versionId": first["versionId"], "versionNumber": 1}


def test_what_would_be_taken_is_said_without_keeping_it(shop: Shop) -> None:
    good = shop.ok("POST", f"{shop.path}/versions/validate", {"definition": shop.definition()})
    assert good == {"valid": True, "errors": [], "definition": shop.definition()}
    bad = shop.ok("POST", f"{shop.path}/versions/validate", {"definition": "{"})
    assert bad["valid"] is False
    assert len(bad["errors"]) == 1
    assert shop.ok("GET", f"{shop.path}/versions") == {"versions": []}


INVALID = {
    "a workflow without a name": ("POST", "/workflows", {}, "name"),
    "a name that is a number": ("POST", "/workflows", {"name": 3}, "name"),
    "a version without a definition": ("POST", "{path}/versions", {}, "definition"),
    "a definition that is an object": (
        "POST",
        "{path}/versions",
        {"definition": {}},
        "definition",
    ),
    "a tag in small letters": ("PUT", "{path}/tags/%24live", {"versionId": "x"}, "tag"),
    "a tag that is asked for in small letters": ("GET", "{path}/tags/%24live", None, "tag"),
    "a tag without its version": ("PUT", "{path}/tags/%24LIVE", {}, "versionId"),
}


@pytest.mark.parametrize("name", INVALID)
def test_is_a_validation_error_that_names_the_field(shop: Shop, name: str) -> None:
    method, path, body, field = INVALID[name]
    refused = shop.wrong(method, path.format(path=shop.path), body)
    assert refused["errorType"] == "ValidationError"
    assert field in refused["fields"]


def test_a_definition_is_refused_with_every_error(shop: Shop) -> None:
    refused = shop.wrong(
        "POST", f"{shop.path}/versions", {"definition": '{"workflowName": 1, "steps": 2}'}
    )
    assert refused["errorType"] == "ValidationError"
    assert refused["fields"]


MISSING = {
    "a workflow": ("GET", "/workflows/nobody", None),
    "its versions": ("GET", "/workflows/nobody/versions", None),
    "its new version": ("POST", "/workflows/nobody/versions", {"definition": "{}"}),
    "its validation": ("POST", "/workflows/nobody/versions/validate", {"definition": "{}"}),
    "its tag": ("GET", "/workflows/nobody/tags/%24LIVE", None),
    "its tag to be": ("PUT", "/workflows/nobody/tags/%24LIVE", {"versionId": "x"}),
    "a version": ("GET", "{path}/versions/nobody", None),
    "a version to tag": ("PUT", "{path}/tags/%24LIVE", {"versionId": "nobody"}),
    "a tag that was never set": ("GET", "{path}/tags/%24NEVER", None),
    "a path": ("GET", "/nothing", None),
}


@pytest.mark.parametrize("name", MISSING)
def test_is_not_found(shop: Shop, name: str) -> None:
    method, path, body = MISSING[name]
    if body == {"definition": "{}"} and method == "POST" and not path.endswith("validate"):
        body = {"definition": shop.definition()}
    assert shop.wrong(method, path.format(path=shop.path), body)["errorType"] == "NotFoundError"


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"text"', b'{"name": 1e999}', b"\xff"])
def test_a_body_that_is_no_object_is_a_validation_error(http: Http, raw: bytes) -> None:
    answer = http.send("POST", f"{ORGANIZATION}/workflows", raw=raw)
    assert error(answer)["errorType"] == "ValidationError"


def test_the_unix_socket_speaks_it_too(daemon: HttpDaemon) -> None:
    with daemon.unix_http() as unix:
        assert Shop(unix).add_version()["versionNumber"] == 1


def test_the_actor_is_the_principal_and_its_address(shop: Shop, daemon: HttpDaemon) -> None:
    with daemon.wire() as wire:
        entries = wire.call("audit.query", workflow=shop.workflow_id)["entries"]
    assert {one["actor"] for one in entries} == {"http:127.0.0.1"}


def test_one_organization_may_be_all_there_is(start: Start) -> None:
    daemon = start({"http.organization": "acme", "http.any_organization": "false"})
    daemon.ready()
    with daemon.http() as http:
        assert http.get("/organizations/acme/workflows").json == {"workflows": []}
        assert error(http.get("/organizations/other/workflows"))["errorType"] == "NotFoundError"
