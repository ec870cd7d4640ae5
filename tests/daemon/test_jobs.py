"""job.* over the socket: every operation, what it answers and what it refuses."""

from __future__ import annotations

import pytest

from tests.daemon.definitions import Row, finish, take
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

CHANGES = {
    "job.pause": {},
    "job.resume": {},
    "job.terminate": {},
    "job.retry": {},
    "job.restart": {},
    "job.rerun": {},
    "job.skipTask": {"ref": "t0"},
    "job.sendEvent": {"eventId": "e"},
}


def test_a_job_document_has_everything(wire: Wire) -> None:
    row = Row(wire, 2)
    job = row.submit(7, correlationId="order-1", priority=5)
    document = row.job(job)
    assert (document["status"], document["input"]) == ("RUNNING", {"n": 7})
    assert (document["workflow"], document["versionNumber"]) == (row.name, 1)
    assert document["versionId"] == row.added["versionId"]
    assert (document["correlationId"], document["priority"]) == ("order-1", 5)
    (waiting,) = document["waitingFor"]
    (task,) = document["tasks"]
    assert (waiting["kind"], waiting["taskType"]) == ("worker", row.types[0])
    assert waiting["taskId"] == task["taskId"]
    assert (task["status"], task["attempt"], task["input"]) == ("SCHEDULED", 0, {"n": 7})


def test_waiting_for_a_result_names_the_worker(wire: Wire) -> None:
    row = Row(wire)
    job = row.submit()
    task = row.take(workerId="hands-1")
    (waiting,) = row.job(job)["waitingFor"]
    assert (waiting["kind"], waiting["workerId"]) == ("result", "hands-1")
    assert waiting["taskId"] == task["taskId"]


def test_pause_holds_and_resume_goes_on(wire: Wire) -> None:
    row = Row(wire, 2)
    job = row.submit()
    held = row.take()
    assert wire.call("job.pause", jobId=job) == {"jobId": job, "status": "PAUSED"}
    finish(wire, held, {"n": 1})
    (waiting,) = row.job(job)["waitingFor"]
    assert waiting["kind"] == "operator"
    assert wire.call("task.poll", taskType=row.types[1], workerId="w")["tasks"] == []
    assert wire.call("job.resume", jobId=job) == {"jobId": job, "status": "RUNNING"}
    finish(wire, row.take(1), {"n": 2})
    assert row.job(job)["output"] == {"n": 2}


def test_terminate_cancels_and_keeps_the_reason(wire: Wire) -> None:
    row = Row(wire)
    job = row.submit()
    held = row.take()
    ended = wire.call("job.terminate", jobId=job, reason="not needed")
    assert ended == {"jobId": job, "status": "TERMINATED"}
    document = row.job(job)
    assert (document["status"], document["reason"]) == ("TERMINATED", "not needed")
    assert document["tasks"][0]["status"] == "CANCELED"
    assert finish(wire, held) == {"accepted": False, "status": "CANCELED"}


def test_retry_goes_on_from_what_failed(wire: Wire) -> None:
    row = Row(wire, 2)
    job = row.submit(1)
    finish(wire, row.take(), {"n": 2})
    finish(wire, row.take(1), status="FAILED_WITH_TERMINAL_ERROR", reason="broken")
    assert row.job(job)["status"] == "FAILED"
    assert wire.call("job.retry", jobId=job) == {"jobId": job, "status": "RUNNING"}
    again = row.take(1)
    assert again["input"] == {"n": 2}
    finish(wire, again, {"n": 3})
    document = row.job(job)
    assert (document["status"], document["output"]) == ("COMPLETED", {"n": 3})
    assert document["reason"] is None


def test_restart_begins_anew_and_may_take_the_latest_version(wire: Wire) -> None:
    row = Row(wire)
    job = row.submit(1)
    finish(wire, row.take(), {"n": 2})
    assert wire.call("job.restart", jobId=job) == {"jobId": job, "status": "RUNNING"}
    finish(wire, row.take(), {"n": 9})
    assert row.job(job)["output"] == {"n": 9}
    wire.call("version.add", definition={**row.definition, "version": 2})
    wire.call("job.restart", jobId=job, useLatest=True)
    document = row.job(job)
    assert (document["versionNumber"], document["status"]) == (2, "RUNNING")
    finish(wire, row.take(), {"n": 4})


def test_rerun_begins_at_a_task(wire: Wire) -> None:
    row = Row(wire, 2)
    job = row.submit(1)
    finish(wire, row.take(), {"n": 2})
    second = row.take(1)
    finish(wire, second, {"n": 3})
    asked = {"jobId": job, "taskId": second["taskId"], "taskInput": {"n": 20}}
    assert wire.call("job.rerun", asked) == {"jobId": job, "status": "RUNNING"}
    again = row.take(1)
    assert again["input"] == {"n": 20}
    finish(wire, again, {"n": 21})
    assert row.job(job)["output"] == {"n": 21}


