"""How much a definition may ask of the daemon. Part of the language, so the same in every
release that replays a job: not settings."""

from __future__ import annotations

from typing import Final

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    max_nesting: int = 64
    """Lists and objects inside one another, in a definition as it is written and where its
    references are followed: checks recurse that deep."""
    max_parts: int = 50_000
    """Definitions that one definition may consist of, references followed: checking a value
    costs as much."""
    max_operations: int = 100_000
    """Operations of one transition, and elements and characters that they make."""
    max_children: int = 1_000
    """Jobs that one step may start."""


LIMITS: Final = Limits()
