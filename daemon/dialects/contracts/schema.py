"""What a JSON Schema that somebody registered says of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from daemon.dialects.contracts.accept import Accept
from daemon.dialects.contracts.masking import NOTHING_MASKED, Masks
from daemon.dialects.contracts.violation import Violation, shown

SHOWN_VIOLATIONS: Final = 10


class Unusable(msgspec.Struct, frozen=True):
    """No value keeps it, because of ``why``."""

    why: str

    def breach(self, value: Any, masks: Masks = NOTHING_MASKED) -> str | None:
        return self.why


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """``accepts`` says yes quickly; ``violations`` has the last word and every explanation:
    of each violation, at most one more than are shown."""

    accepts: Accept
    violations: Callable[[Any], tuple[Violation, ...]]

    def breach(self, value: Any, masks: Masks = NOTHING_MASKED) -> str | None:
        """What of ``value`` breaks the schema, with paths; None: it keeps it. Masked values
        are not repeated."""
        found = self.said(value, masks)
        listed = "; ".join(said for _, said in found[:SHOWN_VIOLATIONS])
        rest = "; and more" if len(found) > SHOWN_VIOLATIONS else ""
        return f"{listed}{rest}" if found else None

    def said(self, value: Any, masks: Masks = NOTHING_MASKED) -> list[tuple[str, str]]:
        """Path and words of each violation, of one more than are shown."""
        if self.accepts(value):
            return []
        return [(found.path, _said(found, masks)) for found in self.violations(value)]


def _said(found: Violation, masks: Masks) -> str:
    if not found.keyword:
        return found.message
    value = masks.at(found.path, found.value)
    return f"{found.path or 'the value'} {found.message}, got {shown(value)}"
