"""Who follows the log, and what each has asked to hear."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import anyio

from daemon.dialects.contracts.masking import NOTHING_MASKED, Masks
from daemon.operations.calls import ErrorType, Peer
from daemon.operations.documents import event_document
from daemon.operations.masking import Masking
from eventstore.store import EventStore, Lagging, Recorded


class Subscription:
    """Sends a peer every event that it wants, history first, then live."""

    def __init__(
        self,
        peer: Peer,
        id: str,
        registry: Subscriptions,
        stream: str | None,
        types: Collection[str],
    ) -> None:
        self.peer = peer
        self.id = id
        self._registry = registry
        self._stream = stream
        self._types = types
        self._scope = anyio.CancelScope()

    def end(self) -> None:
        self._scope.cancel()

    async def run(self, store: EventStore, masking: Masking, after: int) -> None:
        with self._scope:
            try:
                async for group in store.follow(after=after):
                    wanted = [one for one in group if self._wants(one)]
                    if wanted and not self._send(wanted, await masking.of(wanted)):
                        break
            except Lagging as error:
                self._cut_off(error.resume_after)
        self._registry.discard(self)

    def _send(self, wanted: Sequence[Recorded], masks: Mapping[str, Masks]) -> bool:
        for one in wanted:
            document = event_document(one, masks.get(one.stream, NOTHING_MASKED))
            told = {"subscription": self.id, "event": document}
            if not self.peer.notify("events.event", told):
                self._cut_off(one.position - 1)
                return False
        return True

    def _wants(self, one: Recorded) -> bool:
        if self._types and one.type not in self._types:
            return False
        return self._stream is None or one.stream == self._stream

    def _cut_off(self, resume_after: int) -> None:
        told = {
            "subscription": self.id,
            "reason": ErrorType.LAGGING.word,
            "resumeAfter": resume_after,
        }
        self.peer.notify("events.ended", told)


class Subscriptions:
    """The running subscriptions of every peer."""

    def __init__(self) -> None:
        self._running: dict[str, Subscription] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._running)

    def of(self, peer: Peer) -> int:
        return sum(1 for one in self._running.values() if one.peer is peer)

    def add(self, peer: Peer, stream: str | None, types: Collection[str]) -> Subscription:
        self._count += 1
        subscription = Subscription(peer, f"s{self._count}", self, stream, types)
        self._running[subscription.id] = subscription
        return subscription

    def discard(self, subscription: Subscription) -> None:
        self._running.pop(subscription.id, None)

    def end(self, peer: Peer, id: str) -> bool:
        """Whether ``peer`` had it."""
        found = self._running.get(id)
        if found is None or found.peer is not peer:
            return False
        found.end()
        return True

    def gone(self, peer: Peer) -> None:
        for subscription in list(self._running.values()):
            if subscription.peer is peer:
                subscription.end()
