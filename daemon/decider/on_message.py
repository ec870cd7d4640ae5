"""Commands that messages bring to a job."""

from __future__ import annotations

from typing import Any

from daemon.decider.commands import ChangeVariables, NoteMessage
from daemon.decider.payloads import too_large_variables
from daemon.decider.turn import Refusal, RefusalKind, Turn
from eventstore.events import MessageSent, VariablesChangeRequested, VariablesSet


def note_message(turn: Turn, command: NoteMessage) -> Refusal | None:
    state = turn.state
    if command.message_id not in state.messages:
        return Refusal(
            kind=RefusalKind.NOT_EXPECTED,
            message=f"job {state.job_id} has no message {command.message_id} on its way",
            status=state.status,
        )
    turn.emit(MessageSent(message_id=command.message_id))
    return None


def change_variables(turn: Turn, command: ChangeVariables) -> Refusal | None:
    state = turn.state
    if state.has_ended:
        return Refusal(
            kind=RefusalKind.JOB_ENDED,
            message=f"job {state.job_id} has ended: {state.status}",
            status=state.status,
        )
    given = command.variables if isinstance(command.variables, dict) else {}
    known = state.variables if isinstance(state.variables, dict) else {}
    changed = _appended(known, given) if command.appends else given
    refusal = too_large_variables(turn, {**known, **changed})
    if refusal is not None:
        return refusal
    turn.emit(VariablesChangeRequested(variables=command.variables, appends=command.appends))
    turn.emit(VariablesSet(variables=changed))
    return None


def _appended(known: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    return {key: _joined(known.get(key), more) for key, more in given.items()}


def _joined(before: Any, more: Any) -> Any:
    if isinstance(before, list) and isinstance(more, list):
        return [*before, *more]
    return more
