"""``playhead version``: definitions; alone, the versions of the programs."""

from __future__ import annotations

import platform

from config.version import VERSION
from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from playhead.cli.grammar import Group, add_page
from playhead.cli.session import Session
from playhead.cli.values import definition_text, version_selector

COLUMNS = (
    ("VERSION", "versionNumber"),
    ("DIALECT", "dialect"),
    ("CURRENT", "current"),
    ("CREATED", "createdAt"),
    ("BY", "createdBy"),
    ("VERSION ID", "versionId"),
)


def fill(group: Group) -> None:
    group.alone(programs)
    all_ = group.command("list", list_, "list the versions of a workflow")
    all_.add_argument("workflow", metavar="WORKFLOW")
    add_page(all_)
    one = group.command("show", show, "show a version and its definition")
    one.add_argument("workflow", metavar="WORKFLOW")
    one.add_argument(
        "version",
        metavar="VERSION",
        nargs="?",
        type=version_selector,
        help="a number, a tag or an id; without it the one that a submit would take",
    )
    new = group.command("add", add, "add a version from a definition", changing=True)
    new.add_argument("file", metavar="FILE", help="a JSON file, or - for standard input")
    new.add_argument("--workflow", metavar="WORKFLOW", help="if the definition does not say it")
    new.add_argument("--overwrite", action="store_true", help="give its number to a new revision")
    check = group.command("validate", validate, "say what is wrong with a definition")
    check.add_argument("file", metavar="FILE", help="a JSON file, or - for standard input")


def programs(session: Session) -> int:
    found = {"playhead": VERSION, "python": platform.python_version(), "daemon": None}
    try:
        found["daemon"] = session.call("system.status")["version"]
    except CommandFailed as failure:
        if failure.exit is not Exit.UNREACHABLE:
            raise
    if session.output.as_json:
        session.output.json(found)
    else:
        found["daemon"] = found["daemon"] or "not running"
        session.output.fields(found.items())
    return Exit.OK


def list_(session: Session) -> int:
    asked = session.asked
    page = session.call(
        "version.list", workflow=asked.workflow, limit=asked.limit, cursor=asked.cursor
    )
    return show_page(session, page, "versions", COLUMNS, empty="No versions yet.")


def show(session: Session) -> int:
    asked = session.asked
    found = session.call("version.get", workflow=asked.workflow, version=asked.version)
    if session.output.as_json:
        session.output.json(found)
        return Exit.OK
    session.output.fields(
        [
            ("workflow", found["workflow"]),
            ("version", found["versionNumber"]),
            ("version id", found["versionId"]),
            ("dialect", found["dialect"]),
            ("tags", ", ".join(found["tags"]) or None),
            ("created", f"{found['createdAt']} by {found['createdBy']}"),
        ]
    )
    session.output.line()
    session.output.json(found["definition"])
    return Exit.OK


def add(session: Session) -> int:
    asked = session.asked
    made = session.call(
        "version.add",
        definition=definition_text(asked.file),
        workflow=asked.workflow,
        overwrite=asked.overwrite or None,
    )
    if session.output.as_json:
        session.output.json(made)
    else:
        session.output.line(f"Added version {made['versionNumber']} ({made['versionId']}).")
    return Exit.OK


def validate(session: Session) -> int:
    found = session.call("version.validate", definition=definition_text(session.asked.file))
    if session.output.as_json:
        session.output.json(found)
    else:
        for kind in ("errors", "warnings"):
            for each in found[kind]:
                session.output.line(f"{kind[:-1]}: {each['path'] or '(whole)'}: {each['message']}")
        state = "is valid" if found["valid"] else "is not valid"
        session.output.line(f"The definition {state} (dialect {found['dialect']}).")
    return Exit.OK if found["valid"] else Exit.FAILURE
