"""Secrets over HTTP: JustWorkflowIt's six operations, Conductor's family, and what workers get."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from tests.daemon.wire import Wire
from tests.gateway.conductor import Line
from tests.gateway.conductor import error as conductor_error
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http
from tests.gateway.justworkflowit import ORGANIZATION, error

SECRETS = f"{ORGANIZATION}/secrets"
VALUE = "canary-of-the-gateway"
SHOWN = {"secretId", "key", "createdAt", "updatedAt", "createdByEmail"}


def made(http: Http, key: str, **more: Any) -> str:
    answer = http.post(SECRETS, {"key": key, "value": VALUE, **more})
    assert answer.status == 200, answer
    assert set(answer.json) == {"secretId", "key"}
    return str(answer.json["secretId"])


def test_the_life_of_an_organizations_secret(http: Http) -> None:
    secret_id = made(http, "LIFE", description="first")
    found = http.get(f"{SECRETS}/{secret_id}").json
    assert set(found) == SHOWN | {"description", "updatedByEmail"}
    listed = [one for one in http.get(SECRETS).json["secrets"] if one["key"] == "LIFE"]
    assert listed == [{name: found[name] for name in SHOWN | {"description"}}]
    told = http.post(f"{SECRETS}/resolve", {"key": "LIFE"})
    assert told.json == {"key": "LIFE", "value": VALUE}
    changed = http.put(f"{SECRETS}/{secret_id}", {"description": "second"}).json
    assert set(changed) == {"secretId", "key", "description", "updatedAt"}
    assert changed["description"] == "second"
    http.put(f"{SECRETS}/{secret_id}", {"value": "new"})
    assert http.post(f"{SECRETS}/resolve", {"key": "LIFE"}).json["value"] == "new"
    gone = http.delete(f"{SECRETS}/{secret_id}")
    assert (gone.status, gone.body) == (200, b"")
    assert error(http.get(f"{SECRETS}/{secret_id}"))["errorType"] == "NotFoundError"


WRONG = {
    "no key": ("POST", "", {"value": VALUE}, "ValidationError"),
    "no value": ("POST", "", {"key": "A"}, "ValidationError"),
    "a key with a dash": ("POST", "", {"key": "a-b", "value": VALUE}, "ValidationError"),
    "a value that is none": ("POST", "", {"key": "A", "value": 5}, "ValidationError"),
    "nothing to change": ("PUT", "/{secretId}", {}, "ValidationError"),
    "resolve without a key": ("POST", "/resolve", {}, "ValidationError"),
    "resolve of an unknown key": ("POST", "/resolve", {"key": "NOBODY"}, "NotFoundError"),
    "an unknown id": ("GET", "/nobody", None, "NotFoundError"),
    "a change of an unknown id": ("PUT", "/nobody", {"value": "x"}, "NotFoundError"),
    "an end of an unknown id": ("DELETE", "/nobody", None, "NotFoundError"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(http: Http, name: str) -> None:
    method, path, body, expected = WRONG[name]
    secret_id = made(http, f"W{list(WRONG).index(name)}") if "{secretId}" in path else ""
    answer = http.send(method, SECRETS + path.format(secretId=secret_id), body)
    refused = error(answer)
    assert refused["errorType"] == expected
    assert VALUE not in answer.text


def test_a_key_is_taken_once(http: Http) -> None:
    made(http, "TAKEN")
    refused = error(http.post(SECRETS, {"key": "TAKEN", "value": VALUE}))
    assert refused["errorType"] == "ValidationError"
    assert "TAKEN" in refused["message"]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "", "secret:list"),
        ("POST", "", "secret:create"),
        ("POST", "/resolve", "secret:resolve"),
        ("GET", "/{secretId}", "secret:read"),
        ("PUT", "/{secretId}", "secret:update"),
        ("DELETE", "/{secretId}", "secret:delete"),
    ],
)
def test_each_asks_for_its_own_permission(
    daemon: HttpDaemon, http: Http, wire: Wire, method: str, path: str, scope: str
) -> None:
    key = f"P_{scope.partition(':')[2]}"
    secret_id = made(http, key)
    bodies = {"": {"key": f"{key}_2", "value": "x"}, "/resolve": {"key": key}}
    body = bodies.get(path, {"value": "x"}) if method in ("POST", "PUT") else None
    all_others = {f"secret:{one}" for one in ("list", "create", "resolve", "read", "update")}
    for scopes, status in (({scope}, 200), ((all_others | {"secret:delete"}) - {scope}, 403)):
        token = wire.call("token.create", name="t", scopes=sorted(scopes))["token"]
        with daemon.http(Authorization=f"Bearer {token}") as client:
            answer = client.send(method, SECRETS + path.format(secretId=secret_id), body)
        # A secret that this very token deleted is not there for the other.
        assert answer.status == status, answer


def test_conductors_family(http: Http) -> None:
    def names() -> Any:
        return http.get("/api/secrets").json

    path = "/api/secrets/conductor-one"
    assert http.get(f"{path}/exists").json is False
    assert http.send("PUT", path, raw=VALUE.encode()).body == b""
    assert http.get(path).json == VALUE
    assert http.get(path, Accept="text/plain").text == VALUE
    assert http.put(path, "quoted").status == 200
    assert http.get(path).json == "quoted"
    plain = http.send("PUT", path, raw=b'"kept"', headers={"Content-Type": "text/plain"})
    assert plain.status == 200
    assert http.get(path).json == '"kept"'
    assert http.get(f"{path}/exists").json is True
    assert "conductor-one" in names()
    assert http.post("/api/secrets").json == names()
    assert http.delete(path).status == 200
    assert "conductor-one" not in names()
    conductor_error(http.get(path), 404)
    conductor_error(http.delete(path), 404)
    conductor_error(http.send("PUT", path, raw=b"\xff"), 400)
    conductor_error(http.send("PUT", "/api/secrets/a.b", raw=b"x"), 400)


def test_the_python_sdk_keeps_secrets(daemon: HttpDaemon) -> None:
    pytest.importorskip("conductor.client", reason="conductor-python is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from conductor.client.configuration.configuration import Configuration
        from conductor.client.orkes.orkes_secret_client import OrkesSecretClient

        client = OrkesSecretClient(Configuration(server_api_url=f"{daemon.url}/api"))
        client.put_secret("sdk_secret", VALUE)
        assert client.get_secret("sdk_secret") == VALUE
        client.put_secret("sdk_secret", "12345")
        assert client.get_secret("sdk_secret") == "12345"
        assert client.secret_exists("sdk_secret") is True
        assert "sdk_secret" in client.list_all_secret_names()
        assert "sdk_secret" in client.list_secrets_that_user_can_grant_access_to()
        client.delete_secret("sdk_secret")
        assert client.secret_exists("sdk_secret") is False


def test_a_polled_task_is_told_what_its_type_asks_for(http: Http, wire: Wire) -> None:
    wire.call("secret.create", key="META", value=VALUE)
    line = Line(http, 2)
    asks = {"name": line.types[0], "runtimeMetadata": ["META", "MISSING"]}
    assert http.post("/api/metadata/taskdefs", [asks]).status == 200
    job = line.start()
    (task,) = line.poll()
    assert task["runtimeMetadata"] == {"META": VALUE}
    assert line.report(task, outputData={"n": 1, "echo": VALUE}).status == 200
    (following,) = line.poll(1)
    assert "runtimeMetadata" not in following
    shown = http.get(f"/api/workflow/{job}").text
    assert VALUE not in shown
    assert '"echo":"***"' in shown
