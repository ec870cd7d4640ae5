"""How much one evaluation may do: a rule in a definition must not hold up the daemon."""

from __future__ import annotations


class LogicError(ValueError):
    """A rule that has no result."""


class Budget:
    """Counts operations, and the elements and characters that they produce."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit

    def spend(self, amount: int = 1) -> None:
        self._left -= amount
        if self._left < 0:
            raise LogicError(f"the rule needs more than {self._limit} operations")
