"""Date patterns in the letters of Unicode TR 35, as date-fns writes them."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(r"[yQqMLIdihHKkms]o|([A-Za-z])\1*|''|'(?:''|[^'])+(?:'|$)|.", re.DOTALL)
_PROTECTED: Final = {"YY": "yy", "YYYY": "yyyy", "D": "d", "DD": "dd"}

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DateError(ValueError):
    """A pattern or a text that is no date."""


def tokens(pattern: str) -> list[str]:
    """``pattern`` in its parts: runs of one letter, ``do``, quoted text, single characters."""
    return [found.group() for found in _TOKEN.finditer(pattern)]


def literal(token: str) -> str | None:
    """The text that ``token`` stands for by itself; None when it is a letter of a date."""
    if token == "''":
        return "'"
    if token.startswith("'"):
        return token[1:].removesuffix("'").replace("''", "'")
    return None if token[0].isascii() and token[0].isalpha() else token


def refused(token: str) -> DateError:
    """Why ``token`` cannot be used."""
    instead = _PROTECTED.get(token)
    if instead is not None:
        return DateError(f"Use `{instead}` instead of `{token}`")
    return DateError(f"Format string contains `{token}`, which is no known part of a date")


def ordinal(value: int) -> str:
    tens, ones = divmod(value % 100, 10)
    ending = "th" if tens == 1 else {1: "st", 2: "nd", 3: "rd"}.get(ones, "th")
    return f"{value}{ending}"
