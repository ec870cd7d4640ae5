"""What a read model is: tables, and for each event class what it does to their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from eventstore.events import Event
from eventstore.store import Recorded
from projections.rows import Rows

Handler = Callable[[Recorded, Any, Rows], None]
"""Given the record, its event (of the class it is registered for) and the rows."""


class ReadModel(msgspec.Struct, frozen=True, kw_only=True):
    """Rows are structure only, never user data, so that erasing values in the log leaves
    nothing behind here. ``schema`` and ``rules`` make up the version of the model."""

    name: str
    schema: str
    handlers: Mapping[type[Event], Handler]
    rules: int = 1
    """To be raised when a handler gives other rows for the same events."""
