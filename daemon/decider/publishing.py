"""Messages that a job publishes: the intent, under an id that deciding again gives again."""

from __future__ import annotations

from daemon.decider.turn import Turn
from daemon.dialects.plan import Publish
from eventstore.events import MessageRequested


def publish(turn: Turn, move: Publish) -> None:
    state = turn.state
    turn.emit(
        MessageRequested(
            message_id=move.message_id or f"{state.job_id}:{state.sequence + 1}",
            event=move.event,
            task=move.task,
            shown=move.shown,
            payload=move.payload,
        )
    )
