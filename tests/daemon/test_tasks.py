"""task.* and queue.list over the socket."""

from __future__ import annotations

import pytest

from tests.daemon.definitions import Row, finish, in_a_row, take, unique
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire


def test_a_poll_takes_up_to_count(wire: Wire) -> None:
    row = Row(wire)
    jobs = [row.submit(n) for n in range(5)]
    asked = {"taskType": row.types[0], "workerId": "w", "count": 3}
    first = wire.call("task.poll", asked)["tasks"]
    second = wire.call("task.poll", asked)["tasks"]
    assert [task["jobId"] for task in first + second] == jobs
    assert wire.call("task.poll", asked)["tasks"] == []


def test_a_poll_that_waits_is_served_when_something_comes(
    daemon: DaemonProcess, wire: Wire
) -> None:
    row = Row(wire)
    with daemon.checked() as worker:
        waiting = worker.send("task.poll", taskType=row.types[0], workerId="w", waitSeconds=20)
        while not wire.call("system.status")["waitingPolls"]:
            pass
        job = row.submit()
        (task,) = worker.result(waiting)["tasks"]
    assert task["jobId"] == job


def test_polls_are_served_in_the_order_of_arrival(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire)
    asked = {"taskType": row.types[0], "workerId": "w", "waitSeconds": 20}
    polls = [wire.send("task.poll", asked) for _ in range(3)]
    jobs = [row.submit(n) for n in range(3)]
    assert [wire.result(poll)["tasks"][0]["jobId"] for poll in polls] == jobs


def test_a_poll_that_waits_in_vain_gets_nothing(wire: Wire) -> None:
    asked = {"taskType": unique("nothing"), "workerId": "w", "waitSeconds": 0.05}
    assert wire.call("task.poll", asked) == {"tasks": []}


def test_a_heartbeat_keeps_the_task(wire: Wire) -> None:
    row = Row(wire)
    row.submit()
    task = row.take()
    kept = wire.call("task.update", taskId=task["taskId"], extendLease=True)
    assert kept == {"accepted": True, "status": "IN_PROGRESS"}


def test_progress_puts_the_task_back_until_its_callback(wire: Wire) -> None:
    """As Conductor does: IN_PROGRESS gives the task back, for the next poll after the time."""
    row = Row(wire)
    row.submit()
    task = row.take()
    later = {"status": "IN_PROGRESS", "callbackAfterSeconds": 0.2}
    given_back = finish(wire, task, {"half": True}, logs=["one", {"two": 2}], **later)
    assert given_back == {"accepted": True, "status": "SCHEDULED"}
    seen = wire.call("task.get", taskId=task["taskId"])
    assert (seen["status"], seen["output"]) == ("SCHEDULED", {"half": True})
    assert len(seen["logs"]) == 2
    asked = {"taskType": row.types[0], "workerId": "w"}
    assert wire.call("task.poll", asked)["tasks"] == []
    again = row.take()
    assert (again["taskId"], again["pollCount"]) == (task["taskId"], 2)
    assert again["attempt"] == task["attempt"]


def test_a_failed_task_is_tried_again_as_its_type_says(wire: Wire) -> None:
    name = unique("type")
    limits = {"timeoutSeconds": 60, "responseTimeoutSeconds": 30}
    retries = {"retryCount": 1, "retryLogic": "FIXED", "retryDelaySeconds": 0}
    wire.call("taskType.put", definition={"name": name, **limits, **retries})
    flow = unique("flow")
    wire.call("version.add", definition=in_a_row(flow, name))
    job = wire.call("job.submit", workflow=flow, input={"n": 1})["jobId"]
    first = take(wire, name)
    finish(wire, first, status="FAILED", reason="try again")
    second = take(wire, name)
    assert (second["attempt"], second["jobId"]) == (1, job)
    assert second["taskId"] != first["taskId"]
    finish(wire, second, status="FAILED", reason="no use")
    document = wire.call("job.get", jobId=job)
    assert document["status"] == "FAILED"
    assert "no use" in document["reason"]


def test_the_first_result_wins(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire)
    job = row.submit()
    task = row.take()
    with daemon.checked() as other:
        asked = {"taskId": task["taskId"], "status": "COMPLETED"}
        answers = [
            (one, one.send("task.update", asked, output={"n": n}))
            for n, one in enumerate((wire, other))
        ]
        results = [one.result(id) for one, id in answers]
    assert sorted(result["accepted"] for result in results) == [False, True]
    assert all(result["status"] == "COMPLETED" for result in results)
    winner = next(n for n, result in enumerate(results) if result["accepted"])
    assert row.job(job)["output"] == {"n": winner}


