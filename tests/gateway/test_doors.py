"""Who is let in, what is shown to whom, and where it is served."""

from __future__ import annotations

import os
import re
import socket
import time
from typing import Any

import pytest

from daemon.gateway.conductor.models import CONDUCTOR
from daemon.gateway.justworkflowit.models import JUSTWORKFLOWIT, PREFIX
from daemon.rpc.credentials import actor_of_uid
from tests.gateway.conductor import Line
from tests.gateway.conftest import Start
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http, Raw, UnixHttp
from tests.gateway.justworkflowit_operations import OPERATIONS

ORIGIN = "https://console.example"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST:99", "[::1]:80", "10.1.2.3"])
def test_names_of_this_machine_and_plain_addresses_are_answered(http: Http, host: str) -> None:
    assert http.get("/health", Host=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a, localhost"])
def test_a_name_that_somebody_moved_here_is_not(http: Http, host: str) -> None:
    assert http.get("/health", Host=host).status == 403


def test_names_and_origins_may_be_allowed(start: Start) -> None:
    allowed = {"http.allowed_hosts": "workflows.example", "http.allowed_origins": ORIGIN}
    daemon = start(allowed)
    daemon.ready()
    with daemon.http() as http:
        assert http.get("/health", Host="workflows.example:80").status == 200
        answer = http.get("/health", Origin=ORIGIN)
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        before = http.send(
            "OPTIONS",
            "/api/workflow",
            headers={"Origin": ORIGIN, "Access-Control-Request-Headers": "x-a"},
        )
        assert before.status == 204
        assert "POST" in before.headers["access-control-allow-methods"]
        assert before.headers["access-control-allow-headers"] == "x-a"


@pytest.mark.parametrize(
    "origin",
    [
        ORIGIN,
        "null",
        "http://10.1.2.3",
        "http://localhost.example",
        "http://127.0.0.1.example:80",
    ],
)
def test_a_page_from_elsewhere_may_not_call(http: Http, origin: str) -> None:
    answer = http.post("/api/workflow", {"name": "x"}, Origin=origin)
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:1", "http://127.0.0.1", "http://[::1]:1234", "https://ui.localhost:1234"],
)
def test_a_page_of_this_machine_may_call_but_is_shown_nothing(http: Http, origin: str) -> None:
    answer = http.put("/api/metadata/workflow", [], Origin=origin)
    assert answer.status != 403
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_this_machine_may_not_call_one_that_others_reach(http: Http) -> None:
    asked = {"Host": "10.1.2.3:8080", "Origin": "http://localhost:1234"}
    assert http.post("/api/workflow", {"name": "x"}, **asked).status == 403


def test_the_daemons_own_pages_may(http: Http, daemon: HttpDaemon) -> None:
    assert http.get("/health", Origin=daemon.url).status == 200


