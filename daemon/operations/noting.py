"""Requests that change nothing: their answer is kept, so that a repeat gets it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from daemon.operations.answering import Answer, Call, Written
from daemon.operations.calls import Result
from eventstore.events import RequestNoted
from eventstore.store import Appended


class Noted(Protocol):
    @property
    def position(self) -> Appended: ...


def unchanged(call: Call, answer: Result, note: Callable[[RequestNoted], Noted]) -> Answer:
    """``answer`` at once without a request id; else once it is noted durably."""
    if call.request is None:
        return answer
    noted = RequestNoted(method=call.method, answer=answer)
    return Written(note(noted).position.last, (noted,))
