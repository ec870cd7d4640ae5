"""Events of a limit: who holds its slots, who waits for one, in which order.
Stream ``limit/<kind>/<name>``.

A *holder* is a task (``<jobId>.<number>``) or a job (its id). None of these events begins a
batch: each stands behind the event of the job that it belongs to (``TaskStarted`` and
``SlotTaken``, ``JobCompleted`` and ``SlotFreed``), all or nothing.
"""

from __future__ import annotations

from eventstore.events.event import Event, recorded


@recorded
class SlotTaken(Event, frozen=True, kw_only=True):
    """The numbers are those it was judged by; 0 is off. It waits no more, if it did."""

    holder: str
    most: int = 0
    """Holders at a time."""
    starts: int = 0
    """Slots taken within any ``seconds``."""
    seconds: int = 0
    rank: int = 0
    """Lower comes first: the priority, negated."""


@recorded
class SlotAwaited(Event, frozen=True, kw_only=True):
    """There was no slot: it waits, behind those of its rank that came before."""

    holder: str
    most: int
    rank: int = 0


@recorded
class SlotFreed(Event, frozen=True, kw_only=True):
    holder: str


@recorded
class SlotGivenUp(Event, frozen=True, kw_only=True):
    """It ended before it got the slot that it waited for."""

    holder: str


@recorded
class SlotsCounted(Event, frozen=True, kw_only=True):
    """All that the events before it come to, so that a reader may begin here. The fields of
    those that wait stand side by side, in their order."""

    holders: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()
    turns: tuple[int, ...] = ()
    """The sequence of the ``SlotAwaited`` of each."""
    mosts: tuple[int, ...] = ()
    window: tuple[int, ...] = ()
    """When the newest slots were taken, as far as a limit over time looks back."""
    kept: int = 0
    """How many of them are kept at most."""
