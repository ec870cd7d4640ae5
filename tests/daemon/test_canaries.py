"""Secrets are sent wherever they can go, and everybody echoes them; then every file and every
answer is searched for them (promise: they never reach an event, log line, error or export)."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.daemon.conftest import Start
from tests.daemon.definitions import finish, take
from tests.daemon.processes import ROOT, clean_environment
from tests.daemon.test_step_executors import ended, registered, steps
from tests.daemon.wire import Wire

TOKEN = "canary-token-91fa3c"
PASSWORD = "canary/pass+word=77e"
PIN = 61709443
ACCOUNT = json.dumps({"user": "ada", "password": PASSWORD, "pin": PIN})
CANARIES = (TOKEN, PASSWORD, str(PIN))

USES = {
    "token": "${workflow.secrets.TOKEN}",
    "password": "${workflow.secrets.ACCOUNT.password}",
    "pin": "${workflow.secrets.ACCOUNT.pin}",
    "text": "it is ${workflow.secrets.TOKEN}!",
}


class Echo(BaseHTTPRequestHandler):
    """Sends back what it was sent, as an answer, as an error, as a Lambda function."""

    heard: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = {"headers": dict(self.headers), "body": body}
        self.heard.append(json.dumps(sent))
        answer = json.dumps({"errorMessage": body, **sent}).encode()
        self.send_response(500 if self.path.startswith("/fails") else 200)
        if "broken-function" in self.path:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def forms(secret: str) -> Iterator[str]:
    yield secret
    yield base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
    yield json.dumps(secret)[1:-1]


def clean(text: str, where: str) -> None:
    for canary in CANARIES:
        for form in forms(canary):
            assert form not in text, f"{canary} stands in {where}: {text[:2000]}"


def task(ref: str, kind: str, **given: Any) -> dict[str, Any]:
    return {
        "name": ref,
        "taskReferenceName": ref,
        "type": kind,
        "optional": True,
        "inputParameters": given,
    }


def http_request(url: str) -> dict[str, Any]:
    return {
        "uri": url,
        "method": "POST",
        "headers": {"Authorization": "Bearer ${workflow.secrets.TOKEN}"},
        "body": USES,
    }


def definition(echo: str) -> dict[str, Any]:
    returns = "(function(){ return {copy: $, word: 'a' + $.token}; })()"
    return {
        "name": "canaries",
        "version": 1,
        "tasks": [
            task("http_ok", "HTTP", http_request=http_request(f"{echo}/ok")),
            task("http_fails", "HTTP", http_request=http_request(f"{echo}/fails")),
            task("inline", "INLINE", evaluatorType="javascript", expression=returns, **USES),
            task("throws", "INLINE", evaluatorType="javascript", expression="throw $.text", **USES),
            task("jq", "JSON_JQ_TRANSFORM", queryExpression="{out: ., s: (.token + .pin)}", **USES),
            task("canary_worker", "SIMPLE", **USES),
            task("canary_again", "SIMPLE", again="${canary_worker.output}"),
        ],
        "outputParameters": {name: f"${{{name}.output}}" for name in ("http_ok", "inline", "jq")},
    }


def work(wire: Wire) -> None:
    """A worker that is given secrets and repeats them in whatever it says."""
    given = take(wire, "canary_worker")
    assert given["input"]["token"] == TOKEN
    assert given["input"]["pin"] == PIN
    assert given["runtimeMetadata"] == {"TOKEN": TOKEN}
    said = {"echo": given["input"], "basic": base64.b64encode(f"u:{PASSWORD}".encode()).decode()}
    wire.call("task.log", taskId=given["taskId"], logs=[f"got {TOKEN}", given["input"]])
    refused = wire.refusal("task.update", taskId=given["taskId"], status=TOKEN, output=said)
    assert refused.type == "invalidParams"
    wire.call("task.update", taskId=given["taskId"], status="IN_PROGRESS", output=said)
    finish(wire, given, said, logs=[f"sent {PASSWORD}"], reason=f"because {TOKEN}", requestId="r1")
    finish(wire, given, said, logs=[f"sent {PASSWORD}"], reason=f"because {TOKEN}", requestId="r1")
    finish(wire, take(wire, "canary_again"), {"done": True})


def bind(definition: dict[str, Any]) -> dict[str, Any]:
    details = definition["steps"][0]["integrationDetails"]
    details["secretBindings"] = {"auth": "TOKEN", "account": "ACCOUNT"}
    return definition


def run_tasks(wire: Wire, echo: str) -> str:
    wire.call(
        "taskType.put",
        definition={"name": "canary_worker", "runtimeMetadata": ["TOKEN", "MISSING"]},
    )
    wire.call("version.add", definition=definition(echo))
    job: str = wire.call("job.submit", workflow="canaries", input={"n": 1})["jobId"]
    work(wire)
    document = ended(wire, job)
    assert document["status"] == "COMPLETED", document
    assert document["tasks"][0]["input"]["http_request"]["body"] == USES
    return job


def run_steps(wire: Wire) -> list[str]:
    cloud = {"region": "us-east-1", "accountId": "123456789012"}
    lambdas = (
        steps("canary-function", "/justworkflowit/aws/lambda", functionName="echo", **cloud),
        steps(
            "canary-broken", "/justworkflowit/aws/lambda", functionName="broken-function", **cloud
        ),
    )
    jobs = [
        wire.call("job.submit", workflow=registered(wire, bind(one)), input={})["jobId"]
        for one in lambdas
    ]
    assert [ended(wire, job)["status"] for job in jobs] == ["COMPLETED", "FAILED"]
    name = registered(wire, bind(steps("canary-step", "canary-step-work")))
    jobs.append(wire.call("job.submit", workflow=name, input={})["jobId"])
    given = take(wire, "canary-step-work")
    assert given["secrets"] == {"auth": TOKEN, "account": ACCOUNT}
    finish(wire, given, {"echo": given["secrets"]})
    assert ended(wire, jobs[-1])["output"] == {"echo": {"auth": "***", "account": "***"}}
    return jobs


def everything_said(wire: Wire, jobs: list[str]) -> Iterator[tuple[str, Any]]:
    for job in jobs:
        yield "job.get", wire.call("job.get", jobId=job)
        yield "replay.job", wire.call("replay.job", jobId=job)
        yield "past", wire.call("job.get", jobId=job, at={"sequence": 5})
        yield "task.list", wire.call("task.list", jobId=job)
    yield "events.read", wire.call("events.read", limit=1_000)
    yield "audit.query", wire.call("audit.query", limit=1_000)
    yield "job.list", wire.call("job.list")
    yield "secret.list", wire.call("secret.list")
    yield "system.status", wire.call("system.status")
    yield "version.get", wire.call("version.get", workflow="canaries")
    yield "replay.verify", wire.call("replay.verify")


def offline(copy: Path, job: str) -> str:
    """What the command line exports of a copied log."""
    said = ""
    for words in (["audit", "query"], ["job", "replay", job]):
        line = [sys.executable, "-m", "playhead", *words, "--offline", str(copy), "-o", "json"]
        done = subprocess.run(
            line, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    return said


def test_canaries_are_nowhere(start: Start, echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    daemon = start(
        {
            "http_tasks.allow_loopback": "true",
            "aws.enabled": "true",
            "aws.endpoint": echo,
            "log.level": "debug",
        }
    ).ready()
    copy = daemon.data / "copy.db"
    with daemon.wire() as wire:
        wire.call("secret.create", key="TOKEN", value=TOKEN, requestId="c1")
        wire.call("secret.create", key="ACCOUNT", value=ACCOUNT)
        taken = wire.refusal("secret.create", key="TOKEN", value=PASSWORD)
        jobs = [run_tasks(wire, echo), *run_steps(wire)]
        wire.call("secret.update", secret="TOKEN", value=f"{TOKEN}-2")
        wire.call("secret.delete", secret="ACCOUNT")
        for where, answer in everything_said(wire, jobs):
            clean(json.dumps(answer), where)
        clean(str(taken), "an error")
        wire.call("system.backup", path=str(copy))
    assert sum(TOKEN in one and PASSWORD in one for one in Echo.heard) == 4
    clean(offline(copy, jobs[0]), "an offline export")
    daemon.kill()
    with daemon.again().wire() as wire:
        for where, answer in everything_said(wire, jobs):
            clean(json.dumps(answer), f"{where}, after a start")
    daemon.stop()
    for file in daemon.data.iterdir():
        if file.is_file():
            clean(file.read_bytes().decode("latin-1"), str(file))
    clean(daemon.logged(), "the daemon's log")


def test_a_sub_workflow_is_handed_the_expression_and_its_tasks_the_value(start: Start) -> None:
    inner = {
        "name": "inner",
        "version": 1,
        "tasks": [task("inner_work", "SIMPLE", token="${workflow.input.token}")],
    }
    sub = {**task("sub", "SUB_WORKFLOW", token=USES["token"]), "optional": False}
    outer = {
        "name": "outer",
        "version": 1,
        "tasks": [{**sub, "subWorkflowParam": {"name": "inner", "version": 1}}],
    }
    daemon = start().ready()
    with daemon.wire() as wire:
        wire.call("secret.create", key="TOKEN", value=TOKEN)
        wire.call("version.add", definition=inner)
        wire.call("version.add", definition=outer)
        job = wire.call("job.submit", workflow="outer", input={})["jobId"]
        given = take(wire, "inner_work")
        assert given["input"] == {"token": TOKEN}
        finish(wire, given, {"echo": TOKEN})
        assert ended(wire, job)["output"]["echo"] == "***"
        child = wire.call("job.get", jobId=given["jobId"])
        assert child["input"] == {"token": USES["token"]}
        alone = wire.call("job.submit", workflow="inner", input={"token": USES["token"]})["jobId"]
        given = take(wire, "inner_work")
        assert given["jobId"] == alone
        assert given["input"] == {"token": USES["token"]}, "data names no secret"
        for file in daemon.data.iterdir():
            if file.is_file():
                clean(file.read_bytes().decode("latin-1"), str(file))


def test_a_step_without_its_secret_fails_with_a_sentence(start: Start) -> None:
    daemon = start().ready()
    with daemon.wire() as wire:
        name = registered(wire, bind(steps("lacking", "lacking-work")))
        job = wire.call("job.submit", workflow=name, input={})["jobId"]
        asked = {"taskType": "lacking-work", "workerId": "w", "waitSeconds": 0.1}
        assert wire.call("task.poll", asked) == {"tasks": []}
        document = ended(wire, job)
        assert document["status"] == "FAILED"
        assert document["tasks"][0]["reason"].startswith(
            "secret binding 'auth' names the secret 'TOKEN', which has no value here"
        )
        wire.call("secret.create", key="TOKEN", value=TOKEN)
        wire.call("secret.create", key="ACCOUNT", value=ACCOUNT)
        wire.call("job.retry", jobId=job)
        given = take(wire, "lacking-work")
        assert given["secrets"]["auth"] == TOKEN
        finish(wire, given, {})
        assert ended(wire, job)["status"] == "COMPLETED"
