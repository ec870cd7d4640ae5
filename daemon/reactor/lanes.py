"""Tasks under the limit of their type: in which lane they wait, and when it opens.

A task type's limit counts tasks that run, so the slot is taken when a worker takes the
task, and the order in which tasks wait is that of their queue. What is known here is a
cache: it is found again from the limit's stream and the jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from daemon.decider.limits import TakeSlot
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Pinned, Refusal
from daemon.decider.waiting import JOB_ITSELF
from daemon.dialects.plan import Allowance
from daemon.dialects.task_types import allowance_of, settings_of
from daemon.queues.handout import HandOut
from daemon.reactor.limits import STREAMS, Claims, Limits
from daemon.timers.heap import JOB, Timers

OF_TASK_TYPES = f"{STREAMS}task-type/"
WINDOW = "window"
"""The timer of a limit: a slot can be taken again, as far as time goes."""


class Lane(msgspec.Struct, frozen=True):
    """``own``: the numbers stand in the definition; else they are the task type's."""

    name: str
    limit: str
    own: Allowance | None = None


class Lanes:
    def __init__(
        self,
        limits: Limits,
        handout: HandOut,
        timers: Timers,
        now: Callable[[], int],
        run: Callable[[Callable[[], Any]], None],
    ) -> None:
        self._limits = limits
        self._handout = handout
        self._timers = timers
        self._now = now
        self._run = run
        self._allowances: dict[str, Allowance] = {}
        self._lanes: dict[str, dict[str, Lane]] = {}
        """By limit: the lanes that tasks wait in, by name."""

    @property
    def are_any(self) -> bool:
        """Whether any registered task type has a limit."""
        return bool(self._allowances)

    def settings_changed(self, name: str, settings: Mapping[str, Any] | None) -> None:
        """Of the task type ``name``; None: it is gone."""
        allowance = None if settings is None else allowance_of(settings_of(settings))
        if allowance:
            self._allowances[name] = allowance
        elif self._allowances.pop(name, None) is None:
            return
        self._look_soon(f"{OF_TASK_TYPES}{name}")

    def lane_of(
        self, state: JobState, task: TaskState, pinned: Callable[[], Pinned]
    ) -> Lane | None:
        """None: no limit concerns the task. ``pinned`` may raise Cold."""
        own = task.made.own_limit
        if own:
            limit = f"{OF_TASK_TYPES}{task.name}"
            return Lane(f"{limit} {own}", limit, Allowance(*own))
        if not self._allowances:
            return None
        name = pinned().plan.rules(state, task).settings_name
        if name not in self._allowances:
            return None
        limit = f"{OF_TASK_TYPES}{name}"
        return Lane(limit, limit)

    def wait_in(self, lane: Lane) -> None:
        """A task was put into the lane."""
        lanes = self._lanes.setdefault(lane.limit, {})
        if lane.name not in lanes:
            lanes[lane.name] = lane
            self._handout.close(lane.name)
            self._look_soon(lane.limit)

    def claim(self, lane: Lane, holder: str) -> Claims | None:
        """A slot for a task that is being handed out; None when there is none. Raises Cold."""
        claims = self._limits.claims(self._now())
        command = TakeSlot(holder=holder, allowance=self._allowance(lane))
        taken = claims.take(lane.limit, command)
        if not isinstance(taken, Refusal):
            return claims
        self._lanes.setdefault(lane.limit, {})[lane.name] = lane
        self._look_at(lane.limit)
        return None

    def places(self, state: JobState) -> dict[int, tuple[str, int]]:
        """Of the job's tasks that wait for a slot, and of the job itself if it does: of
        which limit, and in which place."""
        if state.awaits_slot is not None:
            limit = self._limits.durable(state.awaits_slot)
            place = None if limit is None else limit.place(state.job_id)
            return {} if place is None else {JOB_ITSELF: (state.awaits_slot, place)}
        if not self._lanes:
            return {}
        of_lanes = {name: limit for limit, lanes in self._lanes.items() for name in lanes}
        found = self._handout.places((state.job_id, number) for number in state.open)
        return {key[1]: (of_lanes[lane], place) for key, (lane, place) in found.items()}

    def moved(self, limits: Iterable[str]) -> None:
        for limit in limits:
            if limit in self._lanes:
                self._look_at(limit)

    def lost(self, limits: Iterable[str]) -> None:
        """Until they are looked at again nobody of them is handed out."""
        for limit in limits:
            for name in self._lanes.get(limit, ()):
                self._handout.close(name)

    def look_again(self, limit: str) -> None:
        """Its window may have room again, or it was read again."""
        self._look_soon(limit)

    def _look_soon(self, limit: str) -> None:
        def look() -> None:
            if limit in self._lanes:
                self._look_at(limit)
                self._handout.match_soon()

        self._run(look)

    def _look_at(self, limit: str) -> None:
        """Open the lanes that there is a slot for, close the others. Raises Cold."""
        state, now = self._limits.tail(limit), self._now()
        self._timers.disarm(limit, JOB)
        opens: list[int] = []
        for lane in tuple(self._lanes[limit].values()):
            allowance = self._allowance(lane)
            if state.has_room(allowance, now):
                if not self._handout.open(lane.name):
                    del self._lanes[limit][lane.name]
                continue
            self._handout.close(lane.name)
            if state.has_slot(allowance.most):
                opens.append(state.opens_at(allowance))
        if opens:
            self._timers.arm(limit, JOB, WINDOW, min(opens))
        if not self._lanes[limit]:
            del self._lanes[limit]

    def _allowance(self, lane: Lane) -> Allowance:
        if lane.own is not None:
            return lane.own
        return self._allowances.get(lane.limit.removeprefix(OF_TASK_TYPES), Allowance())
