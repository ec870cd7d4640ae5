"""A few child processes that take turns at evaluating scripts."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import anyio
import orjson

from daemon.executors.scripts.errors import ScriptError, ScriptTimedOut
from daemon.executors.scripts.messages import Reply, to_check, value_of, written
from daemon.executors.scripts.port import Language
from daemon.executors.scripts.process import Child, ScriptLimits
from eventstore.events import Value


class ScriptPool:
    """Processes start when they are first needed; one that had to be killed, or that took
    much memory, is replaced. Callers are served in order of arrival, and a script's time
    begins when a process has it."""

    def __init__(self, *, processes: int = 2, limits: ScriptLimits | None = None) -> None:
        self._limits = limits or ScriptLimits()
        self._turns = anyio.CapacityLimiter(processes)
        self._idle: list[Child] = []
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self._closed = True
        while self._idle:
            await self._idle.pop().end()

    async def evaluate(
        self,
        language: Language,
        source: str,
        given: Value,
        *,
        timeout_seconds: float | None = None,
    ) -> Value:
        """``timeout_seconds`` None: that of the limits."""
        data = orjson.dumps(given)
        if len(data) > self._limits.max_value_bytes:
            raise ScriptError(
                f"the input has {len(data)} bytes, more than {self._limits.max_value_bytes}"
            )
        seconds = self._limits.timeout_seconds if timeout_seconds is None else timeout_seconds
        code, script = written(language, source)
        async with self._turns:
            reply = await self._ask(code, script, data, seconds)
        return value_of(reply, self._limits.max_depth)

    async def check(self, language: Language, source: str) -> None:
        code, script = to_check(language, source)
        async with self._turns:
            reply = await self._ask(code, script, b"null", self._limits.timeout_seconds)
        value_of(reply, self._limits.max_depth)

    async def _ask(self, code: bytes, script: bytes, data: bytes, seconds: float) -> Reply:
        one = self._idle.pop() if self._idle else await Child.start(self._limits)
        reply: Reply | None = None
        try:
            with anyio.fail_after(seconds):
                reply = await one.ask(code, script, data)
        except TimeoutError as error:
            raise ScriptTimedOut(seconds) from error
        finally:
            if reply is None or reply.is_last or self._closed:
                await one.end()
            else:
                self._idle.append(one)
        return reply
