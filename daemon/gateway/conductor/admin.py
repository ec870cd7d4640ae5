"""What administrators ask (conductor.md §6.6), and where payloads would be stored."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.conductor.bodies import needed
from daemon.gateway.conductor.documents import OPEN_TASK
from daemon.gateway.conductor.reading import MOST, shown_tasks
from daemon.gateway.conductor.table import OK, route
from daemon.gateway.messages import Response, json_response, text_response

Json = dict[str, Any]

PENDING = 100


@route("GET", "/admin/config", "getAllConfig", "Version and place of the daemon")
async def config(ask: Ask) -> Response:
    status = await ask.call("system.status")
    shown = ("version", "startedAt", "dataDir", "socket", "python", "sqlite")
    return json_response({name: status[name] for name in shown if name in status})


@route("GET", "/admin/task/{taskType}", "view", "Tasks of a type that have not ended")
async def pending(ask: Ask) -> Response:
    start, count = ask.whole("start", 0), ask.whole("count", PENDING, most=MOST)
    where: list[Json] = [
        {"field": "taskType", "values": [ask.parts["taskType"]]},
        {"field": "status", "test": "in", "values": list(OPEN_TASK)},
    ]
    found = await ask.call("task.search", where=where, start=start, size=count)
    shown = []
    for one in found["results"]:
        job = await ask.inside("job.get", jobId=one["jobId"], includeTasks=False)
        task = await ask.inside("task.get", taskId=one["taskId"])
        shown += await shown_tasks(ask, job, [task])
    return json_response(shown)


@route("POST", "/admin/sweep/requeue/{workflowId}", "requeueSweep", "Nothing falls out of a queue")
async def requeue_sweep(ask: Ask) -> Response:
    await ask.call("job.get", jobId=ask.parts["workflowId"], includeTasks=False)
    return text_response(f"true.{ask.parts['workflowId']}")


@route(
    "POST",
    "/admin/consistency/verifyAndRepair/{workflowId}",
    "verifyAndRepair",
    "Whether something was repaired: never, it is folded from the log",
)
async def verify_and_repair(ask: Ask) -> Response:
    await ask.call("job.get", jobId=ask.parts["workflowId"], includeTasks=False)
    return text_response("false")


@route("GET", "/environment", "getEnvironment", "Values that definitions may use")
async def environment(ask: Ask) -> Response:
    values = (await ask.call("environment.list"))["values"]
    return json_response([{"name": name, "value": values[name]} for name in sorted(values)])


@route("GET", "/environment/{key}", "getEnvironmentValue", "One such value")
async def environment_value(ask: Ask) -> Response:
    """Empty for a name that nobody set."""
    value = (await ask.call("environment.list"))["values"].get(ask.parts["key"])
    return OK if value is None else text_response(value)


@route("GET", "/admin/queues", "getEventQueues", "The queues that active event handlers listen to")
async def event_queues(ask: Ask) -> Response:
    """By event the queue behind its type; when ``verbose``, with how many of its messages are
    still being worked on."""
    found = await ask.call("eventHandler.list", activeOnly=True)
    events = sorted({str(one["event"]) for one in found["eventHandlers"]})
    if not ask.flag("verbose", False):
        return json_response({event: _queue_of(event) for event in events})
    return json_response({one: {_queue_of(one): await _open_messages(ask, one)} for one in events})


def _queue_of(event: str) -> str:
    return event.partition(":")[2] or event


async def _open_messages(ask: Ask, event: str) -> int:
    count, cursor = 0, None
    while True:
        asked: Json = {"event": event, "openOnly": True, "limit": MOST, "cursor": cursor}
        page = await ask.inside("message.list", **asked)
        count += len(page["messages"])
        cursor = page["cursor"]
        if cursor is None:
            return count


async def _location(ask: Ask) -> Response:
    """As of a server without such a storage: a path, and no address to send anything to."""
    needed(ask, "operation")
    needed(ask, "payloadType")
    return json_response({"path": needed(ask, "path")})


for _noun in ("workflow", "tasks"):
    for _word in ("externalstoragelocation", "external-storage-location"):
        route(
            "GET",
            f"/{_noun}/{_word}",
            f"{_noun}_{_word}".replace("-", "_"),
            "Where a large payload would be stored: nowhere else than in the log",
        )(_location)
