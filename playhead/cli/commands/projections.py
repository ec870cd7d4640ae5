"""``playhead projections``."""

from __future__ import annotations

from playhead.cli.exits import Exit
from playhead.cli.grammar import Group
from playhead.cli.session import Session


def fill(group: Group) -> None:
    group.command("rebuild", rebuild, "make the read models anew from the log")


def rebuild(session: Session) -> int:
    answer = session.call("projections.rebuild")
    if session.output.as_json:
        session.output.json(answer)
    else:
        session.output.line(f"The read models are made anew, up to position {answer['position']}.")
    return Exit.OK
