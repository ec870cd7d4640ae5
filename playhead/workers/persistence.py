"""Trying again for as long as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from playhead.backoff import Backoff
from playhead.errors import Busy, PlayheadError, RpcError, Stopping, UnknownOutcome

T = TypeVar("T")
PASSING = (Busy, Stopping, UnknownOutcome)
"""Error answers that another try may not get."""


async def persistently(act: Callable[[], Awaitable[T]]) -> T:
    """What ``act`` gives once the daemon is there and takes it. Raises other RpcErrors."""
    for delay in Backoff().delays():
        try:
            return await act()
        except PlayheadError as error:
            if isinstance(error, RpcError) and not isinstance(error, PASSING):
                raise
        await asyncio.sleep(delay)
    raise AssertionError("delays never end")
