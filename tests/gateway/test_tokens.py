"""API tokens: made, held to their scopes, changed and ended; by the interface and beside it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.daemon.wire import Wire
from tests.gateway.conftest import Start
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http
from tests.gateway.justworkflowit import ORGANIZATION, error

LATER = "2999-01-01T00:00:00Z"
TOKENS = f"{ORGANIZATION}/api-auth-tokens"


def make(http: Http, *permissions: str, **more: Any) -> dict[str, Any]:
    body = {"name": "ci", "expiresAt": LATER, "permissions": list(permissions), **more}
    answer = http.post(TOKENS, body)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.json
    return found


def bearing(daemon: HttpDaemon, token: str) -> Http:
    return daemon.http(Authorization=f"Bearer {token}")


def refusal(wire: Wire, token_id: str) -> dict[str, Any]:
    """The one that is recorded; the log may be a moment behind the answer."""
    asked = {"stream": f"token/{token_id}", "types": ["PermissionRefused"]}
    found = wire.call("events.subscribe", asked, after=0)
    event: dict[str, Any] = wire.notification()["params"]["event"]
    wire.call("events.unsubscribe", subscription=found["subscription"])
    return dict(event["data"])


def test_a_token_is_told_once_and_kept_hashed(http: Http, daemon: HttpDaemon, wire: Wire) -> None:
    made = make(http, "workflow:read")
    assert set(made) == {"apiAuthTokenId", "name", "createdAt", "expiresAt", "token"}
    shown = http.get(f"{TOKENS}/{made['apiAuthTokenId']}").json
    assert shown["permissions"] == ["workflow:read"]
    assert "token" not in shown
    events = wire.call("events.read", stream=f"token/{made['apiAuthTokenId']}")["events"]
    assert made["token"] not in str(events)
    files = [one.read_bytes() for one in daemon.data.iterdir() if one.is_file()]
    assert not any(made["token"].encode() in one for one in files)
    assert made["token"] not in daemon.logged()


def test_a_token_may_what_its_scopes_say(http: Http, daemon: HttpDaemon, wire: Wire) -> None:
    made = make(http, "workflow:read")
    with bearing(daemon, made["token"]) as client:
        assert client.get(f"{ORGANIZATION}/workflows").status == 200
        refused = error(client.post(f"{ORGANIZATION}/workflows", {"name": "by_a_token"}))
    assert refused["errorType"] == "AuthorizationError"
    assert "workflow:create" in refused["message"]
    token_id = made["apiAuthTokenId"]
    expected = {"tokenId": token_id, "method": "workflow.register", "scope": "workflow:create"}
    assert refusal(wire, token_id) == expected


def test_what_no_operation_stands_for_needs_its_scope_too(
    http: Http, daemon: HttpDaemon, wire: Wire
) -> None:
    made = make(http, "workflow:read")
    with bearing(daemon, made["token"]) as client:
        refused = error(client.get("/organizations"))
    assert refused["errorType"] == "AuthorizationError"
    assert refusal(wire, made["apiAuthTokenId"])["scope"] == "organization:read"


def test_the_actor_of_what_a_token_does_is_the_token(
    http: Http, daemon: HttpDaemon, wire: Wire
) -> None:
    made = make(http, "*")
    with bearing(daemon, made["token"]) as client:
        client.post(f"{ORGANIZATION}/workflows", {"name": "of_a_token"})
    actor = f"token:{made['apiAuthTokenId']}"
    entries = wire.call("audit.query", actor=actor)["entries"]
    assert {one["type"] for one in entries} == {"WorkflowRegistered", "NameTaken"}


def test_a_token_hands_on_no_more_than_it_has(http: Http, daemon: HttpDaemon) -> None:
    made = make(http, "apitoken:*", "workflow:read")
    with bearing(daemon, made["token"]) as client:
        assert make(client, "workflow:read")["token"]
        body = {"name": "more", "expiresAt": LATER, "permissions": ["job:submit"]}
        assert error(client.post(TOKENS, body))["errorType"] == "AuthorizationError"
        path = f"{TOKENS}/{made['apiAuthTokenId']}"
        grown = error(client.patch(path, {"permissions": ["*"]}))
        assert grown["errorType"] == "AuthorizationError"


def test_a_token_is_changed_revoked_and_then_nobody(http: Http, daemon: HttpDaemon) -> None:
    made = make(http, "workflow:read")
    path = f"{TOKENS}/{made['apiAuthTokenId']}"
    changed = http.patch(path, {"permissions": ["job:list"]}).json
    assert changed["permissions"] == ["job:list"]
    with bearing(daemon, made["token"]) as client:
        assert client.get(f"{ORGANIZATION}/jobs").status == 200
        assert client.get(f"{ORGANIZATION}/workflows").status == 403
        revoked = http.delete(path)
        assert (revoked.status, revoked.body) == (200, b"")
        answer = client.get(f"{ORGANIZATION}/jobs")
        assert error(answer)["errorType"] == "AuthenticationError"
        assert answer.headers["www-authenticate"] == "Bearer"
    for method in ("GET", "DELETE"):
        assert error(http.send(method, path))["errorType"] == "NotFoundError"
    listed = http.get(TOKENS).json["tokens"]
    assert made["apiAuthTokenId"] not in [one["apiAuthTokenId"] for one in listed]


@pytest.mark.parametrize("secret", ["", "x", "ph_x_y", "ph_", "Bearer"])
def test_a_token_that_is_none_is_refused(daemon: HttpDaemon, secret: str) -> None:
    with daemon.http(Authorization=f"Bearer {secret}") as client:
        answer = client.get(f"{ORGANIZATION}/workflows")
    assert error(answer)["errorType"] == "AuthenticationError"


def test_a_secret_that_is_nearly_right_is_refused(http: Http, daemon: HttpDaemon) -> None:
    token = make(http, "*")["token"]
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    with bearing(daemon, wrong) as client:
        assert client.get(f"{ORGANIZATION}/workflows").status == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expiresAt": LATER, "permissions": ["*"]}, "name"),
        ({"name": "n", "permissions": ["*"]}, "expiresAt"),
        ({"name": "n", "expiresAt": LATER}, "permissions"),
        ({"name": "n", "expiresAt": "2001-01-01T00:00:00Z", "permissions": ["*"]}, "/expiresAt"),
        ({"name": "n", "expiresAt": LATER, "permissions": ["job:sumbit"]}, "/scopes/0"),
        ({"name": "n", "expiresAt": LATER, "permissions": []}, "/scopes"),
    ],
)
def test_a_token_that_cannot_be_is_a_validation_error(
    http: Http, body: dict[str, Any], field: str
) -> None:
    refused = error(http.post(TOKENS, body))
    assert refused["errorType"] == "ValidationError"
    assert field in refused["fields"]


def test_a_repeated_creation_makes_one_token_and_keeps_its_secret(wire: Wire) -> None:
    asked = {"name": "twice", "scopes": ["*"], "requestId": "token-1"}
    first = wire.call("token.create", asked)
    again = wire.call("token.create", asked)
    assert first["token"]
    assert again == {**first, "token": None}


def test_tokens_survive_a_restart(start: Start) -> None:
    daemon = start()
    daemon.ready()
    with daemon.http() as http:
        made = make(http, "workflow:read")
    daemon.kill()
    daemon.again()
    with bearing(daemon, made["token"]) as client:
        assert client.get(f"{ORGANIZATION}/workflows").status == 200


def test_it_does_not_open_to_other_machines_without_a_token(start: Start) -> None:
    daemon = start({"http.host": "0.0.0.0"})
    assert "playhead did not start" in daemon.announced
    assert "token.create" in daemon.announced


def test_beyond_loopback_every_request_needs_its_token(start: Start) -> None:
    daemon = start()
    daemon.ready()
    with daemon.wire() as wire:
        token = wire.call("token.create", name="all", scopes=["*"])["token"]
    daemon.stop()
    open_to_all = start({"http.host": "0.0.0.0"}, data=daemon.data)
    assert " and http://0.0.0.0:" in open_to_all.announced
    port = int(open_to_all.announced.rpartition(":")[2])
    with Http(port) as http:
        assert error(http.get(f"{ORGANIZATION}/workflows"))["errorType"] == "AuthenticationError"
    with Http(port, {"Authorization": f"Bearer {token}"}) as http:
        assert http.get(f"{ORGANIZATION}/workflows").status == 200
    with Http(port, {"X-Authorization": token}) as http:
        assert http.get(f"{ORGANIZATION}/workflows").status == 200


def test_the_one_organization_is_shown_and_stays(http: Http) -> None:
    (one,) = http.get("/organizations").json["organizations"]
    assert set(one) == {
        "organizationId",
        "name",
        "key",
        "displayName",
        "createdAt",
        "marketplaceAllowlistRequired",
    }
    assert http.get(ORGANIZATION).json["organizationId"] == "acme"
    new = {"name": "x", "displayName": "xxx"}
    for method, path in (
        ("POST", "/organizations"),
        ("PATCH", ORGANIZATION),
        ("DELETE", ORGANIZATION),
    ):
        assert error(http.send(method, path, new))["errorType"] == "AuthorizationError"


def test_there_are_no_notifications(http: Http) -> None:
    path = f"{ORGANIZATION}/notifications"
    assert http.get(path).json == {"notifications": [], "unreadCount": 0}
    assert http.put(f"{path}/read-all").json == {"markedCount": 0}
    assert error(http.put(f"{path}/n1/read"))["errorType"] == "NotFoundError"