def test_a_step_still_to_come_is_skipped(wire: Wire) -> None:
    row = Row(wire, 2)
    job = row.submit(1)
    asked = {"jobId": job, "ref": "t1", "output": {"n": 77}}
    assert wire.call("job.skipTask", asked)["status"] == "RUNNING"
    finish(wire, row.take(), {"n": 2})
    document = row.job(job)
    assert (document["status"], document["output"]) == ("COMPLETED", {"n": 77})
    statuses = {task["ref"]: task["status"] for task in document["tasks"]}
    assert statuses == {"t0": "COMPLETED", "t1": "SKIPPED"}


@pytest.mark.parametrize("method", [*CHANGES, "job.get", "replay.job"])
def test_an_unknown_job(wire: Wire, method: str) -> None:
    refused = wire.refusal(method, jobId="no-such-job", **CHANGES.get(method, {}))
    assert refused.type == "notFound"
    assert "no-such-job" in refused.message


@pytest.mark.parametrize("method", ["job.pause", "job.terminate", "job.skipTask"])
def test_what_a_finished_job_refuses(wire: Wire, method: str) -> None:
    row = Row(wire)
    job = row.submit()
    finish(wire, row.take(), {"n": 1})
    refused = wire.refusal(method, jobId=job, **CHANGES[method])
    assert refused.type == "refused"
    assert "COMPLETED" in refused.message
    assert refused.data["status"] == "COMPLETED"


def test_an_outside_event_is_kept_even_if_nothing_waits_for_it_yet(wire: Wire) -> None:
    row = Row(wire)
    job = row.submit()
    sent = {"jobId": job, "eventId": "e1", "payload": {"a": 1}}
    assert wire.call("job.sendEvent", sent) == {"jobId": job, "status": "RUNNING"}
    told = wire.call("events.read", job=job)["events"][-1]
    assert (told["data"]["eventId"], told["data"]["payload"]) == ("e1", {"a": 1})
    finish(wire, row.take(), {"n": 1})
    refused = wire.refusal("job.sendEvent", sent)
    assert (refused.type, refused.data["status"]) == ("refused", "COMPLETED")


def test_a_task_of_another_job_is_no_place_to_rerun_from(wire: Wire) -> None:
    row = Row(wire)
    jobs = [row.submit(), row.submit()]
    tasks = [row.take(), row.take()]
    for task in tasks:
        finish(wire, task, {"n": 1})
    refused = wire.refusal("job.rerun", jobId=jobs[0], taskId=f"{jobs[1]}.1")
    assert (refused.type, refused.paths) == ("invalidParams", ["/taskId"])
    refused = wire.refusal("job.rerun", jobId=jobs[0], taskId=f"{jobs[0]}.99")
    assert refused.type == "notFound"


def test_higher_priority_goes_first(wire: Wire) -> None:
    row = Row(wire)
    low, high = row.submit(1), row.submit(2, priority=9)
    assert [row.take()["jobId"], row.take()["jobId"]] == [high, low]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"priority": 100}, "/priority"),
        ({"priority": -1}, "/priority"),
        ({"priority": "high"}, "/priority"),
        ({"workflow": 5}, "/workflow"),
        ({"workflow": ""}, "/workflow"),
        ({"correlationId": ["x"]}, "/correlationId"),
        ({"taskToDomain": {"a": 1}}, "/taskToDomain"),
        ({"version": {"versionNumber": "3"}}, "/version/versionNumber"),
        ({"version": "$LIVE"}, "/version"),
        ({"version": {"tag": "live"}}, "/version/tag"),
        ({"requestId": ""}, "/requestId"),
        ({"requestId": "x" * 129}, "/requestId"),
    ],
)
def test_wrong_types_are_named_with_their_place(
    wire: Wire, given: dict[str, object], path: str
) -> None:
    refused = wire.refusal("job.submit", {"workflow": "w", **given})
    assert refused.type == "invalidParams"
    (found,) = refused.paths
    assert found.startswith(path)


def test_a_job_that_only_alerts_raises_the_counter(daemon: DaemonProcess, wire: Wire) -> None:
    counter = 'workflow_failure{status="TIMED_OUT"}'
    before = wire.call("system.status")["counters"].get(counter, 0)
    row = Row(wire, timeoutPolicy="ALERT_ONLY", timeoutSeconds=1, ownerEmail="a@example.com")
    with daemon.wire() as watching:
        watching.call("events.subscribe", types=["JobTimeoutAlerted"])
        job = row.submit()
        told = watching.notification()["params"]["event"]
    assert told["stream"] == f"job/{job}"
    assert row.job(job)["status"] == "RUNNING"
    assert wire.call("system.status")["counters"][counter] == before + 1
    finish(wire, row.take(), {"n": 1})
    assert row.job(job)["status"] == "COMPLETED"


def test_a_job_times_out(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire, timeoutPolicy="TIME_OUT_WF", timeoutSeconds=1, ownerEmail="a@example.com")
    with daemon.wire() as watching:
        watching.call("events.subscribe", types=["JobTimedOut"])
        job = row.submit()
        watching.notification()
    document = row.job(job)
    assert document["status"] == "TIMED_OUT"
    assert "1" in document["reason"]
    assert document["waitingFor"] == []


def test_a_job_is_seen_the_moment_it_is_acknowledged(wire: Wire) -> None:
    row = Row(wire)
    job = row.submit()
    assert take(wire, row.types[0])["jobId"] == job
