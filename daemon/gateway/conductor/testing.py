"""Trying a workflow with given results in the place of workers (conductor.md §5, *Test
workflow*): an ordinary job, whose tasks nobody is offered and which stays when it is over."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec

from daemon.gateway.asking import Ask
from daemon.gateway.conductor.bodies import body_in, read_as
from daemon.gateway.conductor.documents import ENDED_JOB, OPEN_TASK
from daemon.gateway.conductor.reading import found_job, whole_workflow
from daemon.gateway.conductor.starting import Start, start_job
from daemon.gateway.conductor.table import route
from daemon.gateway.messages import Response, json_response
from daemon.queues.handout import NO_DOMAIN, NOBODYS

Json = dict[str, Any]

AT_ONCE = ("INLINE", "LAMBDA", "JSON_JQ_TRANSFORM", "NOOP")
"""Carried out as they stand, like the operators: what they do is part of the definition."""
DOMAIN = f"{NOBODYS}test"
OPERATORS = frozenset(
    {
        *AT_ONCE,
        "DECISION",
        "DO_WHILE",
        "EXCLUSIVE_JOIN",
        "FORK",
        "FORK_JOIN",
        "FORK_JOIN_DYNAMIC",
        "JOIN",
        "SET_VARIABLE",
        "SUB_WORKFLOW",
        "SWITCH",
        "TERMINATE",
    }
)


Milliseconds = Annotated[int, msgspec.Meta(ge=0)]


class Mock(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of one attempt, and the milliseconds that it is to have taken."""

    status: str = "COMPLETED"
    output: dict[str, Any] = {}
    execution_time: Milliseconds = 0
    queue_wait_time: Milliseconds = 0


class Trial(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What WorkflowTestRequest has beyond StartWorkflowRequest."""

    task_ref_to_mock_output: dict[str, list[Mock]] = {}
    sub_workflow_test_request: dict[str, dict[str, Any]] = {}


class Left(NamedTuple):
    """Mocks that were not used yet, by reference name, and those of workflows within."""

    mocks: dict[str, list[Mock]]
    inner: dict[str, Left]
    used: dict[str, Mock]
    """By task id."""


@route("POST", "/workflow/test", "testWorkflow", "Run a workflow with given results of its tasks")
async def test_workflow(ask: Ask) -> Response:
    body = body_in(ask)
    left = _left(body)
    domains = {"*": DOMAIN, **dict.fromkeys(AT_ONCE, NO_DOMAIN)}
    asked = msgspec.structs.replace(read_as(Start, body), task_to_domain=domains)
    job_id = await start_job(ask, asked)
    await _play(ask, job_id, left)
    found = await whole_workflow(ask, job_id)
    for task in found["tasks"]:
        if (mock := left.used.get(task["taskId"])) is not None:
            _pretend(task, mock)
    return json_response(found)


def _pretend(task: Json, mock: Mock) -> None:
    """The times that it is to have had, back from its real end. The log has real times only,
    so nobody else is told."""
    if not mock.execution_time and not mock.queue_wait_time:
        return
    ended = task["endTime"] or task["updateTime"]
    task["startTime"] = ended - mock.execution_time
    task["scheduledTime"] = task["startTime"] - mock.queue_wait_time
    task["queueWaitTime"] = mock.queue_wait_time


def _left(body: Json) -> Left:
    trial = read_as(Trial, body)
    return Left(
        {ref: list(mocks) for ref, mocks in trial.task_ref_to_mock_output.items()},
        {ref: _left(inner) for ref, inner in trial.sub_workflow_test_request.items()},
        {},
    )


async def _play(ask: Ask, job_id: str, left: Left) -> bool:
    """Whether the workflow ended, or is still to begin; else it waits for a task that has no
    mock left."""
    while True:
        job = await found_job(ask, job_id)
        if job is None or job["status"] in ENDED_JOB:
            return True
        if job["status"] == "PAUSED" or not await _step(ask, job, left):
            return False
        waited = await ask.inside(
            "job.wait",
            idle=True,
            jobId=job_id,
            waitSeconds=ask.settings.test_seconds,
            afterSequence=job["sequence"],
        )
        if waited["met"] == "time":
            return False


async def _step(ask: Ask, job: Json, left: Left) -> bool:
    """Report what there are mocks for. False: nothing more will happen by itself."""
    there = [one for one in job["tasks"] if one["status"] in OPEN_TASK]
    mocked = [one for one in there if one["taskType"] not in OPERATORS]
    if any(not left.mocks.get(one["ref"]) for one in mocked):
        return False
    for task in mocked:
        mock = left.used[task["taskId"]] = left.mocks[task["ref"]].pop(0)
        output = {**(task["output"] or {}), **mock.output}
        await ask.call("task.update", taskId=task["taskId"], status=mock.status, output=output)
    goes_on = bool(mocked) or _is_computed(job, there)
    for task in there:
        if task["taskType"] == "SUB_WORKFLOW" and task["childJobId"] is not None:
            inner = left.inner.get(task["ref"], Left({}, {}, {}))
            goes_on |= await _play(ask, task["childJobId"], inner)
        else:
            goes_on |= task["taskType"] in (*AT_ONCE, "SUB_WORKFLOW")
    return goes_on


def _is_computed(job: Json, there: list[Json]) -> bool:
    """Whether an operator waits for what its script says: a loop, a case."""
    operators = {one["taskId"] for one in there if one["taskType"] in OPERATORS}
    awaited = (one.get("taskId") for one in job["waitingFor"] if one["kind"] == "executor")
    return any(task_id in operators for task_id in awaited)
