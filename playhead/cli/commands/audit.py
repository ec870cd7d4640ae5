"""``playhead audit``: who did what, and whether the log is whole."""

from __future__ import annotations

from pathlib import Path

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group, add_page
from playhead.cli.output import Row
from playhead.cli.session import Session
from playhead.cli.values import names


def fill(group: Group) -> None:
    query_ = group.command("query", query, "who did what, when, asked by which request")
    query_.add_argument("--actor", metavar="ACTOR", help="uid:1000/alice")
    query_.add_argument("--workflow", metavar="WORKFLOW")
    query_.add_argument("--job", metavar="JOB")
    query_.add_argument("--tag", metavar="TAG")
    query_.add_argument("--types", metavar="TYPE,…", type=names)
    query_.add_argument("--since", metavar="TIME", help="ISO 8601")
    query_.add_argument("--until", metavar="TIME", help="ISO 8601")
    add_page(query_)
    add_offline(query_)
    add_offline(group.command("verify", verify, "walk the chain of the whole log"))


def add_offline(parser: object) -> None:
    parser.add_argument(  # type: ignore[attr-defined]
        "--offline", metavar="FILE", type=Path, help="look into this log file, without a daemon"
    )


def query(session: Session) -> int:
    asked = session.asked
    filters = {
        "actor": asked.actor,
        "workflow": asked.workflow,
        "job": asked.job,
        "tag": asked.tag,
        "types": asked.types,
        "since": asked.since,
        "until": asked.until,
    }
    if asked.offline:
        from playhead.cli import offline

        page = offline.audit_query(asked.offline, filters, limit=asked.limit, cursor=asked.cursor)
    else:
        page = session.call("audit.query", **filters, limit=asked.limit, cursor=asked.cursor)
    columns = (
        ("POSITION", "position"),
        ("AT", "at"),
        ("WHO", "actor"),
        ("WHAT", "type"),
        ("ON", "stream"),
        ("REQUEST", "request"),
        ("BECAUSE OF", _cause),
    )
    return show_page(session, page, "entries", columns, empty="Nothing of that kind.")


def _cause(entry: Row) -> str | None:
    return None if entry["cause"] is None else f"position {entry['cause']}"


def verify(session: Session) -> int:
    if session.asked.offline:
        from playhead.cli import offline

        found = offline.audit_verify(session.asked.offline)
    else:
        found = session.call("audit.verify")
    head = found["head"]
    if session.output.as_json:
        session.output.json(found)
    elif found["ok"]:
        session.output.line(
            f"ok: {found['events']} events, every link holds; head {head['position']}"
            f" {head['hash']}"
        )
    else:
        session.output.line(f"BROKEN at position {found['brokenAt']}: {found['problem']}")
    return Exit.OK if found["ok"] else Exit.BROKEN_CHAIN
