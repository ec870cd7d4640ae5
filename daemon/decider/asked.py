"""What a job asked for outside, and has no answer to yet: part of its state."""

from __future__ import annotations

import msgspec

from eventstore.events import ExpressionEvaluated, Value


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be published and is not known to be in the log."""

    message_id: str
    event: str
    payload: Value
    position: int
    """Of the intent."""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """An expression that the plan waits for. ``answer`` is kept while the job is paused."""

    key: str
    task: int
    language: str
    expression: Value
    input: Value
    since: int
    answer: ExpressionEvaluated | None = None
