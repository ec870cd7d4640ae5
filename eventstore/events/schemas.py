"""Events of the stream ``schema/<name>``: the JSON Schemas that definitions name."""

from __future__ import annotations

from typing import Any, ClassVar

from eventstore.events.event import Event, recorded


@recorded
class SchemaDefined(Event, frozen=True, kw_only=True):
    """``definition`` as registered, its JSON Schema in ``data``. Jobs keep the one that was
    there at their submit."""

    fact: ClassVar[bool] = True
    name: str
    version: int
    definition: dict[str, Any]


@recorded
class SchemaDeleted(Event, frozen=True, kw_only=True):
    """``version`` None: every one."""

    fact: ClassVar[bool] = True
    name: str
    version: int | None = None
