"""The same for many workflows at once (conductor.md §6.2)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from daemon.gateway.asking import Ask, HttpError, Unreadable, bad_request
from daemon.gateway.conductor.reading import whole_workflow
from daemon.gateway.conductor.removing import check_removable
from daemon.gateway.conductor.table import route
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
            self._errors[name] = failed.failure.message
        except HttpError as error:
            self._errors[name] = error.message
        else:
            self._done.append(result if shows else name)

    def response(self) -> Response:
        return json_response(
            {
                "bulkErrorResults": self._errors,
                "bulkSuccessfulResults": self._done,
                "message": "Bulk Request has been processed.",
            }
        )


@route("PUT", f"{PATH}/pause", "pauseWorkflows", "Pause workflows")
async def pause(ask: Ask) -> Response:
    return await _each(ask, "job.pause")


@route("PUT", f"{PATH}/resume", "resumeWorkflows", "Go on with paused workflows")
async def resume(ask: Ask) -> Response:
    return await _each(ask, "job.resume")


@route("POST", f"{PATH}/restart", "restartWorkflows", "Run ended workflows anew")
async def restart(ask: Ask) -> Response:
    return await _each(ask, "job.restart", useLatest=ask.flag("useLatestDefinitions", False))


@route("POST", f"{PATH}/retry", "retryWorkflows", "Go on with failed workflows")
async def retry(ask: Ask) -> Response:
    return await _each(ask, "job.retry")


@route("POST", f"{PATH}/terminate", "terminateWorkflows", "End workflows")
async def terminate(ask: Ask) -> Response:
    return await _each(ask, "job.terminate", reason=ask.text("reason"))


@route("DELETE", f"{PATH}/remove", "deleteWorkflows", "Take ended workflows out of sight")
async def remove(ask: Ask) -> Response:
    bulk = Bulk()
    for job_id in _ids(ask):
        await bulk.did(job_id, check_removable(ask, job_id))
    return bulk.response()


@route("DELETE", f"{PATH}/terminate-remove", "terminateRemove", "End workflows and remove them")
async def terminate_remove(ask: Ask) -> Response:
    return await _each(ask, "job.terminate", reason=ask.text("reason"))


@route("POST", f"{PATH}/search", "searchWorkflows", "Workflows by their ids")
async def search(ask: Ask) -> Response:
    bulk = Bulk()
    with_tasks = ask.flag("includeTasks", True)
    for job_id in _ids(ask):
        found = whole_workflow(ask, job_id, include_tasks=with_tasks)
        await bulk.did(job_id, found, shows=True)
    return bulk.response()


async def _each(ask: Ask, method: str, **params: Any) -> Response:
    bulk = Bulk()
    for job_id in _ids(ask):
        await bulk.did(job_id, ask.call(method, jobId=job_id, **params))
    return bulk.response()


def _ids(ask: Ask) -> list[str]:
    given = ask.json()
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise Unreadable("the body is a JSON array of workflow ids")
    if not given:
        raise bad_request("WorkflowIds list cannot be null.")
    if len(given) > MOST:
        raise bad_request(
            f"Cannot process more than {MOST} workflows. Please use multiple requests."
        )
    return given
