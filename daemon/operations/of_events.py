"""``events.*``: reading the log and following it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from daemon.dialects.contracts.masking import NOTHING_MASKED
from daemon.operations import parameters as p
from daemon.operations.answering import Answer, Call
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.documents import event_document
from daemon.operations.house import House
from daemon.operations.refusals import invalid
from eventstore.events import event_class
from eventstore.store import Recorded


async def read(house: House, call: Call, asked: p.EventsRead) -> Result:
    """``next``: the ``after`` to go on with; the same as given at the end of the log."""
    limit = house.bounds.default_limit if asked.limit is None else asked.limit
    if limit > house.bounds.max_limit:
        raise invalid("/limit", f"{limit} is not between 1 and {house.bounds.max_limit}")
    if asked.stream is not None and asked.job is not None:
        raise invalid("/job", "say stream or job, not both")
    types = known_types(asked.types)
    stream = asked.stream if asked.job is None else f"job/{asked.job}"
    pages = _log(house, asked.after) if stream is None else _stream(house, stream, asked.after)
    found: list[Recorded] = []
    reached = asked.after
    async for page in pages:
        for one in page:
            reached = one.position
            if not types or one.type in types:
                found.append(one)
            if len(found) == limit:
                return await _read(house, found, reached)
    return await _read(house, found, reached)


async def _read(house: House, found: list[Recorded], reached: int) -> Result:
    masks = await house.masking.of(found)
    events = [event_document(one, masks.get(one.stream, NOTHING_MASKED)) for one in found]
    return {"events": events, "next": reached}


async def _log(house: House, after: int) -> AsyncIterator[list[Recorded]]:
    """Pages from ``after`` on, as far as one call may look."""
    left, size = house.bounds.scan_events, house.bounds.max_limit
    while left > 0 and (page := await house.store.read_all(after=after, limit=size)):
        yield page
        after = page[-1].position
        left -= len(page)


async def _stream(house: House, stream: str, after: int) -> AsyncIterator[list[Recorded]]:
    """One stream's events behind the position ``after``."""
    sequence, size = 0, house.bounds.max_limit
    while page := await house.store.read(stream, after=sequence, limit=size):
        yield [one for one in page if one.position > after]
        sequence = page[-1].sequence


def known_types(types: list[str] | None) -> frozenset[str]:
    unknown = [name for name in types or () if event_class(name) is None]
    if unknown:
        raise invalid("/types", f"no event is called {unknown[0]!r}; see docs/events.md")
    return frozenset(types or ())


def subscribe(house: House, call: Call, asked: p.EventsSubscribe) -> Answer:
    head = house.store.head.position
    after = head if asked.after is None else asked.after
    if after > head:
        raise OperationError(
            ErrorType.BEYOND_HEAD, f"/after: {after} is beyond the log's head, {head}", head=head
        )
    if house.subscriptions.of(call.peer) >= house.bounds.max_subscriptions:
        raise OperationError(
            ErrorType.REFUSED,
            f"this connection has {house.bounds.max_subscriptions} subscriptions already "
            "(rpc.max_subscriptions)",
        )
    subscription = house.subscriptions.add(call.peer, asked.stream, known_types(asked.types))
    house.tasks.start_soon(subscription.run, house.store, house.masking, after)
    return {"subscription": subscription.id, "after": after}


def unsubscribe(house: House, call: Call, asked: p.EventsUnsubscribe) -> Answer:
    ended = house.subscriptions.end(call.peer, asked.subscription)
    if not ended:
        raise OperationError(
            ErrorType.NOT_FOUND, f"this connection has no subscription {asked.subscription!r}"
        )
    return {"subscription": asked.subscription}
