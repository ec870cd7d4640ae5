"""Times in parameters."""

from __future__ import annotations

from daemon.operations.refusals import invalid
from projections.times import parse_iso


def time_of(text: str | None, path: str) -> int | None:
    """UTC microseconds of an ISO 8601 time, for the parameter at ``path``."""
    if text is None:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise invalid(path, str(error)) from error
