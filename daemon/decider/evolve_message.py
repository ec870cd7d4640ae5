"""How events about published messages change a job (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from msgspec.structs import replace

from daemon.decider.asked import Outgoing
from daemon.decider.state import JobState
from daemon.decider.step import step, with_task
from eventstore.events import MessageRequested, MessageSent


def requested(state: JobState, event: MessageRequested, at: int, position: int) -> JobState:
    message = Outgoing(
        message_id=event.message_id,
        event=event.event,
        payload=event.payload,
        position=position,
    )
    messages = state.messages.set(event.message_id, message)
    if not event.shown or event.task is None:
        return step(state, at, position, messages=messages)
    task = replace(state.tasks[event.task], output=event.payload, updated_at=at)
    return with_task(state, at, position, task, messages=messages)


def sent(state: JobState, event: MessageSent, at: int, position: int) -> JobState:
    return step(state, at, position, messages=state.messages.delete(event.message_id))
