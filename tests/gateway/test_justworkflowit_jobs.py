"""Jobs as JustWorkflowIt's clients see them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.daemon.definitions import finish, take
from tests.daemon.wire import Wire
from tests.gateway.http import Http
from tests.gateway.justworkflowit import NOOP, Shop, shaped

WORK = "/acme/work"


@pytest.fixture
def worked(http: Http, request: pytest.FixtureRequest) -> Shop:
    """A workflow of one step for a worker of the test's own."""
    return Shop(http, f"{WORK}/{request.node.name}").ready()


def state_of(shop: Shop, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.ok("GET", f"/jobs/{job_id}/state")["state"]
    return found


def failed(shop: Shop, wire: Wire) -> str:
    job_id = shop.submit()
    wire.call(
        "task.update",
        taskId=take(wire, shop.types[0])["taskId"],
        status="FAILED_WITH_TERMINAL_ERROR",
        reason="no luck",
    )
    assert shop.job(job_id)["job"]["status"] == "FAILED"
    return job_id


def test_a_job_runs_to_its_end(worked: Shop, wire: Wire) -> None:
    job_id = worked.submit(7)
    running = shaped(worked.job(job_id)["job"])
    assert running["status"] == "RUNNING"
    assert "finishedAt" not in running
    assert running["workflowName"] == worked.name
    finish(wire, take(wire, worked.types[0]), {"n": 8})
    done = shaped(worked.job(job_id)["job"])
    assert done["status"] == "SUCCEEDED"
    assert done["finishedAt"] >= done["createdAt"]


def test_a_job_says_its_state_while_it_runs_and_after(worked: Shop, wire: Wire) -> None:
    job_id = worked.submit(7)
    assert state_of(worked, job_id)["nextStepName"] == "s0"
    finish(wire, take(wire, worked.types[0]), {"n": 8})
    state = state_of(worked, job_id)
    assert "nextStepName" not in state
    assert state["executionData"]["workflowInput"] == {"n": 7}
    assert state["executionData"]["s0Output"] == {"n": 8}
    (item,) = state["executionHistory"]
    assert item["stepName"] == "s0"
    assert item["stepExecutorType"] == worked.types[0]
    assert item["historySource"] == "engine"
    assert item["output"] == {"status": "success", "payload": {"n": 8}}
    assert (item["errors"], item["warnings"]) == ([], [])
    length = worked.ok("GET", f"/jobs/{job_id}/state/metadata")["contentLengthBytes"]
    answer = worked.http.get(f"/organizations/x/jobs/{job_id}/state")
    assert length == len(answer.body)


def test_a_failed_job_stays_on_its_step_and_is_resumed(worked: Shop, wire: Wire) -> None:
    job_id = failed(worked, wire)
    state = state_of(worked, job_id)
    assert state["nextStepName"] == "s0"
    assert state["executionHistory"][0]["output"]["status"] == "failure"
    assert state["executionHistory"][0]["errors"] == ["no luck"]
    assert worked.ok("POST", f"/jobs/{job_id}/resume") == {"jobId": job_id}
    assert worked.job(job_id)["job"]["status"] == "RUNNING"
    finish(wire, take(wire, worked.types[0]), {"n": 1})
    assert worked.job(job_id)["job"]["status"] == "SUCCEEDED"


def test_a_cancelled_job_is_cancelled_once_and_can_be_resumed(worked: Shop) -> None:
    job_id = worked.submit()
    assert worked.ok("POST", f"/jobs/{job_id}/cancel") == {"jobId": job_id}
    assert worked.job(job_id)["job"]["status"] == "CANCELLED"
    assert worked.wrong("POST", f"/jobs/{job_id}/cancel")["errorType"] == "ValidationError"
    worked.ok("POST", f"/jobs/{job_id}/resume")
    assert worked.job(job_id)["job"]["status"] == "RUNNING"


def test_a_paused_job_is_pending(worked: Shop, wire: Wire) -> None:
    job_id = worked.submit()
    wire.call("job.pause", jobId=job_id)
    assert worked.job(job_id)["job"]["status"] == "PENDING"
    listed = worked.ok("GET", f"/jobs?status=PENDING&workflowName={worked.name}")
    assert [one["jobId"] for one in listed["jobs"]] == [job_id]


def test_an_event_is_recorded_with_its_payload(worked: Shop) -> None:
    job_id = worked.submit()
    sent = {"eventId": "approved", "payload": {"by": "ann"}}
    done = worked.ok("POST", f"/jobs/{job_id}/events", sent)
    assert done == {"jobId": job_id, "eventId": "approved"}
    history = state_of(worked, job_id)["executionHistory"]
    (item,) = [one for one in history if one["historySource"] == "external"]
    assert item["eventId"] == "approved"
    assert item["output"]["payload"] == {"by": "ann"}


def test_jobs_are_paged_newest_first_and_counted(worked: Shop) -> None:
    ids = [worked.submit(n) for n in range(5)]
    asked = f"/jobs?workflowName={worked.name.upper()}&pageSize=2"
    seen = []
    token = ""
    while True:
        page = worked.ok("GET", asked + (f"&pageToken={token}" if token else ""))
        assert page["totalCount"] == 5
        seen += [shaped(one)["jobId"] for one in page["jobs"]]
        if "nextPageToken" not in page:
            break
        token = page["nextPageToken"]
    assert seen == ids[::-1]


def test_jobs_are_found_by_every_filter(worked: Shop) -> None:
    job_id = worked.submit()
    created = worked.job(job_id)["job"]["createdAt"]
    for query in (
        "status=RUNNING",
        "workflowVersionNumber=1",
        f"createdAfter={created}",
        f"createdBefore={created}",
        "jobHierarchy=TOP_LEVEL_ONLY",
        "jobHierarchy=ALL",
    ):
        listed = worked.ok("GET", f"/jobs?workflowName={worked.name}&{query}")
        assert [one["jobId"] for one in listed["jobs"]] == [job_id], query
    for query in (
        "status=FAILED",
        "workflowVersionNumber=2",
        "createdAfter=2999-01-01T00:00:00Z",
        "createdBefore=1999-01-01T00:00:00Z",
        "jobHierarchy=CHILD_JOBS_ONLY",
    ):
        listed = worked.ok("GET", f"/jobs?workflowName={worked.name}&{query}")
        assert listed == {"jobs": [], "totalCount": 0}, query


def test_pages_of_one_list_are_not_pages_of_another(worked: Shop) -> None:
    for n in range(2):
        worked.submit(n)
    token = worked.ok("GET", f"/jobs?workflowName={worked.name}&pageSize=1")["nextPageToken"]
    refused = worked.wrong("GET", f"/jobs?status=FAILED&pageToken={token}")
    assert "pageToken" in refused["fields"]


@pytest.mark.parametrize(
    "query",
    [
        "status=DONE",
        "pageSize=0",
        "pageSize=many",
        "pageToken=abc",
        "jobHierarchy=SOME",
        "createdAfter=yesterday",
        "workflowVersionNumber=one",
    ],
)
def test_a_filter_that_means_nothing_is_a_validation_error(worked: Shop, query: str) -> None:
    refused = worked.wrong("GET", f"/jobs?{query}")
    assert refused["errorType"] == "ValidationError"


SUBMITS: dict[str, tuple[dict[str, Any], str]] = {
    "no workflow": ({"workflowVersion": {"tag": "$LIVE"}}, "ValidationError"),
    "no version": ({"workflowId": "{id}"}, "ValidationError"),
    "two selectors": (
        {"workflowId": "{id}", "workflowVersion": {"tag": "$LIVE", "versionNumber": 1}},
        "ValidationError",
    ),
    "no selector": ({"workflowId": "{id}", "workflowVersion": {}}, "ValidationError"),
    "an input that breaks the contract": (
        {"workflowId": "{id}", "workflowVersion": {"tag": "$LIVE"}, "inputJson": {"n": "one"}},
        "ValidationError",
    ),
    "an unknown workflow": (
        {"workflowId": "nobody", "workflowVersion": {"tag": "$LIVE"}},
        "NotFoundError",
    ),
    "an unknown version": (
        {"workflowId": "{id}", "workflowVersion": {"versionNumber": 9}},
        "NotFoundError",
    ),
    "an unknown tag": ({"workflowId": "{id}", "workflowVersion": {"tag": "$NO"}}, "NotFoundError"),
}


@pytest.mark.parametrize("name", SUBMITS)
def test_a_refused_submit_leaves_no_job(worked: Shop, name: str) -> None:
    body, expected = SUBMITS[name]
    given = {key: worked.workflow_id if one == "{id}" else one for key, one in body.items()}
    assert worked.wrong("POST", "/jobs", given)["errorType"] == expected
    assert worked.ok("GET", f"/jobs?workflowName={worked.name}")["totalCount"] == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/state"),
        ("GET", "/state/metadata"),
        ("POST", "/cancel"),
        ("POST", "/resume"),
        ("POST", "/events"),
    ],
)
def test_an_unknown_job_is_not_found(worked: Shop, method: str, path: str) -> None:
    body = {"eventId": "e"} if path == "/events" else None
    assert worked.wrong(method, f"/jobs/nobody{path}", body)["errorType"] == "NotFoundError"


