"""Every version of every workflow, page by page."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.conductor.errors import is_missing
from daemon.gateway.conductor.reading import MOST
from daemon.gateway.running import CallFailed

Json = dict[str, Any]


async def current_versions(ask: Ask) -> list[Json]:
    """What each number of every workflow means now."""
    return [one for one in await every_version(ask) if one["current"]]


async def current_of(ask: Ask, name: str) -> list[Json]:
    """What each number of one workflow means now; nothing for one that there is not."""
    return [one for one in await _versions(ask, name) if one["current"]]


async def every_version(ask: Ask) -> list[Json]:
    """Those too that a newer one of their number replaced; by name, then by number."""
    found: list[Json] = []
    for workflow in await _workflows(ask):
        found += await _versions(ask, workflow["name"])
    return found


async def _workflows(ask: Ask) -> list[Json]:
    return await _pages(ask, "workflow.list", "workflows")


async def _versions(ask: Ask, name: str) -> list[Json]:
    try:
        found = await _pages(ask, "version.list", "versions", workflow=name)
    except CallFailed as failed:
        if is_missing(failed):
            return []
        raise
    named = ({**one, "workflow": name} for one in found)
    return sorted(named, key=lambda one: int(one["versionNumber"]))


async def _pages(ask: Ask, method: str, what: str, **params: Any) -> list[Json]:
    page = await ask.call(method, limit=MOST, **params)
    found: list[Json] = page[what]
    while page["cursor"] is not None:
        page = await ask.call(method, limit=MOST, cursor=page["cursor"], **params)
        found += page[what]
    return found
