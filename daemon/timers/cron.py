"""Cron expressions of six fields as Spring has them: seconds first, names, ``L``, ``W``, ``#``.

What is computed here is wall-clock time; ``calendar`` says what that means in a zone. A moment
must fit every field: unlike in Unix, a day of the month *and* a day of the week.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if number}
DAYS = {name.upper(): number for number, name in enumerate(calendar.day_abbr, start=1)}
"""Monday is 1, Sunday 7; 0 is Sunday too."""
SUNDAY = 7
HORIZON_YEARS = 100
"""An expression with no moment in so many years has none."""
LAST_YEAR = 9_000

Fits = Callable[[date], bool]


class BadCron(ValueError):
    """The expression cannot be read; the text says which part, and why."""


class _Range(NamedTuple):
    name: str
    least: int
    most: int
    names: dict[str, int] = {}


_SECOND = _Range("second", 0, 59)
_MINUTE = _Range("minute", 0, 59)
_HOUR = _Range("hour", 0, 23)
_DAY = _Range("day of month", 1, 31)
_MONTH = _Range("month", 1, 12, MONTHS)
_WEEKDAY = _Range("day of week", 0, 7, DAYS)


class Cron:
    """A parsed expression. Raises BadCron."""

    __slots__ = ("_days", "_hours", "_minutes", "_months", "_seconds", "_weekdays", "text")

    def __init__(self, text: str) -> None:
        fields = MACROS.get(text.strip().lower(), text).split()
        if len(fields) != 6:
            raise BadCron(
                f"{text!r} has {len(fields)} fields; there are six: second, minute, hour, day of "
                "month, month, day of week"
            )
        self.text = text
        self._seconds = _numbers(fields[0], _SECOND)
        self._minutes = _numbers(fields[1], _MINUTE)
        self._hours = _numbers(fields[2], _HOUR)
        self._days = _days_of_month(fields[3])
        self._months = _numbers(fields[4], _MONTH)
        self._weekdays = _days_of_week(fields[5])

    @property
    def is_hourly(self) -> bool:
        """It says nothing about the hour: an hour that comes twice has it twice."""
        return len(self._hours) == _HOUR.most + 1

    def at_or_after(self, moment: datetime) -> datetime | None:
        """The first moment from this one on, in whole seconds, without a zone."""
        if moment.microsecond:
            moment = moment.replace(microsecond=0) + timedelta(seconds=1)
        first = self._time(moment.time()) if self._has_day(moment.date()) else None
        if first is not None:
            return datetime.combine(moment.date(), first)
        day = self._day_after(moment.date())
        earliest = time(self._hours[0], self._minutes[0], self._seconds[0])
        return None if day is None else datetime.combine(day, earliest)

    def _time(self, moment: time) -> time | None:
        """The first time of a day that fits, from this one on."""
        hour, minute, second = moment.hour, moment.minute, moment.second
        if hour in self._hours:
            if minute in self._minutes:
                later = _first(self._seconds, second)
                if later is not None:
                    return time(hour, minute, later)
            following = _first(self._minutes, minute + 1)
            if following is not None:
                return time(hour, following, self._seconds[0])
        next_hour = _first(self._hours, hour + 1)
        if next_hour is None:
            return None
        return time(next_hour, self._minutes[0], self._seconds[0])

    def _day_after(self, day: date) -> date | None:
        last = min(day.year + HORIZON_YEARS, LAST_YEAR)
        day += timedelta(days=1)
        while day.year <= last:
            if day.month not in self._months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            elif self._has_day(day):
                return day
            else:
                day += timedelta(days=1)
        return None

    def _has_day(self, day: date) -> bool:
        return day.month in self._months and self._days(day) and self._weekdays(day)


def _first(numbers: tuple[int, ...], least: int) -> int | None:
    return next((number for number in numbers if number >= least), None)


def _numbers(text: str, kind: _Range) -> tuple[int, ...]:
    return tuple(sorted({one for part in text.split(",") for one in _part(part, kind)}))


def _part(text: str, kind: _Range) -> Iterator[int]:
    """``*``, ``5``, ``2-8``, and each with a step: ``*/15``, ``5/15``, ``2-8/3``."""
    span, slash, step = text.partition("/")
    if span in ("*", "?"):
        if span == "?" and kind not in (_DAY, _WEEKDAY):
            raise BadCron(f"'?' stands for a day of month or week, not for a {kind.name}")
        first, last = kind.least, kind.most
    elif "-" in span:
        low, _, high = span.partition("-")
        first, last = _number(low, kind), _number(high, kind)
        first = 0 if kind is _WEEKDAY and first == SUNDAY and last != SUNDAY else first
        if first > last:
            raise BadCron(f"{kind.name}: {span!r} ends before it begins")
    else:
        first = _number(span, kind)
        last = kind.most if slash else first
    yield from range(first, last + 1, _step(step, kind) if slash else 1)


def _number(text: str, kind: _Range) -> int:
    number = kind.names.get(text.upper())
    if number is None:
        if not (text.isascii() and text.isdecimal()):
            raise BadCron(f"{kind.name}: {text!r} is no number{_or_name(kind)}")
        number = int(text)
    if not kind.least <= number <= kind.most:
        raise BadCron(f"{kind.name}: {number} is not between {kind.least} and {kind.most}")
    return number


def _or_name(kind: _Range) -> str:
    return f" and none of {', '.join(kind.names)}" if kind.names else ""


def _step(text: str, kind: _Range) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise BadCron(f"{kind.name}: the step {text!r} is no number above 0")
    return int(text)


# Days


def _days_of_month(text: str) -> Fits:
    return _any([_day_of_month(part) for part in text.upper().split(",")])


def _day_of_month(text: str) -> Fits:
    if text == "LW":
        return lambda day: day.day == _nearest_weekday(day, _length(day))
    if found := re.fullmatch(r"L(?:-(\d+))?", text):
        before = int(found[1] or 0)
        if before >= _DAY.most:
            raise BadCron(f"day of month: {text!r} is before every month's first day")
        return lambda day: day.day == _length(day) - before
    if found := re.fullmatch(r"(\d+)W", text):
        wanted = _number(found[1], _DAY)
        return lambda day: wanted <= _length(day) and day.day == _nearest_weekday(day, wanted)
    numbers = frozenset(_part(text, _DAY))
    return lambda day: day.day in numbers


def _days_of_week(text: str) -> Fits:
    return _any([_day_of_week(part) for part in text.upper().split(",")])


def _day_of_week(text: str) -> Fits:
    if found := re.fullmatch(r"(\w+)#(\d+)", text):
        weekday, ordinal = _weekday(found[1]), int(found[2])
        if not 1 <= ordinal <= 5:
            raise BadCron(f"day of week: {text!r} is none of the first five of a month")
        return lambda day: day.isoweekday() == weekday and (day.day + 6) // 7 == ordinal
    if len(text) > 1 and text.endswith("L"):
        weekday = _weekday(text[:-1])
        return lambda day: day.isoweekday() == weekday and day.day + 7 > _length(day)
    numbers = frozenset(number or SUNDAY for number in _part(text, _WEEKDAY))
    return lambda day: day.isoweekday() in numbers


def _weekday(text: str) -> int:
    return _number(text, _WEEKDAY) or SUNDAY


def _any(fits: list[Fits]) -> Fits:
    return fits[0] if len(fits) == 1 else lambda day: any(one(day) for one in fits)


def _length(day: date) -> int:
    """Of its month, in days."""
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> int:
    """The day from Monday to Friday that is nearest to ``wanted``, in the same month."""
    weekday = day.replace(day=wanted).isoweekday()
    if weekday == SUNDAY - 1:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == SUNDAY:
        return wanted + 1 if wanted < _length(day) else wanted - 2
    return wanted
