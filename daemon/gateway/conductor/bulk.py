"""The same for many workflows at once (conductor.md §6.2)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import orjson

from daemon.gateway.asking import Answered, Ask, HttpError, Unreadable
from daemon.gateway.conductor.errors import is_missing
from daemon.gateway.conductor.reading import whole_workflow
from daemon.gateway.conductor.refusing import steer
from daemon.gateway.conductor.removing import check_removable
from daemon.gateway.conductor.steering import end
from daemon.gateway.conductor.table import route
from daemon.gateway.conductor.violations import Violation, invalid_with
from daemon.gateway.messages import Response, json_response
from daemon.gateway.running import CallFailed

MOST = 1_000
PATH = "/workflow/bulk"


class Bulk:
    """What became of each."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}
        self._done: list[Any] = []

    async def did(self, name: str, act: Awaitable[Any], *, shows: bool = False) -> None:
        """``shows``: what the act answers is the result, not its name."""
        try:
            result = await act
        except CallFailed as failed:
            missing = f"No such workflow found by id: {name}"
            self._errors[name] = missing if is_missing(failed) else failed.failure.message
        except HttpError as error:
            self._errors[name] = error.message
        except Answered as answered:
            self._errors[name] = str(orjson.loads(answered.response.body)["message"])
        else:
            self._done.append(result if shows else name)

    def response(self) -> Response:
        return json_response(
            {"bulkErrorResults": self._errors, "bulkSuccessfulResults": self._done}
        )


@route("PUT", f"{PATH}/pause", "pauseWorkflows", "Pause workflows")
async def pause(ask: Ask) -> Response:
    return await _each(ask, "pauseWorkflow", "job.pause")


@route("PUT", f"{PATH}/resume", "resumeWorkflows", "Go on with paused workflows")
async def resume(ask: Ask) -> Response:
    return await _each(ask, "resumeWorkflow", "job.resume")


@route("POST", f"{PATH}/restart", "restartWorkflows", "Run ended workflows anew")
async def restart(ask: Ask) -> Response:
    return await _each(
        ask, "restart", "job.restart", useLatest=ask.flag("useLatestDefinitions", False)
    )


@route("POST", f"{PATH}/retry", "retryWorkflows", "Go on with failed workflows")
async def retry(ask: Ask) -> Response:
    return await _each(ask, "retry", "job.retry")


@route("POST", f"{PATH}/terminate", "terminateWorkflows", "End workflows")
async def terminate(ask: Ask) -> Response:
    bulk = Bulk()
    for job_id in _ids(ask, "terminate"):
        await bulk.did(job_id, end(ask, job_id))
    return bulk.response()


@route("DELETE", f"{PATH}/remove", "deleteWorkflows", "Take ended workflows out of sight")
async def remove(ask: Ask) -> Response:
    bulk = Bulk()
    for job_id in _ids(ask, "deleteWorkflow"):
        await bulk.did(job_id, check_removable(ask, job_id))
    return bulk.response()


@route("DELETE", f"{PATH}/terminate-remove", "terminateRemove", "End workflows and remove them")
async def terminate_remove(ask: Ask) -> Response:
    """Each is ended and then removed: one that ended well is named twice, as by Conductor."""
    bulk = Bulk()
    for job_id in _ids(ask, "terminateRemove"):
        await bulk.did(job_id, end(ask, job_id))
        await bulk.did(job_id, check_removable(ask, job_id))
    return bulk.response()


@route("POST", f"{PATH}/search", "searchWorkflows", "Workflows by their ids")
async def search(ask: Ask) -> Response:
    bulk = Bulk()
    with_tasks = ask.flag("includeTasks", True)
    for job_id in _ids(ask, "searchWorkflow"):
        found = whole_workflow(ask, job_id, include_tasks=with_tasks)
        await bulk.did(job_id, found, shows=True)
    return bulk.response()


async def _each(ask: Ask, name: str, method: str, **params: Any) -> Response:
    bulk = Bulk()
    for job_id in _ids(ask, name):
        await bulk.did(job_id, steer(ask, job_id, method, **params))
    return bulk.response()


def _ids(ask: Ask, name: str) -> list[str]:
    """``name``: what Conductor calls the method."""
    place = f"{name}.arg0"
    given = ask.json()
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise Unreadable("the body is a JSON array of workflow ids")
    if not given:
        raise invalid_with([Violation(place, "WorkflowIds list cannot be null.")])
    if len(given) > MOST:
        text = f"Cannot process more than {MOST} workflows. Please use multiple requests."
        raise invalid_with([Violation(place, text)])
    return given
