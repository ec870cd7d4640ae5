"""The replies an operation is given: each sends its answer where the request came from."""

from __future__ import annotations

from typing import Any, Protocol

from daemon.operations.calls import Failure, Result
from daemon.rpc.messages import RequestId, answer


class AnsweredTwice(RuntimeError):
    """An operation called its reply a second time."""


class Sender(Protocol):
    """Where answers go."""

    def send(self, message: dict[str, Any] | list[dict[str, Any]]) -> None: ...
    def ended(self) -> None:
        """One call less is in flight."""


class Single:
    """The answer of a request that came alone."""

    __slots__ = ("_id", "_sender")

    def __init__(self, sender: Sender, id: RequestId) -> None:
        self._sender: Sender | None = sender
        self._id = id

    def __call__(self, outcome: Result | Failure) -> None:
        sender = self._sender
        if sender is None:
            raise AnsweredTwice(f"request {self._id!r} was answered already")
        self._sender = None
        sender.send(answer(self._id, outcome))
        sender.ended()


class Unanswered:
    """A notification: it counts as in flight, its outcome is nobody's."""

    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        self._sender: Sender | None = sender

    def __call__(self, outcome: Result | Failure) -> None:
        sender = self._sender
        if sender is None:
            raise AnsweredTwice("a notification was answered already")
        self._sender = None
        sender.ended()


class BatchAnswers:
    """Collects what a batch is answered with, in the order of its members, and sends it as
    one line once the last one is there. A batch of notifications sends nothing."""

    def __init__(self, sender: Sender, size: int) -> None:
        self._sender = sender
        self._answers: list[dict[str, Any] | None] = [None] * size
        self._missing = size

    def member(self, place: int) -> MemberSender:
        return MemberSender(self, place)

    def put(self, place: int, message: dict[str, Any]) -> None:
        self._answers[place] = message

    def member_ended(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            answers = [each for each in self._answers if each is not None]
            if answers:
                self._sender.send(answers)
        self._sender.ended()


class MemberSender:
    """Where the answer of one member of a batch goes."""

    __slots__ = ("_batch", "_place")

    def __init__(self, batch: BatchAnswers, place: int) -> None:
        self._batch = batch
        self._place = place

    def send(self, message: dict[str, Any] | list[dict[str, Any]]) -> None:
        assert isinstance(message, dict), "a member of a batch has one answer"
        self._batch.put(self._place, message)

    def ended(self) -> None:
        self._batch.member_ended()
