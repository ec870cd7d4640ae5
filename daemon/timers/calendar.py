"""When a cron expression comes due in a time zone.

A wall-clock time that a zone leaves out (clocks go forward) comes due later by as much as was
left out; one that comes twice (clocks go back) comes due the first time only, unless the
expression says nothing about the hour. Two times that come due at one moment are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from daemon.timers.cron import Cron

SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times have no zone
_DAY = 24 * 3600
_LOOK_BACK = 26 * 3600
"""More seconds than any zone ever jumped."""
_STRIDE = 20 * _DAY
"""Fewer seconds than lie between two changes of any zone's clocks."""
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")


class UnknownZone(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no time zone; take a name such as Europe/Berlin, or +02:00")


@cache
def zone_of(name: str) -> tzinfo:
    """Raises UnknownZone."""
    found = _OFFSET.fullmatch(name)
    if found is not None:
        span = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if span < timedelta(hours=24):
            return timezone(span if found[1] == "+" else -span)
        raise UnknownZone(name)
    if name in ("Z", "UTC", "GMT", "UT"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise UnknownZone(name) from error


class Calendar:
    """One expression in one zone. Times are UTC microseconds."""

    def __init__(self, cron: str, zone: str) -> None:
        self._cron = Cron(cron)
        self._zone = zone_of(zone)

    def after(self, moment: int) -> int | None:
        """The first time after ``moment``; None: there is none."""
        found = self._from(moment // SECOND + 1)
        return None if found is None else found * SECOND

    def _from(self, first: int) -> int | None:
        """The first second at or after ``first``."""
        candidates = list(self._shifted(first))
        while True:
            offset = self._offset(first)
            wall = self._wall(first)
            match = None if wall is None else self._cron.at_or_after(wall)
            found = None if match is None else _seconds(match) - offset
            change = self._change_after(first, found)
            if change is None or (found is not None and found < change):
                if found is not None:
                    candidates.append(found)
                return min(candidates, default=None)
            candidates += self._shifted(change)
            first = change

    def _wall(self, first: int) -> datetime | None:
        """The wall-clock time from which to look at ``first``: past what comes twice."""
        wall = first + self._offset(first)
        change = self._change_before(first)
        if change is not None and not self._cron.is_hourly:
            wall = max(wall, change + self._offset(change - 1))
        return _EPOCH + timedelta(seconds=wall)

    def _shifted(self, first: int) -> Iterator[int]:
        """The first of those that a jump before ``first`` left out and that come due later."""
        change = self._change_before(first)
        if change is None:
            return
        before, now = self._offset(change - 1), self._offset(change)
        match = self._cron.at_or_after(_EPOCH + timedelta(seconds=first + before))
        if match is not None and _seconds(match) < change + now:
            yield _seconds(match) - before

    def _offset(self, second: int) -> int:
        """Seconds by which the zone's clocks are ahead of UTC."""
        moment = (_EPOCH + timedelta(seconds=second)).replace(tzinfo=UTC)
        span = moment.astimezone(self._zone).utcoffset()
        assert span is not None, "a moment in a zone has an offset"
        return round(span.total_seconds())

    def _change_before(self, second: int) -> int | None:
        """The last change of the clocks that may still matter at ``second``."""
        early = second - _LOOK_BACK
        if self._offset(early) == self._offset(second):
            return None
        return self._bisected(early, second)

    def _change_after(self, second: int, until: int | None) -> int | None:
        """The first change of the clocks after ``second``, and not after ``until``."""
        offset = self._offset(second)
        last = second + _STRIDE if until is None else until
        while second < last:
            following = min(second + _STRIDE, last)
            if self._offset(following) != offset:
                return self._bisected(second, following)
            second = following
        return None

    def _bisected(self, early: int, late: int) -> int:
        """The first second with another offset than ``early``."""
        offset = self._offset(early)
        while late - early > 1:
            middle = (early + late) // 2
            if self._offset(middle) == offset:
                early = middle
            else:
                late = middle
        return late


@lru_cache(maxsize=1024)
def calendar_of(cron: str, zone: str) -> Calendar:
    """Raises BadCron and UnknownZone."""
    return Calendar(cron, zone)


def _seconds(wall: datetime) -> int:
    return (wall - _EPOCH) // timedelta(seconds=1)