def test_without_a_host_nothing_is_answered(daemon: HttpDaemon) -> None:
    with Raw(daemon.port) as raw:
        raw.send(b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert raw.read_all().startswith(b"HTTP/1.1 403")


def test_tokens_may_be_asked_for_on_loopback_too(start: Start) -> None:
    daemon = start({"http.require_tokens": "true"})
    daemon.ready()
    with daemon.http() as http:
        assert http.get("/health").status == 401
        assert http.get("/api/workflow/x").json["status"] == 401


def test_it_is_off_unless_asked_for(start: Start) -> None:
    daemon = start({"http.serve": "off"})
    assert daemon.announced == f"playhead is ready on {daemon.socket}"
    with daemon.wire() as wire:
        assert wire.call("system.status")["http"] is None


def test_a_port_that_is_taken_is_said(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = start({"http.port": port})
        assert "did not start" in refused.announced
        assert port in refused.announced
        daemon = start({"http.port": port, "http.serve": "if-free"})
        assert f"127.0.0.1:{port} is taken" in daemon.announced
        with daemon.wire() as wire:
            assert wire.call("system.status")["http"] is None


def test_the_status_says_where_it_is(daemon: HttpDaemon, http: Http) -> None:
    http.get("/nowhere")
    with daemon.wire() as wire:
        found = wire.call("system.status")["http"]
    assert (found["host"], found["port"]) == ("127.0.0.1", daemon.port)
    assert found["connections"] >= 1
    assert found["responses"]["404"] >= 1


def test_metrics_have_the_times_of_what_happened_since_they_were_asked_for(http: Http) -> None:
    line = Line(http)
    settings = {"name": line.types[0], "retryCount": 1, "retryDelaySeconds": 0}
    http.post("/api/metadata/taskdefs", [settings])
    http.get("/metrics")
    line.start()
    for status in ("FAILED", "COMPLETED"):
        (task,) = line.poll()
        time.sleep(0.02)
        line.report(task, status)
    found = {
        row.partition(" ")[0]: float(row.rpartition(" ")[2])
        for row in http.get("/metrics").text.splitlines()
        if line.name in row
    }
    of_type = f'taskType="{line.types[0]}"'
    assert found[f"task_queue_wait_seconds_count{{{of_type}}}"] == 2
    failed, done = (f'{of_type},status="{one}"' for one in ("FAILED", "COMPLETED"))
    ran = {
        (status, retries): found[
            f'task_execution_seconds_sum{{{status},includeRetries="{retries}"}}'
        ]
        for status in (failed, done)
        for retries in ("true", "false")
    }
    assert min(ran.values()) >= 0.02
    assert ran[done, "true"] == pytest.approx(ran[failed, "false"] + ran[done, "false"])
    job = f'{{workflowName="{line.name}",ownerApp=""}}'
    assert found[f"workflow_execution_seconds_count{job}"] == 1
    assert found[f"workflow_execution_seconds_sum{job}"] >= 0.04


def test_metrics_are_text_that_prometheus_reads(http: Http) -> None:
    line = Line(http)
    line.ended()
    line.start()
    answer = http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    sample = re.compile(r'[a-z_]+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[0-9.e+]+')
    names = set()
    for row in answer.text.splitlines():
        assert row.startswith("# ") or sample.fullmatch(row), row
        names.add(row.partition("{")[0].partition(" ")[0])
    assert {
        "playhead_events_total",
        "playhead_jobs",
        "playhead_http_responses_total",
        "workflow_running",
        "workflow_completed",
        "task_queue_depth",
        "task_poll_count",
        "workflow_server_error",
    } <= names
    polled = f'task_poll_count{{taskType="{line.types[0]}",domain=""}} 1'
    assert polled in answer.text.splitlines()
    assert f'task_queue_depth{{taskType="{line.types[0]}",domain=""}} 1' in answer.text
    types = re.findall(r"# TYPE (\S+) ", answer.text)
    assert len(types) == len(set(types))


def test_every_route_is_described(http: Http) -> None:
    document = http.get("/api-docs").json
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    assert {"/metrics", "/api-docs", "/api/tasks/update-v2"} <= paths.keys()
    assert "post" in paths["/organizations/{organizationId}/jobs"]
    ids = [one["operationId"] for methods in paths.values() for one in methods.values()]
    assert len(ids) == len(set(ids))
    for path, methods in paths.items():
        for one in methods.values():
            parameters = one.get("parameters", ())
            named = {each["name"] for each in parameters if each["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path)), path


def test_the_description_is_valid_and_names_every_body(http: Http) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    document = http.get("/api-docs").json
    validator.validate(document)
    ids = {one.partition("_")[2] for one in _operations(document)}
    assert CONDUCTOR.operations() | JUSTWORKFLOWIT.operations() <= ids
    task = document["components"]["schemas"]["Task"]["properties"]
    assert task["workflowTask"] == {"$ref": "#/components/schemas/WorkflowTask"}
    start = document["paths"]["/api/workflow"]["post"]["requestBody"]["content"]
    name = "#/components/schemas/StartWorkflowRequest"
    assert start["application/json"]["schema"] == {"$ref": name}


def test_what_justworkflowits_client_sends_and_reads_is_described() -> None:
    schemas = JUSTWORKFLOWIT.schemas()

    def fields(found: Any) -> dict[str, Any]:
        model = schemas[found["$ref"].rpartition("/")[2]]
        return dict(model["properties"])

    for one in (one for one in OPERATIONS if one.always is None):
        if one.body is not None:
            assert one.body.keys() <= fields(JUSTWORKFLOWIT.body(one.name)).keys(), one.name
        if isinstance(one.shape, dict):
            told = {name.rstrip("?") for name in one.shape}
            assert told <= fields(JUSTWORKFLOWIT.answer(one.name)).keys(), one.name
    assert all(name.startswith(PREFIX) for name in schemas)


WITHOUT_BODY = {
    "Conductor": (
        *("decide", "listAllSecretNames", "pauseSchedule", "pauseWorkflow", "requeue"),
        *("requeueSweep", "resetWorkflow", "restart", "resumeSchedule", "resumeWorkflow"),
        *("retry", "verifyAndRepair"),
    ),
    "JustWorkflowIt": (
        *("CancelJob", "CreateOrganization", "MarkAllNotificationsRead", "MarkNotificationRead"),
        *("ResumeJob", "UpdateOrganization"),
    ),
}
"""Nothing is sent, or whatever is sent is refused."""


def test_every_body_has_a_shape(http: Http) -> None:
    without = {
        one["operationId"]
        for methods in http.get("/api-docs").json["paths"].values()
        for method, one in methods.items()
        if method in ("post", "put", "patch") and "requestBody" not in one
    }
    assert without == {
        *(f"Conductor_{one}" for one in WITHOUT_BODY["Conductor"]),
        *(f"JustWorkflowIt_{one}" for one in WITHOUT_BODY["JustWorkflowIt"]),
    }


def test_what_is_shown_is_described(http: Http) -> None:
    line = Line(http)
    workflow_id = line.ended()
    shown = line.workflow(workflow_id)
    for document, model in (
        (shown, "Workflow"),
        (shown["tasks"][0], "Task"),
        (shown["workflowDefinition"], "WorkflowDef"),
        (shown["tasks"][0]["workflowTask"], "WorkflowTask"),
        (shown["tasks"][0]["taskDefinition"], "TaskDef"),
    ):
        assert document.keys() <= CONDUCTOR.schemas()[model]["properties"].keys(), model


def _operations(document: dict[str, Any]) -> list[str]:
    every = (one for methods in document["paths"].values() for one in methods.values())
    return [str(one["operationId"]) for one in every]


def test_the_daemons_own_socket_speaks_both(daemon: HttpDaemon) -> None:
    with UnixHttp(daemon.socket) as http, daemon.wire() as wire:
        assert http.get("/health").json["healthy"] is True
        made = http.post("/organizations/x/workflows", {"name": "over_the_socket"}).json
        assert wire.call("system.health")["ok"] is True
        entries = wire.call("audit.query", workflow=made["workflowId"])["entries"]
    assert {one["actor"] for one in entries} == {actor_of_uid(os.getuid())}
