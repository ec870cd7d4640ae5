"""``playhead workflow``."""

from __future__ import annotations

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group, add_page
from playhead.cli.session import Session

COLUMNS = (
    ("NAME", "name"),
    ("LATEST", "latestVersionNumber"),
    ("CREATED", "createdAt"),
    ("BY", "createdBy"),
    ("WORKFLOW ID", "workflowId"),
)


def fill(group: Group) -> None:
    add_page(group.command("list", list_, "list all workflows"))
    show_ = group.command("show", show, "show one workflow and its tags")
    show_.add_argument("workflow", metavar="WORKFLOW", help="a name or an id")
    new = group.command("register", register, "register an empty workflow", changing=True)
    new.add_argument("name", metavar="NAME")
    new.add_argument("--description", metavar="TEXT")


def list_(session: Session) -> int:
    asked = session.asked
    page = session.call("workflow.list", limit=asked.limit, cursor=asked.cursor)
    return show_page(session, page, "workflows", COLUMNS, empty="No workflows yet.")


def show(session: Session) -> int:
    found = session.call("workflow.get", workflow=session.asked.workflow)
    if session.output.as_json:
        session.output.json(found)
        return Exit.OK
    session.output.fields(
        [
            ("name", found["name"]),
            ("workflow id", found["workflowId"]),
            ("description", found["description"]),
            ("versions", found["versions"]),
            ("latest version", found["latestVersionNumber"]),
            ("created", f"{found['createdAt']} by {found['createdBy']}"),
            *((tag, f"version {number}") for tag, number in found["tags"].items()),
        ]
    )
    return Exit.OK


def register(session: Session) -> int:
    asked = session.asked
    made = session.call("workflow.register", name=asked.name, description=asked.description)
    if session.output.as_json:
        session.output.json(made)
    else:
        session.output.line(f"Registered {made['name']} ({made['workflowId']}).")
    return Exit.OK
