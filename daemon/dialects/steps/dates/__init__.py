"""Dates by pattern: date-fns' letters, UTC, English, no clock."""

from daemon.dialects.steps.dates.read import read
from daemon.dialects.steps.dates.tokens import DateError
from daemon.dialects.steps.dates.write import write

__all__ = ["DateError", "read", "write"]
