"""Queues and who polls them."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.conductor.bodies import needed
from daemon.gateway.conductor.table import route
from daemon.gateway.messages import Response, json_response, text_response


@route("GET", "/tasks/queue/sizes", "size", "Ready tasks of these types")
async def sizes(ask: Ask) -> Response:
    needed(ask, "taskType")
    found = await _ready(ask)
    return json_response({one: found.get(one, 0) for one in ask.texts("taskType")})


@route("GET", "/tasks/queue/size", "taskDepth", "Ready tasks of one type and domain")
async def size(ask: Ask) -> Response:
    task_type, domain = needed(ask, "taskType"), ask.text("domain")
    name = task_type if domain is None else f"{domain}:{task_type}"
    return json_response((await _ready(ask)).get(name, 0))


@route("GET", "/tasks/queue/all", "all", "Ready tasks of every type")
async def all_sizes(ask: Ask) -> Response:
    return json_response(dict(sorted((await _ready(ask)).items())))


@route("GET", "/tasks/queue/all/verbose", "allVerbose", "Ready and held tasks of every type")
async def all_verbose(ask: Ask) -> Response:
    queues = (await ask.call("queue.list"))["queues"]
    return json_response(
        {
            _name(one): {"a": {"size": one["ready"] + one["waitingForSlot"], "uacked": one["held"]}}
            for one in queues
        }
    )


@route("GET", "/tasks/queue/polldata", "getPollData", "Who polled last for a type")
async def poll_data(ask: Ask) -> Response:
    task_type = needed(ask, "taskType")
    await ask.call("queue.list")
    return json_response(ask.polled.rows(task_type))


@route("GET", "/tasks/queue/polldata/all", "getAllPollData", "Who polled last, for every type")
async def all_poll_data(ask: Ask) -> Response:
    await ask.call("queue.list")
    return json_response(ask.polled.rows())


@route("POST", "/tasks/queue/requeue/{taskType}", "requeue", "How many tasks are ready")
async def requeue(ask: Ask) -> Response:
    """No task falls out of its queue here, so there is none to put back."""
    return text_response(str((await _ready(ask)).get(ask.parts["taskType"], 0)))


async def _ready(ask: Ask) -> dict[str, int]:
    queues = (await ask.call("queue.list"))["queues"]
    return {_name(one): one["ready"] + one["waitingForSlot"] for one in queues}


def _name(queue: dict[str, Any]) -> str:
    domain = queue["domain"]
    return str(queue["taskType"] if domain is None else f"{domain}:{queue['taskType']}")
