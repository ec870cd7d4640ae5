"""Events as they become durable, without a gap, whatever happens to the connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from playhead.errors import PlayheadError
from playhead.inbox import Inbox

if TYPE_CHECKING:
    from playhead.client import Client
    from playhead.connection import Connection
    from playhead.documents import EventDocument


class Subscription:
    """An async iterator of events; close it, or use it as an async context manager.

    After a lost connection, or when its reader was too slow for the daemon or for its own
    buffer, it subscribes again behind the last event that was taken.
    """

    def __init__(self, client: Client, filters: dict[str, Any], after: int | None) -> None:
        self._client = client
        self._filters = filters
        self._after = after
        self._id = ""
        self._connection: Connection | None = None
        self._inbox = Inbox()
        self._closed = False

    @property
    def after(self) -> int | None:
        """Every event up to this position was taken or passed over."""
        return self._after

    async def start(self) -> None:
        """Subscribe; what becomes durable from now on will be seen."""
        params = dict(self._filters)
        if self._after is not None:
            params["after"] = self._after
        self._connection, answer = await self._client.subscribed(params)
        self._id = answer["subscription"]
        self._after = answer["after"]
        self._inbox = self._connection.inbox(self._id)

    async def close(self) -> None:
        """Safe to repeat."""
        self._closed = True
        self._inbox.end()
        await self._leave()

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __aiter__(self) -> AsyncIterator[EventDocument]:
        return self

    async def __anext__(self) -> EventDocument:
        while not self._inbox.events:
            if self._closed:
                raise StopAsyncIteration
            if self._inbox.ended:
                await self._leave()
                await self.start()
            else:
                self._inbox.changed.clear()
                await self._inbox.changed.wait()
        event: Any = self._inbox.events.popleft()
        self._after = event["position"]
        return event  # type: ignore[no-any-return]

    async def _leave(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None or connection.lost.is_set():
            return
        try:
            await self._client.unsubscribed(connection, self._id)
        except PlayheadError:
            # The daemon ended it already, or is gone: there is nothing to leave.
            return
        finally:
            connection.forget(self._id)
