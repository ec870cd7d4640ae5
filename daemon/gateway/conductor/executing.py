"""Starting a workflow and waiting for what comes of it."""

from __future__ import annotations

import msgspec

from daemon.gateway.asking import Ask, Unreadable
from daemon.gateway.conductor.settling import Settling, strategy_in
from daemon.gateway.conductor.starting import start_in, start_job
from daemon.gateway.conductor.table import route
from daemon.gateway.messages import Response

EXECUTE_SECONDS = 10
"""How long it waits unless it is told otherwise; 0 means this too."""

DYNAMIC = {"_systemMetadata": {"dynamic": True}}
"""In the input of a workflow whose definition came with it."""


@route(
    "POST",
    "/workflow/execute/{name}/{version}",
    "executeWorkflow",
    "Start a workflow, and see it when it ended or waits for somebody",
)
async def execute(ask: Ask) -> Response:
    """Version 0 is the newest. Requests are not told apart by ``requestId``: clients send
    ``None`` as one."""
    strategy, seconds = strategy_in(ask), ask.whole("waitForSeconds", EXECUTE_SECONDS)
    asked = msgspec.structs.replace(
        start_in(ask), name=ask.parts["name"], version=_number(ask.parts["version"]) or None
    )
    if asked.workflow_def is not None:
        asked = msgspec.structs.replace(asked, input={**(asked.input or {}), **DYNAMIC})
    refs = (ask.text("waitUntilTaskRef") or "").split(",")
    settling = Settling(
        job_id=await start_job(ask, asked),
        strategy=strategy,
        seconds=seconds or EXECUTE_SECONDS,
        refs=tuple(ref.strip() for ref in refs if ref.strip()),
        request_id=ask.text("requestId"),
    )
    return await settling.response(ask)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Unreadable(f"version: {text!r} is not a whole number") from None
