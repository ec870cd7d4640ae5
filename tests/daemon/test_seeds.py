"""The examples of the two seed pages, from registering to their output."""

from __future__ import annotations

from tests.daemon.definitions import example, finish, take
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

ADDRESS = {
    "name": "Ada",
    "streetAddress": "1 Main Street",
    "city": "Springfield",
    "state": "OR",
    "zipcode": "97477",
}


def mail(wire: Wire, account: str) -> str:
    for name in ("shipping_issues.json", "mail_a_box.json"):
        definition = example(name)
        if not any(
            one["name"] == definition["name"] for one in wire.call("workflow.list")["workflows"]
        ):
            assert wire.call("version.validate", definition=definition)["valid"]
            assert wire.call("version.add", definition=definition)["versionNumber"] == 1
    job: str = wire.call("job.submit", workflow="mail_a_box", input={"accountNumber": account})[
        "jobId"
    ]
    return job


def test_a_box_is_mailed(wire: Wire) -> None:
    job = mail(wire, "4711")
    info = take(wire, "shipping_info")
    assert info["input"] == {"account": "4711"}
    assert (info["ref"], info["attempt"], info["pollCount"]) == ("shipping_info_ref", 0, 1)
    assert finish(wire, info, ADDRESS) == {"accepted": True, "status": "COMPLETED"}
    label = take(wire, "shipping_task")
    assert label["input"] == ADDRESS
    finish(wire, label, {"trackingNumber": "BOX-1"})
    document = wire.call("job.get", jobId=job)
    assert document["status"] == "COMPLETED"
    assert document["output"] == {"trackingNumber": "BOX-1"}
    assert document["waitingFor"] == []


def test_a_box_that_cannot_be_mailed_starts_the_failure_workflow(wire: Wire) -> None:
    job = mail(wire, "unknown")
    info = take(wire, "shipping_info")
    failed = {"status": "FAILED_WITH_TERMINAL_ERROR", "reason": "no such account"}
    finish(wire, info, None, **failed)
    document = wire.call("job.get", jobId=job)
    assert document["status"] == "FAILED"
    assert "no such account" in document["reason"]
    told = take(wire, "notify_support")
    while document["failureJobId"] is None:
        document = wire.call("job.get", jobId=job)
    assert told["jobId"] == document["failureJobId"]
    assert told["input"] == {"job": job, "why": document["reason"]}
    finish(wire, told, {"ticket": "T-1"})
    helper = wire.call("job.get", jobId=told["jobId"])
    assert (helper["status"], helper["output"]) == ("COMPLETED", {"ticket": "T-1"})
    assert helper["input"]["failureTaskId"] == info["taskId"]
    assert helper["causeJobId"] == job


def test_the_step_definition_runs_through_its_live_tag(wire: Wire) -> None:
    definition = example("my-workflow.json")
    registered = wire.call("workflow.register", name="my-workflow")
    added = wire.call("version.add", workflow=registered["workflowId"], definition=definition)
    assert added["workflowId"] == registered["workflowId"]
    wire.call("tag.set", workflow="my-workflow", tag="$LIVE", version={"versionNumber": 1})
    job = wire.call("job.submit", workflow="my-workflow", input={})["jobId"]
    fetch = take(wire, "/justworkflowit/aws/lambda")
    assert fetch["input"] == {}
    finish(wire, fetch, {"data": "forty-two"})
    document = wire.call("job.get", jobId=job)
    while document["status"] == "RUNNING":
        document = wire.call("job.get", jobId=job)
    assert (document["status"], document["tag"]) == ("COMPLETED", "$LIVE")
    assert document["output"] == {"data": "forty-two"}
    assert [task["ref"] for task in document["tasks"]] == ["fetchData", "processData"]


def test_the_examples_leave_a_clean_log(daemon: DaemonProcess, wire: Wire) -> None:
    assert wire.call("audit.verify")["ok"]
    verdict = wire.call("replay.verify")
    assert verdict["ok"], verdict["differences"]
    assert daemon.process.poll() is None