def test_what_the_state_does_not_allow_is_a_validation_error(http: Http) -> None:
    shop = Shop(http, NOOP).ready()
    listed: dict[str, Any] = {"jobs": []}
    job_id = shop.submit()
    while not listed["jobs"]:
        listed = shop.ok("GET", f"/jobs?workflowName={shop.name}&status=SUCCEEDED")
    for path, body in (("cancel", None), ("resume", None), ("events", {"eventId": "e"})):
        refused = shop.wrong("POST", f"/jobs/{job_id}/{path}", body)
        assert refused["errorType"] == "ValidationError", path
        assert "SUCCEEDED" in refused["message"]


def test_an_event_has_an_id(worked: Shop) -> None:
    job_id = worked.submit()
    assert "eventId" in worked.wrong("POST", f"/jobs/{job_id}/events", {})["fields"]


def test_metrics_count_what_was_submitted(worked: Shop) -> None:
    worked.submit()
    path = "/workflow-metrics/timeseries?metric=jobs_submitted&aggregation=count&bucket=day"
    span = "&since=2020-01-01T00:00:00Z&until=2999-01-01T00:00:00Z"
    results = worked.ok("GET", path + span)["results"]
    assert sum(one["value"] for one in results) >= 1
    assert set(results[0]) == {"timestamp", "value"}
    assert "since" in worked.wrong("GET", path)["fields"]
    assert "metric" in worked.wrong("GET", path.replace("jobs_submitted", "x") + span)["fields"]


