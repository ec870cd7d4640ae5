"""Waiting until a workflow ended or waits for somebody, and the answer that shows it
(conductor.md §5, *Execute* and *Signal*)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from daemon.gateway.asking import Ask, Unreadable
from daemon.gateway.conductor.reading import shown_job
from daemon.gateway.conductor.table import OK
from daemon.gateway.messages import Response, json_response

Json = dict[str, Any]

WAITS = ["WAIT"]
"""Of these an open one that no time ends blocks its workflow."""

_OF_WORKFLOW = (
    "workflowId",
    "correlationId",
    "input",
    "output",
    "priority",
    "variables",
    "tasks",
    "createdBy",
    "createTime",
    "updateTime",
    "status",
)
_OF_TASK = (
    "taskType",
    "taskId",
    "referenceTaskName",
    "retryCount",
    "taskDefName",
    "retriedTaskId",
    "workflowType",
    "reasonForIncompletion",
    "correlationId",
    "status",
    "updateTime",
)


class Strategy(StrEnum):
    """What the answer shows; ``responseType`` names it."""

    TARGET_WORKFLOW = "TARGET_WORKFLOW"
    BLOCKING_WORKFLOW = "BLOCKING_WORKFLOW"
    BLOCKING_TASK = "BLOCKING_TASK"
    BLOCKING_TASK_INPUT = "BLOCKING_TASK_INPUT"


def strategy_in(ask: Ask) -> Strategy:
    """Raises Unreadable."""
    given = ask.text("returnStrategy") or Strategy.TARGET_WORKFLOW
    try:
        return Strategy(given)
    except ValueError:
        raise Unreadable(f"returnStrategy: {given!r} is none of {', '.join(Strategy)}") from None


class Settling(msgspec.Struct, frozen=True, kw_only=True):
    """``refs``: tasks whose end is waited for as well."""

    job_id: str
    strategy: Strategy
    seconds: float
    refs: tuple[str, ...] = ()
    request_id: str | None = None

    async def response(self, ask: Ask) -> Response:
        waited = await ask.inside(
            "job.wait",
            idle=True,
            jobId=self.job_id,
            waitSeconds=self.seconds,
            refs=list(self.refs),
            taskTypes=WAITS,
        )
        target = await ask.inside("job.get", jobId=self.job_id)
        blocking = waited["taskId"]
        about = {
            "responseType": self.strategy.value,
            "targetWorkflowId": self.job_id,
            "targetWorkflowStatus": target["status"],
            "signalTimeout": waited["met"] == "time",
            "requestId": self.request_id or self.job_id,
        }
        shown = await self._shown(ask, target, blocking)
        return OK if shown is None else json_response({**about, **shown})

    async def _shown(self, ask: Ask, target: Json, blocking: str | None) -> Json | None:
        """None: a blocking task was asked for, and nothing blocks."""
        match self.strategy:
            case Strategy.TARGET_WORKFLOW:
                return await _workflow(ask, target)
            case Strategy.BLOCKING_WORKFLOW:
                return await _workflow(ask, await _job_of(ask, target, blocking))
        if blocking is None:
            return None
        return await _task(ask, await _job_of(ask, target, blocking), blocking)


async def _job_of(ask: Ask, target: Json, task_id: str | None) -> Json:
    job_id = target["jobId"] if task_id is None else task_id.rpartition(".")[0]
    return target if job_id == target["jobId"] else await ask.inside("job.get", jobId=job_id)


async def _workflow(ask: Ask, job: Json) -> Json:
    document = await shown_job(ask, job)
    return {name: document[name] for name in _OF_WORKFLOW if name in document}


async def _task(ask: Ask, job: Json, task_id: str) -> Json:
    document = await shown_job(ask, job)
    (task,) = (one for one in document["tasks"] if one["taskId"] == task_id)
    return {
        "workflowId": job["jobId"],
        "input": task["inputData"],
        "output": task["outputData"],
        "priority": task["workflowPriority"],
        "createTime": task["startTime"],
        **({"createdBy": task["workerId"]} if "workerId" in task else {}),
        **{name: task[name] for name in _OF_TASK if name in task},
    }
