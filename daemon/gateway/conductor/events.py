"""Event handlers, and the queues for results (conductor.md §6.5, §6.6)."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask, Unreadable, bad_request
from daemon.gateway.conductor.bodies import body_in
from daemon.gateway.conductor.errors import not_found
from daemon.gateway.conductor.table import OK, route
from daemon.gateway.conductor.violations import checked_at
from daemon.gateway.messages import Response, json_response
from daemon.gateway.running import CallFailed
from eventstore.events import TaskStatus

Json = dict[str, Any]

STATUSES = ("COMPLETED", "FAILED")
ADDED = "addEventHandler.arg0"


@route("POST", "/event", "addEventHandler", "Define an event handler")
async def add(ask: Ask) -> Response:
    """Conductor's JavaScript client sends an array even of one, as the cloud takes it."""
    if not ask.request.body.lstrip().startswith(b"["):
        await _add(ask, body_in(ask), ADDED)
        return OK
    for place, handler in enumerate(ask.json()):
        await _add(ask, handler, f"{ADDED}[{place}]")
    return OK


async def _add(ask: Ask, handler: Json, place: str) -> None:
    put = ask.call("eventHandler.put", definition=handler, onlyIf="new", keepUnsupported=True)
    await checked_at(place, handler, put)


@route("PUT", "/event", "updateEventHandler", "Define an event handler anew")
async def update(ask: Ask) -> Response:
    handler = body_in(ask)
    put = ask.call("eventHandler.put", definition=handler, onlyIf="known", keepUnsupported=True)
    await checked_at("updateEventHandler.arg0", handler, put)
    return OK


@route("DELETE", "/event/{name}", "removeEventHandler", "Delete an event handler")
async def remove(ask: Ask) -> Response:
    try:
        await ask.call("eventHandler.delete", name=ask.parts["name"])
    except CallFailed as failed:
        if failed.type == "notFound":
            raise not_found(failed.failure.message) from failed
        raise
    return OK


@route("GET", "/event", "getEventHandlers", "Every event handler")
async def get_all(ask: Ask) -> Response:
    return json_response(_shown(await ask.call("eventHandler.list")))


@route("GET", "/event/{event}", "getEventHandlersForEvent", "The event handlers of an event")
async def get_of_event(ask: Ask) -> Response:
    event, active = ask.parts["event"], ask.flag("activeOnly", True)
    return json_response(
        _shown(await ask.call("eventHandler.list", event=event, activeOnly=active))
    )


def _shown(page: Json) -> list[Json]:
    return [
        {
            **{key: value for key, value in one["definition"].items() if value is not None},
            "name": one["name"],
            "event": one["event"],
            "active": one["active"],
        }
        for one in page["eventHandlers"]
    ]


@route("GET", "/queue", "names", "The queues for results")
async def queue_names(ask: Ask) -> Response:
    found = (await ask.call("message.queues"))["queues"]
    return json_response({one["status"]: one["event"] for one in found})


@route("GET", "/queue/size", "sizeOfQueues", "Messages in the queues for results")
async def queue_sizes(ask: Ask) -> Response:
    found = (await ask.call("message.queues"))["queues"]
    return json_response({one["status"]: one["open"] for one in found})


@route(
    "POST",
    "/queue/update/{workflowId}/{taskRefName}/{status}",
    "updateByTaskRefName",
    "Complete or fail a task by a message",
)
async def update_by_ref(ask: Ask) -> Response:
    return await _report(ask, ref=ask.parts["taskRefName"])


@route(
    "POST",
    "/queue/update/{workflowId}/task/{taskId}/{status}",
    "updateByTaskId",
    "Complete or fail a task, named by its id, by a message",
)
async def update_by_id(ask: Ask) -> Response:
    return await _report(ask, taskId=ask.parts["taskId"])


async def _report(ask: Ask, **task: Any) -> Response:
    status = ask.parts["status"]
    if status not in TaskStatus.__members__:
        raise Unreadable(f"status: {status!r} is none of {', '.join(TaskStatus)}")
    if status not in STATUSES:
        raise bad_request(f"There is no queue for handling {status} status")
    job_id = ask.parts["workflowId"]
    await ask.call("message.report", jobId=job_id, status=status, output=body_in(ask), **task)
    return OK
