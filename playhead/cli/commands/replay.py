"""``playhead replay``: whether the log and what is shown agree."""

from __future__ import annotations

from playhead.cli.commands.audit import add_offline
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group
from playhead.cli.output import shown
from playhead.cli.session import Session


def fill(group: Group) -> None:
    check = group.command("verify", verify, "fold the log again and compare with the read models")
    check.add_argument("--job", metavar="JOB", help="only this job")
    add_offline(check)


def verify(session: Session) -> int:
    asked = session.asked
    if asked.offline:
        from playhead.cli import offline

        found = offline.replay_verify(asked.offline, asked.job)
    else:
        found = session.call("replay.verify", jobId=asked.job)
    if session.output.as_json:
        session.output.json(found)
    else:
        for difference in found["differences"]:
            session.output.line(shown(difference))
        state = "ok" if found["ok"] else "DIFFERENT"
        session.output.line(f"{state}: {found['jobs']} jobs folded again")
    return Exit.OK if found["ok"] else Exit.DIFFERENCES
