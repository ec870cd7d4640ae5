"""The polls that wait, by the connection that will hear of them."""

from __future__ import annotations

from daemon.queues.handout import HandOut
from daemon.queues.queue import Poll


class Polls:
    def __init__(self, handout: HandOut) -> None:
        self._handout = handout
        self._waiting: dict[str, set[Poll]] = {}

    def __len__(self) -> int:
        return sum(len(polls) for polls in self._waiting.values())

    def add(self, poll: Poll) -> None:
        self._waiting.setdefault(poll.connection, set()).add(poll)

    def discard(self, poll: Poll) -> None:
        polls = self._waiting.get(poll.connection)
        if polls is None:
            return
        polls.discard(poll)
        if not polls:
            del self._waiting[poll.connection]

    def gone(self, connection: str) -> None:
        for poll in self._waiting.pop(connection, ()):
            self._handout.drop(poll)

    def end_all(self) -> None:
        """The daemon stops: every poll is answered with nothing."""
        for polls in list(self._waiting.values()):
            for poll in list(polls):
                self._handout.cancel(poll)
