"""Limits over the socket: of task types."""

from __future__ import annotations

from tests.daemon.definitions import Row, unique
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire


def limited(wire: Wire, **limit: int) -> Row:
    row = Row(wire)
    wire.call("taskType.put", definition={"name": row.types[0], "ownerEmail": "a@b.c", **limit})
    return row


def test_no_more_than_the_limit_are_handed_out(wire: Wire) -> None:
    row = limited(wire, concurrentExecLimit=2)
    jobs = [row.submit(n) for n in range(4)]
    asked = {"taskType": row.types[0], "workerId": "w", "count": 9}
    taken = wire.call("task.poll", asked)["tasks"]
    assert [task["jobId"] for task in taken] == jobs[:2]
    assert wire.call("task.poll", asked)["tasks"] == []
    (slot,) = wire.call("job.get", jobId=jobs[3])["waitingFor"]
    assert slot["kind"] == "slot"
    assert (slot["limit"], slot["place"]) == (f"limit/task-type/{row.types[0]}", 2)
    (queue,) = [one for one in wire.call("queue.list")["queues"] if one["taskType"] == row.types[0]]
    assert (queue["ready"], queue["waitingForSlot"], queue["held"]) == (0, 2, 2)


def test_a_waiting_poll_gets_the_freed_slot(daemon: DaemonProcess, wire: Wire) -> None:
    row = limited(wire, concurrentExecLimit=1)
    jobs = [row.submit(n) for n in range(2)]
    asked = {"taskType": row.types[0], "workerId": "w", "waitSeconds": 20}
    (first,) = wire.call("task.poll", asked)["tasks"]
    with daemon.checked() as other:
        waiting = other.send("task.poll", asked)
        wire.call("task.update", taskId=first["taskId"], status="COMPLETED", output={"n": 1})
        (second,) = other.result(waiting)["tasks"]
        assert second["jobId"] == jobs[1]
        other.call("task.update", taskId=second["taskId"], status="COMPLETED", output={"n": 1})
    stream = f"limit/task-type/{row.types[0]}"
    read = wire.call("events.read", stream=stream)["events"]
    assert [event["type"] for event in read] == ["SlotTaken", "SlotFreed"] * 2
    (cause,) = wire.call("events.read", after=read[1]["cause"] - 1, limit=1)["events"]
    assert cause["type"] == "TaskCompleted"


def test_a_window_lets_the_next_one_out_when_it_slides(wire: Wire) -> None:
    row = limited(wire, rateLimitPerFrequency=1, rateLimitFrequencyInSeconds=1)
    for n in range(2):
        row.submit(n)
    asked = {"taskType": row.types[0], "workerId": "w", "waitSeconds": 20}
    tasks = [wire.call("task.poll", asked)["tasks"][0] for _ in range(2)]
    assert tasks[0]["taskId"] != tasks[1]["taskId"]
    read = wire.call("events.read", stream=f"limit/task-type/{row.types[0]}")["events"]
    assert [event["data"]["starts"] for event in read] == [1, 1]


def test_a_repeated_poll_gets_the_tasks_that_took_slots(wire: Wire) -> None:
    row = limited(wire, concurrentExecLimit=5)
    for n in range(3):
        row.submit(n)
    asked = {"taskType": row.types[0], "workerId": "w", "count": 3, "requestId": unique("r")}
    first = wire.call("task.poll", asked)
    assert len(first["tasks"]) == 3
    assert wire.call("task.poll", asked) == first


def test_a_limit_is_stored_and_warned_of_no_more(wire: Wire) -> None:
    name = unique("limited")
    settings = {"name": name, "concurrentExecLimit": 3, "rateLimitPerFrequency": 7}
    assert wire.call("taskType.put", definition=settings)["warnings"] == []
    assert wire.call("taskType.get", name=name)["definition"] == settings


def limited_workflow(wire: Wire, policy: str) -> str:
    name = unique("w")
    task = {"name": unique("t"), "taskReferenceName": "t", "type": "SIMPLE"}
    definition = {
        "name": name,
        "version": 1,
        "tasks": [task],
        "rateLimitConfig": {
            "rateLimitKey": f"{name} of ${{workflow.input.customer}}",
            "concurrentExecLimit": 1,
            "policy": policy,
        },
    }
    added = wire.call("version.add", definition=definition)
    stored = wire.call("version.get", workflow=name, version={"versionId": added["versionId"]})
    assert stored["definition"] == definition
    return name


def submit(wire: Wire, workflow: str, customer: str) -> str:
    answer = wire.call("job.submit", workflow=workflow, input={"customer": customer})
    return str(answer["jobId"])


def test_a_job_waits_for_another_of_its_key(wire: Wire) -> None:
    name = limited_workflow(wire, "QUEUE")
    first, second, third = (submit(wire, name, who) for who in ("me", "me", "you"))
    document = wire.call("job.get", jobId=second)
    (slot,) = document["waitingFor"]
    assert (slot["kind"], slot["limit"]) == ("slot", f"limit/workflow/{name} of me")
    assert (slot["place"], document["status"], document["tasks"]) == (1, "RUNNING", [])
    assert wire.call("job.get", jobId=third)["tasks"]
    wire.call("job.terminate", jobId=first)
    while not wire.call("job.get", jobId=second)["tasks"]:
        pass
    assert wire.call("replay.verify", jobId=second)["ok"]


def test_a_job_is_refused_where_the_policy_says_so(wire: Wire) -> None:
    name = limited_workflow(wire, "REJECT")
    first = submit(wire, name, "me")
    asked = {"workflow": name, "input": {"customer": "me"}}
    error = wire.refusal("job.submit", asked)
    assert (error.type, error.data["retryable"]) == ("noSlot", True)
    assert f"{name} of me" in str(error.data["message"])
    wire.call("job.terminate", jobId=first)
    second = submit(wire, name, "me")
    assert wire.refusal("job.restart", jobId=first).type == "noSlot"
    wire.call("job.terminate", jobId=second)
    assert wire.call("job.restart", jobId=first)["status"] == "RUNNING"
