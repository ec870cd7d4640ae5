"""What tells the world outside of jobs: the port behind which a webhook stands."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """CloudEvents 1.0; ``id`` and ``source`` together are the same whenever it is told."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    data: dict[str, Any]


class DeliveryFailed(Exception):
    """Nobody is known to have taken it; the message says why."""


class Sender(Protocol):
    async def send(self, url: str, event: CloudEvent) -> None:
        """Raises DeliveryFailed."""

    async def aclose(self) -> None:
        """Nothing is sent any more. May be called twice."""