def test_a_result_after_the_end_is_not_accepted(wire: Wire) -> None:
    row = Row(wire)
    row.submit()
    task = row.take()
    finish(wire, task, {"n": 1})
    for status in ("COMPLETED", "FAILED", "IN_PROGRESS"):
        late = finish(wire, task, {"n": 2}, status=status)
        assert late == {"accepted": False, "status": "COMPLETED"}
    assert wire.call("task.get", taskId=task["taskId"])["output"] == {"n": 1}


def test_anybody_may_report(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire)
    job = row.submit()
    task = row.take()
    with daemon.checked() as stranger:
        assert finish(stranger, task, {"n": 5}, workerId="other")["accepted"]
    assert row.job(job)["output"] == {"n": 5}


@pytest.mark.parametrize("task_id", ["x", "x.", ".1", "x.y", "x.-1", "x.\u0661", ""])
def test_what_is_no_task_id(wire: Wire, task_id: str) -> None:
    refused = wire.refusal("task.update", taskId=task_id, status="COMPLETED")
    assert (refused.type, refused.paths) == ("invalidParams", ["/taskId"])


def test_an_unknown_task(wire: Wire) -> None:
    row = Row(wire)
    job = row.submit()
    for task_id in (f"{job}.99", "nobody.1", f"{job}.{'9' * 40}"):
        for method, more in (("task.get", {}), ("task.update", {"status": "COMPLETED"})):
            refused = wire.refusal(method, taskId=task_id, **more)
            assert refused.type == "notFound", refused
            assert task_id.rpartition(".")[0] in refused.message


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "/status"),
        ({"status": "DONE"}, "/status"),
        ({"status": "SCHEDULED"}, "/status"),
        ({"status": "TIMED_OUT"}, "/status"),
        ({"status": 1}, "/status"),
        ({"status": "IN_PROGRESS", "callbackAfterSeconds": -1}, "/callbackAfterSeconds"),
        ({"status": "COMPLETED", "logs": "text"}, "/logs"),
        ({"status": "COMPLETED", "reason": 5}, "/reason"),
    ],
)
def test_wrong_updates(wire: Wire, given: dict[str, object], path: str) -> None:
    row = Row(wire)
    row.submit()
    task = row.take()
    refused = wire.refusal("task.update", taskId=task["taskId"], **given)
    assert (refused.type, refused.paths) == ("invalidParams", [path])
    assert finish(wire, task, {"n": 1})["accepted"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"count": 0}, "/count"),
        ({"count": 1_001}, "/count"),
        ({"count": 1.5}, "/count"),
        ({"waitSeconds": -1}, "/waitSeconds"),
        ({"waitSeconds": 61}, "/waitSeconds"),
        ({"waitSeconds": 1e300}, "/waitSeconds"),
        ({"taskType": ""}, "/taskType"),
        ({"workerId": None}, "/workerId"),
        ({"session": 5}, "/session"),
    ],
)
def test_wrong_polls(wire: Wire, given: dict[str, object], path: str) -> None:
    refused = wire.refusal("task.poll", {"taskType": "t", "workerId": "w", **given})
    assert (refused.type, refused.paths) == ("invalidParams", [path])


def test_a_domain_is_a_queue_of_its_own(wire: Wire) -> None:
    row = Row(wire)
    job = row.submit(taskToDomain={row.types[0]: "blue"})
    asked = {"taskType": row.types[0], "workerId": "w"}
    assert wire.call("task.poll", asked)["tasks"] == []
    (waiting,) = row.job(job)["waitingFor"]
    assert waiting["domain"] == "blue"
    finish(wire, row.take(domain="blue"), {"n": 1})
    assert row.job(job)["status"] == "COMPLETED"


def test_the_list_of_tasks_by_each_filter(wire: Wire) -> None:
    row = Row(wire, 2)
    jobs = [row.submit(n) for n in range(3)]
    done = row.take()
    finish(wire, done, {"n": 1})
    row.take()

    def found(**filters: object) -> set[str]:
        return {one["taskId"] for one in wire.call("task.list", filters)["tasks"]}

    assert found(taskType=row.types[0], status="COMPLETED") == {done["taskId"]}
    assert found(jobId=done["jobId"]) == {done["taskId"], f"{done['jobId']}.2"}
    assert len(found(taskType=row.types[0])) == len(jobs)
    assert len(found(taskType=row.types[0], status="SCHEDULED")) == 1
    refused = wire.refusal("task.list", status="WRONG")
    assert refused.paths == ["/status"]
