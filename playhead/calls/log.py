"""Typed calls about the log and the daemon itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from playhead.calls.caller import Caller, given


class LogCalls(Caller):
    """What happened, and how the daemon is."""

    async def read_events(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        stream: str | None = None,
        job: str | None = None,
        types: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        params = given(
            after=after,
            limit=limit,
            stream=stream,
            job=job,
            types=None if types is None else list(types),
        )
        return cast(dict[str, Any], await self.call("events.read", params))

    async def status(self) -> dict[str, Any]:
        return cast(dict[str, Any], await self.call("system.status"))
