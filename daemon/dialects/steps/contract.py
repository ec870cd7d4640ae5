"""A definition as the contract of one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from daemon.dialects.contracts.violation import Explained, Violation

SHOWN_VIOLATIONS: Final = 10


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """``accepts`` says yes quickly; ``explained`` has the last word and every explanation."""

    name: str
    accepts: Callable[[Any], bool]
    explained: Explained
    kept: frozenset[str] | None
    """The properties of a closed object; None where nothing is to be cut."""

    def violations(self, value: Any) -> tuple[Violation, ...]:
        """Everything wrong with ``value``; () when it keeps the contract."""
        return () if self.accepts(value) else tuple(self.explained.violations(value))

    def present(self, value: Any) -> Any:
        """``value``, where nothing at all is an empty object unless the contract wants null."""
        return {} if value is None and self.violations(None) else value

    def fitted(self, value: Any) -> Any:
        """``value`` as it is handed on to a step with this contract: a closed object leaves
        out what the contract does not name."""
        value = self.present(value)
        if self.kept is None or not isinstance(value, dict) or value.keys() <= self.kept:
            return value
        return {name: item for name, item in value.items() if name in self.kept}


def breach(what: str, contract: Contract, found: tuple[Violation, ...]) -> str:
    """``what`` ("input of step 'a'") does not keep ``contract``, as a reason."""
    listed = "; ".join(str(violation) for violation in found[:SHOWN_VIOLATIONS])
    more = len(found) - SHOWN_VIOLATIONS
    rest = f"; and {more} more" if more > 0 else ""
    return f"the {what} breaks its definition '{contract.name}': {listed}{rest}"
