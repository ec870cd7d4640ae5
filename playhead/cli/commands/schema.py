"""``playhead schema``."""

from __future__ import annotations

from typing import Any

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group, add_page
from playhead.cli.session import Session
from playhead.cli.values import json_value

COLUMNS = (
    ("NAME", "name"),
    ("VERSION", "version"),
    ("UPDATED", "updatedAt"),
    ("BY", "updatedBy"),
)


def fill(group: Group) -> None:
    add_page(group.command("list", list_, "list all registered schemas"))
    one = group.command("show", show, "show a schema")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--version", type=int, metavar="N", help="the newest unless given")
    new = group.command("put", put, "register a schema", changing=True)
    new.add_argument("definition", metavar="JSON", help="a SchemaDef as JSON, @FILE or -")
    new.add_argument("--new-version", action="store_true", help="give it the next free version")
    end = group.command("delete", delete, "delete a schema", changing=True)
    end.add_argument("name", metavar="NAME")
    end.add_argument("--version", type=int, metavar="N", help="every version unless given")


def list_(session: Session) -> int:
    page = session.call("schema.list", limit=session.asked.limit, cursor=session.asked.cursor)
    return show_page(session, page, "schemas", COLUMNS, empty="No schemas yet.")


def show(session: Session) -> int:
    asked = session.asked
    session.output.json(session.call("schema.get", name=asked.name, version=asked.version))
    return Exit.OK


def put(session: Session) -> int:
    asked = session.asked
    made = session.call(
        "schema.put",
        definition=json_value(asked.definition),
        newVersion=asked.new_version or None,
    )
    return _done(session, made, "Registered")


def delete(session: Session) -> int:
    asked = session.asked
    gone = session.call("schema.delete", name=asked.name, version=asked.version)
    return _done(session, gone, "Deleted")


def _done(session: Session, answer: dict[str, Any], verb: str) -> int:
    if session.output.as_json:
        session.output.json(answer)
    else:
        version = answer["version"]
        which = "" if version is None else f" version {version}"
        session.output.line(f"{verb} {answer['name']}{which}.")
    return Exit.OK
