"""How a WAIT task says how long: ``2 days 3 hours 5 mins 10s`` or a date (§4 WAIT)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_DURATION = re.compile(
    r"\s*(?:(\d{1,9})\s*(?:days|day|d))?\s*(?:(\d{1,9})\s*(?:hours|hour|hrs|hr|h))?"
    r"\s*(?:(\d{1,9})\s*(?:minutes|minute|mins|min|m))?"
    r"\s*(?:(\d{1,9})\s*(?:seconds|second|secs|sec|s))?\s*",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(\d{1,4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2})(?: (\S.*))?)?",
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_UNIT_SECONDS = (86_400, 3_600, 60, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotATime(ValueError):
    """A text says no duration or no date."""


def is_duration(text: str) -> bool:
    """Units in falling order, each with its number; at least one."""
    found = _DURATION.fullmatch(text)
    return found is not None and any(found.groups())


def is_date(text: str) -> bool:
    """``yyyy-MM-dd``, with ``HH:mm`` and then a zone if wanted."""
    return _DATE.fullmatch(text.strip()) is not None


def seconds_of(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise NotATime(f"Not valid duration: {text}")
    counts = (int(count or 0) for count in found.groups())
    return sum(count * unit for count, unit in zip(counts, _UNIT_SECONDS, strict=True))


def time_of(text: str) -> int:
    """UTC microseconds. A date without a zone is UTC, one without a time is midnight."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise _unsupported(text)
    *numbers, zone = found.groups()
    year, month, day, hour, minute = (int(number or 0) for number in numbers)
    try:
        moment = datetime(year, month, day, hour, minute, tzinfo=_zone(zone))
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, KeyError, OverflowError, OSError):
        raise _unsupported(text) from None


def _unsupported(text: str) -> NotATime:
    return NotATime(f"Invalid/Unsupported Wait Until format.  Provided: {text}")


def _zone(name: str | None) -> tzinfo:
    """``UTC``, ``+02:00``, ``GMT+2`` or a region; raises for one that nobody knows."""
    if name is None or name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return ZoneInfo(name)
    sign, hours, minutes = offset.groups()
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-size if sign == "-" else size)
