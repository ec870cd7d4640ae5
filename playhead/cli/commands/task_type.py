"""``playhead task-type``."""

from __future__ import annotations

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group, add_page
from playhead.cli.session import Session
from playhead.cli.values import json_value

COLUMNS = (("NAME", "name"), ("UPDATED", "updatedAt"), ("BY", "updatedBy"))


def fill(group: Group) -> None:
    add_page(group.command("list", list_, "list all task types"))
    one = group.command("show", show, "show the settings of a task type")
    one.add_argument("name", metavar="NAME")
    new = group.command("put", put, "define or change a task type", changing=True)
    new.add_argument("definition", metavar="JSON", help="its settings as JSON, @FILE or -")
    end = group.command("delete", delete, "delete a task type", changing=True)
    end.add_argument("name", metavar="NAME")


def list_(session: Session) -> int:
    page = session.call("taskType.list", limit=session.asked.limit, cursor=session.asked.cursor)
    return show_page(session, page, "taskTypes", COLUMNS, empty="No task types yet.")


def show(session: Session) -> int:
    session.output.json(session.call("taskType.get", name=session.asked.name))
    return Exit.OK


def put(session: Session) -> int:
    made = session.call("taskType.put", definition=json_value(session.asked.definition))
    return _done(session, made, "Defined")


def delete(session: Session) -> int:
    return _done(session, session.call("taskType.delete", name=session.asked.name), "Deleted")


def _done(session: Session, answer: dict[str, str], verb: str) -> int:
    if session.output.as_json:
        session.output.json(answer)
    else:
        session.output.line(f"{verb} {answer['name']}.")
    return Exit.OK
