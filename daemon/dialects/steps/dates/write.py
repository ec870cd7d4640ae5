"""A moment by a pattern, in UTC and in English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from daemon.dialects.steps.dates.tokens import DAYS, MONTHS, literal, ordinal, refused, tokens


def write(moment: datetime, pattern: str) -> str:
    """Raises DateError for a pattern that cannot be written."""
    return "".join(_part(moment, token) for token in tokens(pattern))


def _part(moment: datetime, token: str) -> str:
    text = literal(token)
    if text is not None:
        return text
    letter = token[0]
    if letter == "y":
        return f"{moment.year % 100:02}" if token == "yy" else _number(moment.year, token)
    if letter in _NUMBERS and not _is_name(token):
        return _number(_NUMBERS[letter](moment), token)
    writer = _NAMES.get(letter)
    if writer is None or token in ("D", "DD"):
        raise refused(token)
    return writer(moment, len(token))


def _is_name(token: str) -> bool:
    return token[0] in "MLQqiD" and (len(token) > 2 or token[0] == "D") and token[1:] != "o"


def _number(value: int, token: str) -> str:
    return ordinal(value) if token[1:] == "o" else f"{value:0{len(token)}}"


def _month(moment: datetime, length: int) -> str:
    name = MONTHS[moment.month - 1]
    return {3: name[:3], 4: name}.get(length, name[:1])


def _day(moment: datetime, length: int) -> str:
    name = DAYS[moment.weekday()]
    if length <= 3:
        return name[:3]
    return {4: name, 5: name[:1]}.get(length, name[:2])


def _quarter(moment: datetime, length: int) -> str:
    quarter = _quarter_number(moment)
    if length == 4:
        return f"{ordinal(quarter)} quarter"
    return f"Q{quarter}" if length == 3 else str(quarter)


def _quarter_number(moment: datetime) -> int:
    return (moment.month + 2) // 3


def _half_of_day(moment: datetime, length: int) -> str:
    half = "am" if moment.hour < 12 else "pm"
    if length <= 2:
        return half.upper()
    return {3: half, 4: f"{half[0]}.m."}.get(length, half[0])


def _fraction(moment: datetime, length: int) -> str:
    return f"{moment.microsecond:06}".ljust(length, "0")[:length]


def _offset(moment: datetime, length: int) -> str:
    return "+00" if length == 1 else "+00:00" if length in (3, 5) else "+0000"


def _since_1970(moment: datetime) -> float:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


_NUMBERS: Final[Mapping[str, Callable[[datetime], int]]] = {
    "M": lambda moment: moment.month,
    "L": lambda moment: moment.month,
    "Q": _quarter_number,
    "q": _quarter_number,
    "d": lambda moment: moment.day,
    "I": lambda moment: moment.isocalendar().week,
    "R": lambda moment: moment.isocalendar().year,
    "i": lambda moment: moment.isoweekday(),
    "H": lambda moment: moment.hour,
    "h": lambda moment: moment.hour % 12 or 12,
    "K": lambda moment: moment.hour % 12,
    "k": lambda moment: moment.hour or 24,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
}
_NAMES: Final[Mapping[str, Callable[[datetime, int], str]]] = {
    "M": _month,
    "L": _month,
    "Q": _quarter,
    "q": _quarter,
    "E": _day,
    "i": _day,
    "a": _half_of_day,
    "S": _fraction,
    "D": lambda moment, length: f"{moment.timetuple().tm_yday:0{length}}",
    "X": lambda moment, length: "Z",
    "x": _offset,
    "O": lambda moment, length: "GMT+0" if length < 4 else "GMT+00:00",
    "z": lambda moment, length: "GMT+0" if length < 4 else "GMT+00:00",
    "t": lambda moment, length: str(int(_since_1970(moment) // 1)),
    "T": lambda moment, length: str(int(_since_1970(moment) * 1000 // 1)),
}
