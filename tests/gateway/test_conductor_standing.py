"""What tasks say of their place in a workflow, shown with all others or alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.conductor import Line
from tests.gateway.http import Http

INLINE = {"evaluatorType": "graaljs", "expression": "1"}


def executed(http: Http, workflow_id: str) -> dict[str, bool]:
    """By reference name and attempt, the same however they are asked for."""
    shown = http.get(f"/api/workflow/{workflow_id}").json["tasks"]
    paged = http.get(f"/api/workflow/{workflow_id}/tasks?count=100").json["results"]
    alone = [http.get(f"/api/tasks/{one['taskId']}").json for one in shown]
    assert shown == paged == alone
    return {f"{one['referenceTaskName']}.{one['retryCount']}": one["executed"] for one in shown}


def test_all_but_the_last_that_ended_in_the_same_moment(http: Http) -> None:
    line = Line(http)
    inline = {"name": "i", "type": "INLINE", "inputParameters": INLINE}
    (first,) = line.definition["tasks"]
    steps = [first, *({**inline, "taskReferenceName": f"i{n}"} for n in range(2))]
    name = f"{line.name}_row"
    http.post("/api/metadata/workflow", {"name": name, "version": 1, "tasks": steps})
    workflow_id = http.post("/api/workflow", {"name": name, "version": 1}).text
    line.report(line.poll()[0])
    while http.get(f"/api/workflow/{workflow_id}").json["status"] == "RUNNING":
        pass
    assert executed(http, workflow_id) == {"t0.0": True, "i0.0": True, "i1.0": False}


def test_a_join_that_stands_before_what_it_joins_ended_last(http: Http) -> None:
    line = Line(http, 2)
    steps: list[dict[str, Any]] = [
        {"name": "f", "taskReferenceName": "f", "type": "FORK_JOIN",
         "forkTasks": [[one] for one in line.definition["tasks"]]},
        {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["t0", "t1"]},
    ]  # fmt: skip
    name = f"{line.name}_fork"
    http.post("/api/metadata/workflow", {"name": name, "version": 1, "tasks": steps})
    workflow_id = http.post("/api/workflow", {"name": name, "version": 1}).text
    for place in range(2):
        line.report(line.poll(place)[0])
    assert executed(http, workflow_id) == {"f.0": True, "t0.0": True, "t1.0": True, "j.0": False}


@pytest.mark.parametrize("by_hand", [True, False])
def test_an_attempt_before_a_retry_that_somebody_asked_for(http: Http, by_hand: bool) -> None:
    line = Line(http)
    settings = {"retryCount": 0 if by_hand else 1, "retryDelaySeconds": 0}
    http.post("/api/metadata/taskdefs", [{"name": line.types[0], **settings}])
    workflow_id = line.start()
    line.report(line.poll()[0], "FAILED")
    if by_hand:
        assert http.post(f"/api/workflow/{workflow_id}/retry", {}).status == 204
    line.poll()
    assert executed(http, workflow_id) == {"t0.0": by_hand, "t0.1": False}


def test_names_of_failed_tasks_need_no_tasks(http: Http) -> None:
    line = Line(http)
    http.post("/api/metadata/taskdefs", [{"name": line.types[0], "retryCount": 0}])
    workflow_id = line.start()
    line.report(line.poll()[0], "FAILED")
    shown = http.get(f"/api/workflow/{workflow_id}?includeTasks=false").json
    assert (shown["tasks"], shown["failedReferenceTaskNames"]) == ([], ["t0"])
    assert shown["failedTaskNames"] == [line.types[0]]
