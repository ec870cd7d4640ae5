"""Large values: what is too large fails its task or its job, and what is large lies in the log
once, however many tasks are told it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.daemon.conftest import Start
from tests.daemon.definitions import finish, in_a_row, take, unique
from tests.daemon.wire import Wire

LIMIT = 2_000
LARGE = "x" * LIMIT


def row(wire: Wire, **more: Any) -> tuple[str, str]:
    """A workflow of one task of a type of its own."""
    name = unique("large")
    wire.call("version.add", definition=in_a_row(name, f"{name}_do", **more))
    return name, f"{name}_do"


def ended(wire: Wire, name: str, given: Any, output: Any = None) -> dict[str, Any]:
    """A job of ``row``, worked at unless it has ended, and waited for."""
    job_id = wire.call("job.submit", workflow=name, input={"n": given})["jobId"]
    if output is not None:
        finish(wire, take(wire, f"{name}_do"), {"n": output})
    found: dict[str, Any] = wire.call("job.get", jobId=job_id)
    return found


def test_an_input_of_a_task(start: Start) -> None:
    with start({"payloads.max_task_input_bytes": LIMIT}).ready().checked() as wire:
        job = ended(wire, row(wire)[0], LARGE)
        (task,) = job["tasks"]
        assert (task["status"], task["input"]) == ("FAILED_WITH_TERMINAL_ERROR", {})
        assert task["reason"] == (
            f"The payload size: {LIMIT + 8} of task: {task['taskId']} in workflow: "
            f"{job['jobId']}  is greater than the permissible limit: {LIMIT} bytes"
        )
        assert job["status"] == "FAILED"


def test_an_output_of_a_task(start: Start) -> None:
    with start({"payloads.max_task_output_bytes": LIMIT}).ready().checked() as wire:
        job = ended(wire, row(wire)[0], 1, LARGE)
        (task,) = job["tasks"]
        assert (task["status"], task["output"]) == ("FAILED_WITH_TERMINAL_ERROR", {})
        assert task["reason"].endswith(f"is greater than the permissible limit: {LIMIT} bytes")
        assert job["status"] == "FAILED"


def test_an_output_of_a_job(start: Start) -> None:
    with start({"payloads.max_output_bytes": LIMIT}).ready().checked() as wire:
        job = ended(wire, row(wire)[0], 1, LARGE)
        assert (job["status"], job["output"]) == ("FAILED", {})
        assert job["tasks"][0]["status"] == "COMPLETED"
        assert f"of workflow: {job['jobId']} is greater than" in job["reason"]


def test_the_variables_of_a_job(start: Start) -> None:
    with start({"payloads.max_variables_bytes": LIMIT}).ready().checked() as wire:
        task = {"name": "set", "taskReferenceName": "set", "type": "SET_VARIABLE"}
        set_n = {**task, "inputParameters": {"n": "${workflow.input.n}"}}
        name, _ = row(wire, tasks=[set_n])
        job = ended(wire, name, LARGE)
        (task,) = job["tasks"]
        assert task["status"] == "FAILED_WITH_TERMINAL_ERROR"
        assert task["reason"].endswith("is greater than the permissible limit: 1 kilobytes")
        assert job["status"] == "FAILED"
        assert ended(wire, name, "small")["variables"] == {"n": "small"}


def test_an_input_that_many_tasks_are_told_lies_in_the_log_once(start: Start) -> None:
    length = 1_000_000
    daemon = start().ready()
    with daemon.checked() as wire:
        name = unique("told")
        branches = [[told(name, number)] for number in range(100)]
        refs = [branch[0]["taskReferenceName"] for branch in branches]
        fork = {"name": "f", "taskReferenceName": "f", "type": "FORK_JOIN", "forkTasks": branches}
        join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": refs}
        definition = {"name": name, "version": 1, "tasks": [fork, join]}
        wire.call("version.add", definition=definition)
        order = {"id": 7, "scan": "x" * length}
        job_id = wire.call("job.submit", workflow=name, input={"order": order})["jobId"]
        assert take(wire, f"{name}_do")["input"] == {"number": 0, "about": {"order": order}}
    daemon.stop()
    assert length < size(daemon.data) < 3 * length
    with daemon.again().ready().checked() as wire:
        job = wire.call("job.get", jobId=job_id, includeTasks=False)
        assert job["input"] == {"order": order}
        assert take(wire, f"{name}_do")["input"]["about"] == {"order": order}
    daemon.stop()


def told(name: str, number: int) -> dict[str, Any]:
    task = {"name": f"{name}_do", "taskReferenceName": f"t{number}", "type": "SIMPLE"}
    about = {"order": "${workflow.input.order}"}
    return {**task, "inputParameters": {"number": number, "about": about}}


def size(data: Path) -> int:
    """Of the log and the read models."""
    return sum(file.stat().st_size for file in data.iterdir() if file.is_file())
