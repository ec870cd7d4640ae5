"""The regular expressions of schemas.

They run inside a decision, where nothing can stop them. So a pattern is taken only if the
ways in which it can match a text of the allowed length stay within a budget.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_TEXT: Final = 1_000
"""Characters; a longer text is not tried, and keeps no pattern."""
MOST_WAYS: Final = LONGEST_TEXT**3

_ATOMS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
"""Escaped characters and character classes, whose signs repeat nothing."""
_FIXED_GROUP: Final = re.compile(r"\((?:\?:)?(?:[^()|?*+{}]|\{\d+\})*\)\{\d+(?:,\d+)?\}")
"""A group of fixed length, repeated a limited number of times."""
_REPEATED_GROUP: Final = re.compile(r"\)(?:[*+]|\{)")
_REFERENCE: Final = re.compile(r"\\[1-9]|\(\?P=")
_LOOKING: Final = re.compile(r"\(\?(?!:)")
_OPEN: Final = re.compile(r"[*+]|\{\d*,\}")
_BOUNDED: Final = re.compile(r"\{(\d*),(\d+)\}")


def why_not(pattern: str) -> str | None:
    """Why ``pattern`` cannot be tried on texts; None: it can."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"it is no regular expression: {error}"
    bare = _ATOMS.sub("a", pattern)
    if _REFERENCE.search(pattern) or _LOOKING.search(bare):
        return "groups can be neither referred to nor looked ahead for"
    bare = _FIXED_GROUP.sub("a", bare)
    if _REPEATED_GROUP.search(bare):
        return "a group with choices or repetitions inside cannot be repeated itself"
    if _ways(bare) > MOST_WAYS:
        return f"it can match a text of {LONGEST_TEXT} characters in too many ways"
    return None


def _ways(bare: str) -> int:
    """About how many ways there are to try it on a text of the greatest length."""
    ways = 1 if bare.startswith("^") else LONGEST_TEXT
    for _ in _OPEN.findall(bare):
        ways *= LONGEST_TEXT
    for least, most in _BOUNDED.findall(bare):
        ways *= max(1, int(most) - int(least or 0) + 1)
    choices = bare.count("|") + len(re.findall(r"(?<![*+?}])\?(?!:)", bare))
    return ways * (1 << choices)


def matches(pattern: str, text: str) -> bool:
    return len(text) <= LONGEST_TEXT and re.search(pattern, text) is not None
