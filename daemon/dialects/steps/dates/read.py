"""A text by a pattern as a moment. Without a zone in the text it is in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple

from daemon.dialects.steps.dates.tokens import DAYS, MONTHS, DateError, literal, refused, tokens

Parts = dict[str, int]

_LAST_YEAR_OF_THIS_CENTURY: Final = 68
"""``yy`` up to this is 20yy, beyond it 19yy, as POSIX reads it: nothing here knows today."""


class _Number(NamedTuple):
    part: str
    digits: int


_NUMBERS: Final[Mapping[str, _Number]] = {
    "M": _Number("month", 2),
    "L": _Number("month", 2),
    "d": _Number("day", 2),
    "i": _Number("weekday", 1),
    "H": _Number("hour", 2),
    "h": _Number("hour12", 2),
    "K": _Number("hour11", 2),
    "k": _Number("hour24", 2),
    "m": _Number("minute", 2),
    "s": _Number("second", 2),
    "t": _Number("seconds", 12),
    "T": _Number("milliseconds", 15),
}


def read(text: str, pattern: str) -> datetime:
    """What the pattern leaves out is that of 1970-01-01 00:00. Raises DateError."""
    parts: Parts = {}
    rest = text
    for token in tokens(pattern):
        expected = literal(token)
        if expected is None:
            rest = _taken(rest, token, parts)
        elif rest.startswith(expected):
            rest = rest[len(expected) :]
        else:
            raise _invalid()
    if rest.strip():
        raise _invalid()
    return _moment(parts)


def _taken(text: str, token: str, parts: Parts) -> str:
    """``text`` without what ``token`` stands for, which goes into ``parts``."""
    letter, length = token[0], len(token)
    if letter == "y":
        return _year(text, token, parts)
    number = _NUMBERS.get(letter)
    if number is not None and (length <= 2 or letter not in "MLi"):
        return _number(text, token, number, parts)
    reader = _NAMES.get(letter)
    if reader is None:
        raise refused(token)
    return reader(text, token, parts)


def _digits(text: str, most: int) -> str:
    found = re.match(f"[0-9]{{1,{most}}}", text)
    if found is None:
        raise _invalid()
    return found.group()


def _number(text: str, token: str, number: _Number, parts: Parts) -> str:
    digits = _digits(text, number.digits)
    parts[number.part] = int(digits)
    rest = text[len(digits) :]
    if not token.endswith("o"):
        return rest
    found = re.match("st|nd|rd|th", rest, re.IGNORECASE)
    if found is None:
        raise _invalid()
    return rest[2:]


def _year(text: str, token: str, parts: Parts) -> str:
    digits = _digits(text, 4 if len(token) == 1 else len(token))
    year = int(digits)
    if len(token) == 2:
        year += 2000 if year <= _LAST_YEAR_OF_THIS_CENTURY else 1900
    parts["year"] = year
    return text[len(digits) :]


def _name(text: str, names: tuple[str, ...], length: int) -> tuple[int, str]:
    """Which of ``names`` stands first in ``text``, whole or with three letters."""
    for place, name in enumerate(names):
        for written in (name, name[:3]) if length != 3 else (name[:3], name):
            if text[: len(written)].lower() == written.lower():
                return place, text[len(written) :]
    raise _invalid()


def _month(text: str, token: str, parts: Parts) -> str:
    place, rest = _name(text, MONTHS, len(token))
    parts["month"] = place + 1
    return rest


def _day(text: str, token: str, parts: Parts) -> str:
    place, rest = _name(text, DAYS, len(token))
    parts["weekday"] = place + 1
    return rest


def _half_of_day(text: str, token: str, parts: Parts) -> str:
    found = re.match(r"(a|p)(\.m\.|m)?", text, re.IGNORECASE)
    if found is None:
        raise _invalid()
    parts["afternoon"] = int(found.group(1).lower() == "p")
    return text[found.end() :]


def _fraction(text: str, token: str, parts: Parts) -> str:
    digits = _digits(text, len(token))
    parts["microsecond"] = int(digits.ljust(6, "0")[:6])
    return text[len(digits) :]


def _zone(text: str, token: str, parts: Parts) -> str:
    if token[0] == "X" and text[:1] == "Z":
        parts["offset"] = 0
        return text[1:]
    found = re.match(r"([+-])([0-9]{2}):?([0-9]{2})?", text)
    if found is None:
        raise _invalid()
    minutes = int(found.group(2)) * 60 + int(found.group(3) or 0)
    parts["offset"] = minutes if found.group(1) == "+" else -minutes
    return text[found.end() :]


_NAMES: Final[Mapping[str, Callable[[str, str, Parts], str]]] = {
    "M": _month,
    "L": _month,
    "E": _day,
    "i": _day,
    "a": _half_of_day,
    "S": _fraction,
    "X": _zone,
    "x": _zone,
}


def _moment(parts: Parts) -> datetime:
    try:
        moment = _since_1970(parts) or _in_calendar(parts)
        # Beyond the last representable day astimezone raises OverflowError.
        found = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _invalid() from error
    if parts.get("weekday", moment.isoweekday()) != moment.isoweekday():
        raise _invalid()
    return found


def _since_1970(parts: Parts) -> datetime | None:
    if "seconds" not in parts and "milliseconds" not in parts:
        return None
    passed = timedelta(seconds=parts.get("seconds", 0), milliseconds=parts.get("milliseconds", 0))
    return datetime(1970, 1, 1, tzinfo=UTC) + passed


def _in_calendar(parts: Parts) -> datetime:
    return datetime(
        parts.get("year", 1970),
        parts.get("month", 1),
        parts.get("day", 1),
        _hour(parts),
        parts.get("minute", 0),
        parts.get("second", 0),
        parts.get("microsecond", 0),
        timezone(timedelta(minutes=parts.get("offset", 0))),
    )


def _hour(parts: Parts) -> int:
    afternoon = 12 * parts.get("afternoon", 0)
    if "hour12" in parts:
        if not 1 <= parts["hour12"] <= 12:
            raise _invalid()
        return parts["hour12"] % 12 + afternoon
    if "hour11" in parts:
        if parts["hour11"] > 11:
            raise _invalid()
        return parts["hour11"] + afternoon
    if "hour24" in parts:
        if not 1 <= parts["hour24"] <= 24:
            raise _invalid()
        return parts["hour24"] % 24
    return parts.get("hour", 0)


def _invalid() -> DateError:
    return DateError("Invalid time value")
