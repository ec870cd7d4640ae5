"""Requests under way, without a task or a future for each.

A handler is a coroutine that awaits nothing but calls of the operations service (or a
pause). The service answers from the event loop when the answer is durable, and the handler
goes on right there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from daemon.operations.calls import Failure, Result

T = TypeVar("T")


class CallFailed(Exception):
    """The operation answered with an error."""

    def __init__(self, method: str, failure: Failure) -> None:
        super().__init__(failure.message)
        self.method = method
        self.failure = failure

    @property
    def type(self) -> str:
        """As ``notFound``; see ``daemon.operations.calls.ErrorType``."""
        return str(self.failure.data["type"])


class Pending:
    """A call that was made: itself the ``Reply``, and awaited for the result.
    ``await`` raises CallFailed. A handler that is ``idle`` here loses nothing when its
    client goes away."""

    __slots__ = ("_outcome", "_then", "idle", "method")

    def __init__(self, method: str, *, idle: bool = False) -> None:
        self.method = method
        self.idle = idle
        self._outcome: Result | Failure | None = None
        self._then: Callable[[], None] | None = None

    def __call__(self, outcome: Result | Failure) -> None:
        self._outcome = outcome
        if self._then is not None:
            self._then()

    @property
    def failed(self) -> bool:
        return isinstance(self._outcome, Failure)

    def then(self, go_on: Callable[[], None]) -> None:
        self._then = go_on

    def __await__(self) -> Generator[Pending, None, Result]:
        if self._outcome is None:
            yield self
        outcome = self._outcome
        assert outcome is not None, "a handler goes on when its call is answered"
        if isinstance(outcome, Failure):
            raise CallFailed(self.method, outcome)
        return outcome


def pause(seconds: float) -> Pending:
    """Go on after ``seconds``."""
    pending = Pending("pause", idle=True)
    asyncio.get_running_loop().call_later(seconds, pending, {})
    return pending


class Running(Generic[T]):
    """One handler on its way to its response. ``ended`` is called once, with the response;
    never after ``abandon``. What the handler raises is raised where it went on."""

    __slots__ = ("_coroutine", "_ended", "_waits_for")

    def __init__(self, coroutine: Coroutine[Pending, None, T], ended: Callable[[T], None]) -> None:
        self._coroutine: Coroutine[Pending, None, T] | None = coroutine
        self._ended: Callable[[Any], None] = ended
        self._waits_for: Pending | None = None

    def start(self) -> None:
        self._go_on()

    @property
    def idle(self) -> bool:
        return self._waits_for is not None and self._waits_for.idle

    def abandon(self) -> None:
        """Nobody wants the response any more. Safe to repeat."""
        coroutine, self._coroutine = self._coroutine, None
        if coroutine is not None:
            coroutine.close()

    def _go_on(self) -> None:
        coroutine = self._coroutine
        if coroutine is None:
            return
        self._waits_for = None
        try:
            pending = coroutine.send(None)
        except StopIteration as end:
            self._coroutine = None
            self._ended(end.value)
        else:
            self._waits_for = pending
            pending.then(self._go_on)
