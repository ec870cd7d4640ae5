"""What must be true of limits in every world (see ``tests.simulation.checks``)."""

from __future__ import annotations

from collections import defaultdict

from daemon.decider.limits import Limit, evolve_limit, fold_limit
from daemon.decider.state import JobState
from daemon.operations.house import House
from eventstore.events import SlotsCounted, SlotTaken
from eventstore.store import Recorded
from tests.decider.limits import hold
from tests.simulation.world import SECOND

STREAMS = "limit/"


async def limits_are_kept(house: House, events: list[Recorded], jobs: dict[str, JobState]) -> None:
    """The laws of limits on every event; what is in memory and in the jobs agrees with it."""
    streams: dict[str, list[Recorded]] = defaultdict(list)
    for one in events:
        if one.stream.startswith(STREAMS):
            streams[one.stream].append(one)
    held = _held_by_jobs(jobs)
    assert held.keys() <= streams.keys(), "slots of a limit that is not in the log"
    for stream, own in streams.items():
        state = _lived(own)
        assert state == fold_limit(own)
        await house.limits.load(stream)
        assert house.limits.tail(stream) == state, f"{stream}: the tail is not the fold"
        assert house.limits.durable(stream) == state, f"{stream} has decisions on their way"
        assert set(state.holders) == held[stream], f"{stream} and the jobs disagree"
        waiting = {one.job_id for one in jobs.values() if one.awaits_slot == stream}
        assert set(state.waiting) == waiting, f"{stream} and the jobs disagree on the line"
        assert state.next_in_line() is None, f"a slot of {stream} lies idle: {state.line}"
        row = await house.store.stream_row(stream)
        assert row is not None
        assert row.open is not state.is_idle, f"{stream} is open in the index: {row.open}"


def _held_by_jobs(jobs: dict[str, JobState]) -> defaultdict[str, set[str]]:
    held: defaultdict[str, set[str]] = defaultdict(set)
    for state in jobs.values():
        for number, limit in state.slots.items():
            held[limit].add(state.task_id(number))
        for limit in state.admission.held if state.admission else ():
            held[limit].add(state.job_id)
    return held


def _lived(own: list[Recorded]) -> Limit:
    state = Limit()
    for place, one in enumerate(own):
        after = evolve_limit(state, one.event, one.at)
        if isinstance(one.event, SlotsCounted):
            state = after
            continue
        following = own[place + 1 : place + 2]
        counts = tuple(two.event for two in following if isinstance(two.event, SlotsCounted))
        whole = after
        for count in counts:
            whole = evolve_limit(whole, count, one.at)
        hold(state, (one.event, *counts), whole, one.at)
        state = after
    return state


def starts_in(events: list[Recorded], seconds: int) -> int:
    """The most slots that were taken within any ``seconds``."""
    times = [one.at for one in events if isinstance(one.event, SlotTaken)]
    return max(
        (sum(at - seconds * SECOND < other <= at for other in times) for at in times), default=0
    )
