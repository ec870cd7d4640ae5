"""``playhead tag``."""

from __future__ import annotations

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group, add_page
from playhead.cli.session import Session
from playhead.cli.values import version_selector

COLUMNS = (
    ("TAG", "tag"),
    ("VERSION", "versionNumber"),
    ("MOVED", "movedAt"),
    ("BY", "movedBy"),
    ("VERSION ID", "versionId"),
)


def fill(group: Group) -> None:
    all_ = group.command("list", list_, "list the tags of a workflow")
    all_.add_argument("workflow", metavar="WORKFLOW")
    add_page(all_)
    move = group.command("set", set_, "move a tag to a version", changing=True)
    move.add_argument("workflow", metavar="WORKFLOW")
    move.add_argument("tag", metavar="TAG", help="'$LIVE', in quotes: shells know $ too")
    move.add_argument(
        "version", metavar="VERSION", type=version_selector, help="a number, a tag or an id"
    )
    past = group.command("history", history, "every move of a tag: when, by whom, from where")
    past.add_argument("workflow", metavar="WORKFLOW")
    past.add_argument("tag", metavar="TAG")
    add_page(past)


def list_(session: Session) -> int:
    asked = session.asked
    page = session.call("tag.list", workflow=asked.workflow, limit=asked.limit, cursor=asked.cursor)
    return show_page(session, page, "tags", COLUMNS, empty="No tags yet.")


def set_(session: Session) -> int:
    asked = session.asked
    moved = session.call("tag.set", workflow=asked.workflow, tag=asked.tag, version=asked.version)
    if session.output.as_json:
        session.output.json(moved)
        return Exit.OK
    before = moved["previousVersionNumber"]
    where = "" if before is None else f", before at {before}"
    session.output.line(f"{moved['tag']} is at version {moved['versionNumber']}{where}.")
    return Exit.OK


def history(session: Session) -> int:
    asked = session.asked
    page = session.call(
        "tag.history",
        workflow=asked.workflow,
        tag=asked.tag,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    columns = (
        ("MOVED", "at"),
        ("BY", "actor"),
        ("VERSION", "versionNumber"),
        ("BEFORE", "previousVersionNumber"),
        ("POSITION", "position"),
    )
    return show_page(session, page, "history", columns, empty="The tag was never set.")