def test_a_job_that_a_limit_refuses_is_a_validation_error(http: Http, wire: Wire) -> None:
    shop, name = Shop(http), f"limited_{id(http)}"
    task = {"name": name, "taskReferenceName": "t", "type": "SIMPLE"}
    limit = {"rateLimitKey": name, "concurrentExecLimit": 1, "policy": "REJECT"}
    definition = {"name": name, "version": 1, "tasks": [task], "rateLimitConfig": limit}
    added = wire.call("version.add", definition=definition)
    body = {
        "workflowId": added["workflowId"],
        "workflowVersion": {"versionNumber": 1},
        "inputJson": {},
    }
    shop.ok("POST", "/jobs", body)
    refused = shop.wrong("POST", "/jobs", body)
    assert refused["errorType"] == "ValidationError"
    assert name in refused["message"]


def calling(shop: Shop, child: str, field: str) -> str:
    """A definition that runs ``child`` and leaves out what that takes and gives."""
    reads = {"fieldset": [{"from": f"workflowInput.{field}", "to": "n"}]}
    details = {
        "type": "/justworkflowit/runChildJob",
        "config": {"children": [{"workflowName": child}]},
        "inputTransformer": reads,
    }
    schema = {"type": "object", "properties": {"n": {"type": "integer"}, "t": {"type": "string"}}}
    return json.dumps(
        {
            "workflowName": shop.name,
            "steps": [{"name": "call", "integrationDetails": details}],
            "definitions": {"workflowInput": {**schema, "required": ["n", "t"]}},
        }
    )


def test_a_family_is_seen_from_both_sides(worked: Shop, http: Http, wire: Wire) -> None:
    parent = Shop(http)
    fits = {"definition": calling(parent, worked.name, "n")}
    made = parent.ok("POST", f"{parent.path}/versions", fits)
    kept = parent.ok("GET", f"{parent.path}/versions/{made['versionId']}")["definition"]
    own = json.loads(kept)["definitions"]
    assert own["callInput"] == json.loads(worked.definition())["definitions"]["workflowInput"]
    misfit = {"definition": calling(parent, worked.name, "t")}
    told = parent.ok("POST", f"{parent.path}/versions/validate", misfit)
    assert [("/n must be integer" in one) for one in told["errors"]] == [True]
    parent.live(made["versionId"])
    body = {
        "workflowId": parent.workflow_id,
        "workflowVersion": {"tag": "$LIVE"},
        "inputJson": {"n": 1, "t": "x"},
    }
    job_id = parent.ok("POST", "/jobs", body)["jobId"]
    task = take(wire, worked.types[0])
    (child,) = parent.job(job_id)["childJobs"]
    assert (child["jobId"], child["status"]) == (task["jobId"], "RUNNING")
    assert child["workflowName"] == worked.name
    seen = parent.job(child["jobId"])
    assert seen["parentJob"]["jobId"] == seen["job"]["rootJobId"] == job_id
    assert seen["parentJob"]["workflowName"] == parent.name
    assert seen["job"]["parentStepName"] == seen["parentJob"]["stepName"]
    parent.ok("POST", f"/jobs/{job_id}/cancel")
    assert parent.job(child["jobId"])["job"]["status"] == "RUNNING"
    finish(wire, task, {"n": 2})
    assert parent.job(child["jobId"])["job"]["status"] == "SUCCEEDED"
