"""Times as people read them: ISO 8601 in UTC with microseconds and Z, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def iso(at: int) -> str:
    """``at`` in UTC microseconds as ``2026-01-31T08:00:00.000000Z``."""
    text = (_EPOCH + at * _MICROSECOND).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def iso_or_none(at: int | None) -> str | None:
    return None if at is None else iso(at)


def parse_iso(text: str) -> int:
    """UTC microseconds of an ISO 8601 time. Raises ValueError when it is none, or when it
    does not say its offset from UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time such as 2026-01-31T08:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} does not say its offset from UTC: add Z or +01:00")
    return (moment - _EPOCH) // _MICROSECOND
