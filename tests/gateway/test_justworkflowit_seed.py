"""The seed page's promises over HTTP: its definition, unchanged, on an emulated function from
register to SUCCEEDED, and a tag that moves while jobs are submitted."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import pytest

from tests.daemon.definitions import EXAMPLES, stepping
from tests.gateway.conftest import Start
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http
from tests.gateway.justworkflowit import ORGANIZATION, Shop

REGION = "us-east-1"
SUBMITS = 64
VERSIONS = 3
PATIENCE_SECONDS = 20.0


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    pytest.importorskip("aiobotocore", reason="the extra playhead[aws] is not installed")
    pytest.importorskip("moto.server", reason="moto's server is not installed")
    from moto.server import ThreadedMotoServer

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def function(endpoint: str, name: str, answer: Any) -> None:
    """``name`` will answer ``answer``: the emulator runs no code."""
    with Http(int(endpoint.rpartition(":")[2])) as http:
        http.post("/moto-api/reset", {})
        http.post("/moto-api/config", {"lambda": {"use_docker": False}})
        results = {"results": [json.dumps(answer)], "region": REGION}
        http.post("/moto-api/static/lambda-simple/response", results)
    made = pytest.importorskip("botocore.session").get_session()
    iam = made.create_client("iam", region_name=REGION, endpoint_url=endpoint)
    role = iam.create_role(RoleName="runs", AssumeRolePolicyDocument="{}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", "def handle(event, context):\n    return event\n")
    functions = made.create_client("lambda", region_name=REGION, endpoint_url=endpoint)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role["Role"]["Arn"],
        Handler="f.handle",
        Code={"ZipFile": packed.getvalue()},
    )


def ok(http: Http, method: str, path: str, body: Any = None) -> Any:
    answer = http.send(method, ORGANIZATION + path, body)
    assert answer.status == 200, answer
    return answer.json


def ended(http: Http, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        job: dict[str, Any] = ok(http, "GET", f"/jobs/{job_id}")["job"]
        if job["status"] not in ("PENDING", "RUNNING"):
            return job
        time.sleep(0.01)
    raise AssertionError(f"job {job_id} does not end")


def test_the_seed_pages_definition_from_register_to_succeeded(start: Start, emulator: str) -> None:
    function(emulator, "fetch-data", {"data": "forty-two"})
    daemon = start({"aws.enabled": "true", "aws.endpoint": emulator})
    daemon.ready()
    definition = (EXAMPLES / "my-workflow.json").read_text()
    with daemon.http() as http:
        workflow = ok(http, "POST", "/workflows", {"name": "my-workflow"})["workflowId"]
        path = f"/workflows/{workflow}"
        asked = {"definition": definition}
        assert ok(http, "POST", f"{path}/versions/validate", asked)["errors"] == []
        version = ok(http, "POST", f"{path}/versions", asked)["versionId"]
        ok(http, "PUT", f"{path}/tags/%24LIVE", {"versionId": version})
        given = {"workflowId": workflow, "workflowVersion": {"tag": "$LIVE"}, "inputJson": {}}
        job_id = ok(http, "POST", "/jobs", given)["jobId"]
        assert ended(http, job_id)["status"] == "SUCCEEDED"
        state = ok(http, "GET", f"/jobs/{job_id}/state")["state"]
    assert "nextStepName" not in state
    assert state["executionData"]["processDataOutput"] == {"data": "forty-two"}
    history = state["executionHistory"]
    assert [one["stepName"] for one in history] == ["fetchData", "processData"]
    assert {one["output"]["status"] for one in history} == {"success"}


def test_each_job_runs_the_version_its_tag_named_at_its_submit(daemon: HttpDaemon) -> None:
    """64 clients submit at once while the tag goes round; what happened in which order stands
    in the log."""
    with daemon.http() as http, daemon.wire() as wire:
        shop = Shop(http)
        versions = [_version(shop, number)["versionId"] for number in range(VERSIONS)]
        shop.live(versions[0])
        with ThreadPoolExecutor(SUBMITS) as pool:
            moved = _moving(daemon, shop, versions)
            jobs = list(pool.map(lambda _: _submitted(daemon, shop), range(SUBMITS)))
            moved.set()
        for job_id in jobs:
            assert ended(http, job_id)["status"] == "SUCCEEDED"
        tagged = _tag_moves(wire, shop)
        ran = {job_id: shop.job(job_id)["job"]["workflowVersion"]["versionId"] for job_id in jobs}
        for job_id in jobs:
            submitted = wire.call("events.read", job=job_id, limit=1)["events"][0]["position"]
            before = [version for position, version in tagged if position < submitted]
            assert ran[job_id] == before[-1]
            state = ok(http, "GET", f"/jobs/{job_id}/state")["state"]
            (item,) = state["executionHistory"]
            assert item["stepName"] == f"of{versions.index(ran[job_id])}"
    assert len(set(ran.values())) > 1, "the tag moved between the submits"


def _version(shop: Shop, number: int) -> Any:
    definition = stepping(shop.name, *shop.types)
    definition["steps"][0]["name"] = f"of{number}"
    return shop.ok("POST", f"{shop.path}/versions", {"definition": json.dumps(definition)})


def _moving(daemon: HttpDaemon, shop: Shop, versions: list[str]) -> threading.Event:
    """Moves the tag until the event is set."""
    enough = threading.Event()

    def move() -> None:
        with daemon.http() as http:
            for version in cycle(versions):
                ok(http, "PUT", f"{shop.path}/tags/%24LIVE", {"versionId": version})
                if enough.is_set():
                    return

    threading.Thread(target=move).start()
    return enough


def _submitted(daemon: HttpDaemon, shop: Shop) -> str:
    given = {
        "workflowId": shop.workflow_id,
        "workflowVersion": {"tag": "$LIVE"},
        "inputJson": {"n": 1},
    }
    with daemon.http() as http:
        return str(ok(http, "POST", "/jobs", given)["jobId"])


def _tag_moves(wire: Any, shop: Shop) -> list[tuple[int, str]]:
    """Position and version of every move, in the order of the log."""
    found: list[tuple[int, str]] = []
    page = wire.call("events.read", stream=f"workflow/{shop.workflow_id}", limit=1_000)
    while page["events"]:
        found += [
            (one["position"], one["data"]["versionId"])
            for one in page["events"]
            if one["type"] == "TagMoved" and one["data"]["tag"] == "$LIVE"
        ]
        after = page["next"]
        page = wire.call(
            "events.read", stream=f"workflow/{shop.workflow_id}", limit=1_000, after=after
        )
    return found
