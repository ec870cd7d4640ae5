"""The slots that a job takes of its limits, in the batch in which it begins or goes on."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from daemon.decider.commands import (
    Admit,
    Command,
    NoteChildReopened,
    Rerun,
    Restart,
    Retry,
    Submit,
)
from daemon.decider.limits import TakeSlot
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.dialects.plan import Allowance
from daemon.reactor.limits import Claims
from eventstore.events import UnderLimit

Again = TypeVar("Again", bound=Retry | Restart | Rerun)


def with_slots(state: JobState, command: Command, claims: Claims) -> Command | Refusal:
    """``command`` with what it gets of the limits that the job is under. Raises Cold."""
    match command:
        case Admit():
            return _admitted(state, command, claims)
        case Retry() | Restart() | Rerun() if state.has_ended:
            return _again(state, command, claims)
        case NoteChildReopened() if state.has_ended:
            return replace(command, slots=_as_many_as_there_are(state, claims))
    return command


def submitted(command: Submit, claims: Claims) -> Submit | Refusal:
    """Raises Cold."""
    awaits = _take(command.job_id, -command.priority, command.limits, claims)
    return awaits if isinstance(awaits, Refusal) else replace(command, awaits=awaits)


def end(state: JobState, claims: Claims) -> None:
    """The job holds and waits for nothing any more. Raises Cold."""
    for limit in state.frame.limits:
        claims.free(limit.limit, state.job_id)


def _admitted(state: JobState, command: Admit, claims: Claims) -> Admit | Refusal:
    names = [one.limit for one in state.frame.limits]
    if state.awaits_slot != command.limit:
        return command
    place = names.index(command.limit)
    own = state.frame.limits[place]
    taken = claims.take(own.limit, _wish(state.job_id, -state.frame.priority, own, waits=False))
    if isinstance(taken, Refusal):
        return taken
    rest = state.frame.limits[place + 1 :]
    awaits = _take(state.job_id, -state.frame.priority, rest, claims, waits=True)
    return awaits if isinstance(awaits, Refusal) else replace(command, awaits=awaits)


def _again(state: JobState, command: Again, claims: Claims) -> Again | Refusal:
    awaits = _take(state.job_id, -state.frame.priority, state.frame.limits, claims)
    return awaits if isinstance(awaits, Refusal) else replace(command, awaits=awaits)


def _take(
    job_id: str,
    rank: int,
    limits: tuple[UnderLimit, ...],
    claims: Claims,
    *,
    waits: bool = False,
) -> str | Refusal | None:
    """The limit that the job has to wait for; ``waits``: also where it would be refused."""
    for limit in limits:
        taken = claims.take(
            limit.limit, _wish(job_id, rank, limit, waits=waits or not limit.rejects)
        )
        if isinstance(taken, Refusal):
            return _full(limit) if taken.kind is RefusalKind.NO_SLOT else taken
        if not taken:
            return limit.limit
    return None


def _wish(job_id: str, rank: int, limit: UnderLimit, *, waits: bool) -> TakeSlot:
    return TakeSlot(holder=job_id, allowance=Allowance(limit.most), rank=rank, waits=waits)


def _as_many_as_there_are(state: JobState, claims: Claims) -> tuple[str, ...]:
    """A job that goes on because of its child waits for that only: it is not held up."""
    rank = -state.frame.priority
    return tuple(
        one.limit
        for one in state.frame.limits
        if claims.take(one.limit, _wish(state.job_id, rank, one, waits=False)) is True
    )


def _full(limit: UnderLimit) -> Refusal:
    return Refusal(
        kind=RefusalKind.NO_SLOT,
        message=f"{limit.limit} allows {limit.most} jobs at a time, and so many run; "
        "try again when one of them has ended",
    )
