"""What evaluates the expressions that plans cannot decide themselves."""

from __future__ import annotations

from typing import Protocol

from eventstore.events import Value


class EvaluationFailed(Exception):
    """The expression has no value; the message is what users read."""


class Evaluator(Protocol):
    async def evaluate(self, language: str, expression: str, input: Value) -> Value:
        """The value of ``expression`` over ``input``. Raises EvaluationFailed. Repeatable:
        an evaluation that a crash cut off is simply done again."""

    async def check(self, language: str, expression: str) -> str | None:
        """Why ``expression`` cannot be read; None: it can. Nothing is run. Raises
        EvaluationFailed when it cannot be told."""


class NoEvaluator:
    """For a daemon without script engines."""

    async def evaluate(self, language: str, expression: str, input: Value) -> Value:
        raise EvaluationFailed(f"this daemon has no evaluator for {language!r}")

    async def check(self, language: str, expression: str) -> str | None:
        raise EvaluationFailed(f"this daemon has no evaluator for {language!r}")
