"""What executors need of scripts."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from eventstore.events import Value


class Language(StrEnum):
    JAVASCRIPT = "javascript"
    """A script; its value is that of the last expression. ``$`` is the input."""
    JAVASCRIPT_BODY = "lambda"
    """The body of a function, so that ``return`` gives the value."""
    JQ = "jq"
    """A jq program; its value is the list of all its results."""


class Scripts(Protocol):
    async def evaluate(self, language: Language, source: str, given: Value) -> Value:
        """Raises ScriptError, ScriptTimedOut and ScriptCrashed."""

    async def check(self, language: Language, source: str) -> None:
        """Read ``source`` without running it. Raises as ``evaluate`` does."""

    async def aclose(self) -> None:
        """No script may run any more. May be called twice."""
