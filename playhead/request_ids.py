"""Which calls may be made again after a connection broke, and how."""

from __future__ import annotations

import uuid
from typing import Any

CHANGING = frozenset(
    {
        "workflow.register",
        "version.add",
        "tag.set",
        "taskType.put",
        "taskType.delete",
        "schema.put",
        "schema.delete",
        "eventHandler.put",
        "eventHandler.delete",
        "message.publish",
        "message.report",
        "job.submit",
        "job.pause",
        "job.resume",
        "job.terminate",
        "job.retry",
        "job.restart",
        "job.rerun",
        "job.skipTask",
        "job.sendEvent",
        "task.poll",
        "task.update",
        "schedule.save",
        "schedule.pause",
        "schedule.resume",
        "schedule.delete",
        "schedule.pauseAll",
        "schedule.resumeAll",
        "secret.create",
        "secret.update",
        "secret.delete",
        "secret.rotateKey",
    }
)
"""Methods that change state once however often they are called with one request id."""

READING = frozenset(
    {
        "workflow.list",
        "workflow.get",
        "version.validate",
        "version.list",
        "version.get",
        "tag.get",
        "tag.list",
        "tag.history",
        "taskType.get",
        "taskType.list",
        "schema.get",
        "schema.list",
        "eventHandler.get",
        "eventHandler.list",
        "message.get",
        "message.list",
        "message.queues",
        "job.get",
        "job.tasks",
        "job.list",
        "task.get",
        "task.list",
        "queue.list",
        "schedule.get",
        "schedule.list",
        "schedule.search",
        "schedule.executions",
        "schedule.next",
        "schedule.status",
        "secret.list",
        "secret.get",
        "events.read",
        "events.subscribe",
        "replay.job",
        "replay.verify",
        "audit.query",
        "audit.verify",
        "system.status",
        "system.health",
        "rpc.discover",
    }
)
"""Methods that may be called again without more ado; a subscription ends with the
connection that it was asked for on."""


def new_request_id() -> str:
    return uuid.uuid4().hex


def identified(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """``params`` with a request id of their own if the method takes one and has none."""
    if method in CHANGING and "requestId" not in params:
        return {**params, "requestId": new_request_id()}
    return params


def repeatable(method: str, params: dict[str, Any]) -> bool:
    """Whether a call whose answer was lost can be made again."""
    return method in READING or (method in CHANGING and "requestId" in params)
