"""Bounds on waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from playhead.errors import CallTimedOut

T = TypeVar("T")


async def within(seconds: float | None, what: str, awaitable: Awaitable[T]) -> T:
    """What ``awaitable`` gives; raises CallTimedOut for ``what`` after ``seconds``."""
    scope = asyncio.timeout(seconds)
    try:
        async with scope:
            return await awaitable
    except TimeoutError as error:
        if seconds is None or not scope.expired():
            raise
        raise CallTimedOut(what, seconds) from error
