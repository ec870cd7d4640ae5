"""Conductor's own Python client and workers from PyPI, unmodified, against a real daemon."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.definitions import example
from tests.daemon.processes import clean_environment
from tests.gateway.conftest import Start
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http

pytest.importorskip("conductor.client", reason="the package conductor-python is not installed")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""Of models that the package itself calls deprecated."""

PROGRAM = Path(__file__).with_name("workers") / "mail_a_box.py"
JOBS = 100
PATIENCE_SECONDS = 90.0


@pytest.fixture
def free_port() -> str:
    """One that a daemon can come back to after it was killed."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


@pytest.fixture
def served(start: Start, free_port: str) -> HttpDaemon:
    daemon = start({"http.port": free_port})
    daemon.ready()
    with daemon.http() as http:
        for name in ("shipping_issues.json", "mail_a_box.json"):
            assert http.post("/api/metadata/workflow", example(name)).status == 200
        quick = {"retryDelaySeconds": 0, "responseTimeoutSeconds": 2}
        types = [{"name": one, **quick} for one in ("shipping_info", "shipping_task")]
        assert http.post("/api/metadata/taskdefs", types).status == 200
    return daemon


@pytest.fixture
def workers(served: HttpDaemon, tmp_path: Path) -> Iterator[None]:
    """In a process group of their own, since the SDK starts one process for each."""
    environment = {**clean_environment(), "PYTHONWARNINGS": "default"}
    with (tmp_path / "workers.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), f"{served.url}/api"],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def submit(daemon: HttpDaemon, account: str) -> str:
    with daemon.http() as http:
        body = {"name": "mail_a_box", "input": {"accountNumber": account}}
        return http.post("/api/workflow", body).text


def ended(http: Http, workflow_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found: dict[str, Any] = http.get(f"/api/workflow/{workflow_id}").json
        if found["status"] != "RUNNING":
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def test_its_workers_do_every_job_though_the_daemon_is_killed(
    served: HttpDaemon, workers: None
) -> None:
    ids = [submit(served, str(number)) for number in range(JOBS)]
    with served.http() as http:
        ended(http, ids[JOBS // 3])
    served.kill()
    served.again()
    with served.http() as http:
        for number, workflow_id in enumerate(ids):
            found = ended(http, workflow_id)
            assert found["status"] == "COMPLETED", found["reasonForIncompletion"]
            tracking = f"customer {number} in Utrecht"
            assert found["output"] == {"trackingNumber": tracking}
        first = http.get(f"/api/tasks/{ids[0]}.1/log").json
    assert [one["log"] for one in first] == ["looked up 0"]


def test_what_a_worker_gives_up_for_good_is_not_tried_again(
    served: HttpDaemon, workers: None
) -> None:
    workflow_id = submit(served, "unknown")
    with served.http() as http:
        found = ended(http, workflow_id)
    assert found["status"] == "FAILED"
    (task,) = found["tasks"]
    assert task["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert "no such account" in task["reasonForIncompletion"]


def test_a_worker_keeps_its_task_by_heartbeats(served: HttpDaemon, workers: None) -> None:
    name, seconds = "slow_work", 7
    task = {"name": name, "taskReferenceName": "slow", "inputParameters": {"seconds": seconds}}
    with served.http() as http:
        limits = {"responseTimeoutSeconds": seconds - 1, "retryCount": 0}
        assert http.post("/api/metadata/taskdefs", [{"name": name, **limits}]).status == 200
        http.post("/api/metadata/workflow", {"name": name, "version": 1, "tasks": [task]})
        found = ended(http, http.post(f"/api/workflow/{name}", {}).text)
    assert (found["status"], found["output"]) == ("COMPLETED", {"slept": seconds})
    assert [one["pollCount"] for one in found["tasks"]] == [1]


def test_its_client_reads_what_is_answered(served: HttpDaemon) -> None:
    from conductor.client.configuration.configuration import Configuration
    from conductor.client.http.models import StartWorkflowRequest
    from conductor.client.orkes_clients import OrkesClients

    clients = OrkesClients(Configuration(server_api_url=f"{served.url}/api"))
    workflows, metadata = clients.get_workflow_client(), clients.get_metadata_client()
    definition = metadata.get_workflow_def("mail_a_box")
    assert [task.task_reference_name for task in definition.tasks] == [
        "shipping_info_ref",
        "shipping_task_ref",
    ]
    request = StartWorkflowRequest(name="mail_a_box", version=1, input={"accountNumber": "1"})
    workflow_id = workflows.start_workflow(request)
    workflows.pause_workflow(workflow_id)
    assert workflows.get_workflow(workflow_id).status == "PAUSED"
    workflows.resume_workflow(workflow_id)
    workflows.terminate_workflow(workflow_id, reason="enough")
    found = workflows.get_workflow(workflow_id, include_tasks=True)
    assert (found.status, found.reason_for_incompletion) == ("TERMINATED", "enough")
    assert found.tasks[0].status == "CANCELED"
    hits = workflows.search(query=f"workflowId = '{workflow_id}'", free_text="*")
    assert [one.workflow_id for one in hits.results] == [workflow_id]
