"""Messages that jobs want published: each intent becomes a message, and the job hears so.

Both are handed to the log one after the other, so a commit that loses the message loses the
answer, too, and the job is taken up again with its intent.
"""

from __future__ import annotations

from collections.abc import Iterable

from daemon.decider.asked import Outgoing
from daemon.decider.commands import NoteMessage
from daemon.decider.state import JobState
from daemon.reactor.family import House
from daemon.reactor.jobs import Context
from daemon.reactor.messages import Messages
from eventstore.events import Event, MessageRequested
from eventstore.store import Request


class Publishing:
    def __init__(self, messages: Messages, house: House) -> None:
        self._messages = messages
        self._house = house

    def durable(self, events: Iterable[Event], after: JobState) -> None:
        for event in events:
            if isinstance(event, MessageRequested) and event.message_id in after.messages:
                self._take(after.job_id, after.messages[event.message_id])

    def take_up(self, state: JobState) -> None:
        for outgoing in state.messages.values():
            self._take(state.job_id, outgoing)

    def _take(self, job_id: str, outgoing: Outgoing) -> None:
        self._house.run(lambda: self._publish(job_id, outgoing))

    def _publish(self, job_id: str, outgoing: Outgoing) -> None:
        request = Request(request_id=f"{job_id}:{outgoing.position}", indexed=False)
        context = Context("daemon", request, outgoing.position)
        self._messages.publish(
            outgoing.message_id, outgoing.event, outgoing.payload, context, job=job_id
        )
        noted = NoteMessage(message_id=outgoing.message_id)
        self._house.send(job_id, noted, Context("daemon", None, outgoing.position))
