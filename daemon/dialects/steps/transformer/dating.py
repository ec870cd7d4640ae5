"""``via`` of a fieldset item: a date from one pattern into another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daemon.dialects.steps.dates import DateError, read, write
from daemon.dialects.steps.logic.javascript import text
from daemon.dialects.steps.transformer.error import TransformError

Redate = Callable[[Any, str, str, str], str]
"""A value, its pattern, the wanted pattern, and where in the transformer that stands."""


def redate(value: Any, source_format: str, wanted: str, where: str) -> str:
    """Raises TransformError."""
    written = text(value)
    try:
        return write(read(written, source_format), wanted)
    except DateError as error:
        message = f"{error} error occured when trying to format {written} with {wanted}"
        raise TransformError(where, f"{message} (read by {source_format})") from error
