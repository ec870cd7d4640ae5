"""How a WAIT task says how long: ``2 days 3 hours 5 mins 10s`` or a date (§4 WAIT)."""

from __future__ import annotations

import re

_DURATION = re.compile(
    r"\s*(?:(\d+)\s*(?:days|day|d))?\s*(?:(\d+)\s*(?:hours|hour|hrs|hr|h))?"
    r"\s*(?:(\d+)\s*(?:minutes|minute|mins|min|m))?\s*(?:(\d+)\s*(?:seconds|second|secs|sec|s))?\s*",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{1,2}(?: \S.*)?)?")


def is_duration(text: str) -> bool:
    """Units in falling order, each with its number; at least one."""
    found = _DURATION.fullmatch(text)
    return found is not None and any(found.groups())


def is_date(text: str) -> bool:
    """``yyyy-MM-dd``, with ``HH:mm`` and then a zone if wanted."""
    return _DATE.fullmatch(text.strip()) is not None
