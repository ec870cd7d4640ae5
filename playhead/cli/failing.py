"""Errors as people read them: what happened, why, and which command comes next."""

from __future__ import annotations

from playhead.cli.exits import Exit, of_error
from playhead.errors import CallTimedOut, ConnectionLost, DaemonUnreachable, PlayheadError, RpcError


class CommandFailed(Exception):
    """Ends the command with ``exit``; its lines go to standard error."""

    def __init__(self, exit: Exit, what: str, *, why: str, next: str) -> None:
        super().__init__(what)
        self.exit = exit
        self.what = what
        self.why = why
        self.next = next

    def lines(self) -> list[str]:
        why = self.why.splitlines()
        return [
            f"error: {self.what}",
            f"  why:  {why[0]}",
            *(f"        {line}" for line in why[1:]),
            f"  next: {self.next}",
        ]


LISTS = {
    "job": "playhead job list",
    "task": "playhead task list",
    "taskType": "playhead task-type list",
    "schema": "playhead schema list",
    "eventHandler": "playhead handler list",
    "message": "playhead handler messages",
    "workflow": "playhead workflow list",
    "version": "playhead workflow list",
    "tag": "playhead workflow list",
    "replay": "playhead job list",
}
"""What to look at when something of this kind was not found."""

REASONS = {
    "notFound": "nothing of that name or id is in the log",
    "refused": "its state does not allow it",
    "conflict": "the name or number is taken, or somebody else was faster",
    "requestIdReused": "a request id stands for one call with its parameters, for ever",
    "busy": "the daemon has as much to do as it takes on; nothing was changed",
    "readOnly": "the daemon takes no changes since a write to its disk failed",
    "stopping": "the daemon is about to end; nothing was changed",
    "unknownOutcome": "the write was lost on its way to the disk",
    "methodNotFound": "the daemon has no operation of that name",
    "noSlot": "as many jobs run under this limit as may, and it lets none wait",
    "noVersion": "a job needs a version, and none was named or tagged",
    "beyondHead": "the log does not go that far",
    "internal": "a fault in the daemon; its log has the details",
    "notAllowed": "this user may not do it",
}


def explained(error: PlayheadError, method: str) -> CommandFailed:
    """The failure to print when calling ``method`` raised ``error``."""
    match error:
        case DaemonUnreachable():
            return CommandFailed(
                Exit.UNREACHABLE,
                f"no daemon answers at {error.socket}",
                why=error.why,
                next="playhead up, or playhead doctor to see what is wrong",
            )
        case ConnectionLost():
            return _lost(error)
        case CallTimedOut():
            return CommandFailed(
                Exit.TIMED_OUT,
                str(error),
                why="the daemon did not answer in the given time",
                next="the same with a longer --timeout, or playhead doctor",
            )
        case RpcError():
            what = error.message.removeprefix(": ")
            return CommandFailed(of_error(error), what, why=_why(error), next=_next(error, method))
        case _:
            return CommandFailed(
                Exit.FAILURE,
                str(error),
                why="what answers at the socket is no playhead daemon",
                next="playhead doctor",
            )


def _lost(error: ConnectionLost) -> CommandFailed:
    again = f"the same with --request-id {error.request_id}" if error.request_id else "look first"
    return CommandFailed(
        Exit.UNREACHABLE,
        f"the daemon went away before it answered {error.method}",
        why="whether it was carried out is unknown",
        next=f"{again}: playhead status tells whether the daemon is back",
    )


def _why(error: RpcError) -> str:
    problems = error.data.get("errors")
    if isinstance(problems, list) and problems:
        return "\n".join(f"{each['path'] or '(whole)'}: {each['message']}" for each in problems)
    return REASONS.get(error.type, f"the daemon answers {error.type or error.code}")


def _next(error: RpcError, method: str) -> str:
    kind = method.split(".")[0]
    match error.type:
        case "notFound" | "beyondHead":
            return LISTS.get(kind, "playhead status")
        case "noVersion":
            return "playhead tag set WORKFLOW '$LIVE' NUMBER, or name one with --version"
        case "contractBroken":
            return "playhead version show WORKFLOW tells what the input must be"
        case "invalidDefinition":
            return "playhead version validate FILE until it has no errors"
        case "refused" | "conflict":
            return f"{LISTS.get(kind, 'playhead job list')} shows how things stand"
        case "requestIdReused":
            return "the same with another --request-id, or without one"
        case "noSlot" | "busy" | "stopping" | "unknownOutcome":
            return "the same again in a moment"
        case "readOnly" | "internal":
            return "playhead doctor"
        case _:
            return "playhead call rpc.discover lists every operation with its parameters"
