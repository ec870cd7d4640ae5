"""Regular expressions of filters: ``=~ /…/i``.

They run inside a decision, where nothing can stop them. So only patterns are taken that
cannot run away: no repeated group, no reference back, few open repetitions, and texts up
to a limit.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_REPETITIONS = 3
"""``*``, ``+`` and ``{n,}`` in one pattern; each multiplies the time by the text's length."""

LONGEST_TEXT = 1000
"""Characters; a longer text matches no pattern."""

_ATOMS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
"""Escaped characters and character classes, whose signs repeat nothing."""
_REPETITION = re.compile(r"[*+]|\{\d*,\}")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{)")
_REFERENCE = re.compile(r"\\[1-9]|\(\?P=|\(\?(?!:)")


class UnsafePattern(ValueError):
    """The pattern could take for ever; the message says why."""


class Regex(NamedTuple):
    """No JSON value, so that only ``=~`` matches it."""

    pattern: re.Pattern[str]

    def covers(self, text: str) -> bool:
        """Whether the whole of ``text`` matches."""
        return len(text) <= LONGEST_TEXT and self.pattern.fullmatch(text) is not None


def compile_regex(text: str, flags: str) -> Regex:
    """Raises UnsafePattern, or re.error for what is no pattern."""
    bare = _ATOMS.sub("a", text)
    if _REFERENCE.search(text) or _REPEATED_GROUP.search(bare):
        raise UnsafePattern("groups can neither be repeated nor referred to")
    if len(_REPETITION.findall(bare)) > MOST_REPETITIONS:
        raise UnsafePattern(f"it has more than {MOST_REPETITIONS} open repetitions")
    return Regex(re.compile(text, re.IGNORECASE if "i" in flags else 0))
