"""The polls that wait, by the connection that will hear of them.

A copy of a poll (same actor, same request id) takes the place of the one that waits: what
comes is told to both, since only one of them may take tasks under that id.
"""

from __future__ import annotations

from daemon.queues.handout import HandOut
from daemon.queues.queue import Poll
from daemon.queues.work_order import WorkOrder


class Polls:
    def __init__(self, handout: HandOut) -> None:
        self._handout = handout
        self._waiting: dict[str, dict[Poll, None]] = {}
        self._by_request: dict[tuple[str, str], Poll] = {}

    def __len__(self) -> int:
        return sum(len(polls) for polls in self._waiting.values())

    def add(self, poll: Poll) -> None:
        self._waiting.setdefault(poll.connection, {})[poll] = None
        if poll.request is not None:
            self._by_request[poll.actor, poll.request.request_id] = poll

    def asked(self, actor: str, request_id: str) -> Poll | None:
        """The poll that waits under this request id."""
        return self._by_request.get((actor, request_id))

    def take_over(self, earlier: Poll, copy: Poll) -> None:
        """``copy`` waits in the place of ``earlier`` and answers for both."""
        self.discard(earlier)
        self._handout.drop(earlier)
        answer_first, answer_copy = earlier.deliver, copy.deliver

        def deliver(tasks: list[WorkOrder], position: int) -> None:
            answer_first(tasks, position)
            answer_copy(tasks, position)

        copy.deliver = deliver

    def discard(self, poll: Poll) -> None:
        self._forget_request(poll)
        polls = self._waiting.get(poll.connection)
        if polls is None:
            return
        polls.pop(poll, None)
        if not polls:
            del self._waiting[poll.connection]

    def gone(self, connection: str) -> None:
        for poll in self._waiting.pop(connection, ()):
            self._forget_request(poll)
            self._handout.drop(poll)

    def end_all(self) -> None:
        """The daemon stops: every poll is answered with nothing."""
        for polls in list(self._waiting.values()):
            for poll in list(polls):
                self._handout.cancel(poll)

    def _forget_request(self, poll: Poll) -> None:
        if poll.request is None:
            return
        key = (poll.actor, poll.request.request_id)
        if self._by_request.get(key) is poll:
            del self._by_request[key]
