"""``playhead handler``."""

from __future__ import annotations

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group, add_page
from playhead.cli.session import Session
from playhead.cli.values import json_value

COLUMNS = (
    ("NAME", "name"),
    ("EVENT", "event"),
    ("ACTIVE", "active"),
    ("UPDATED", "updatedAt"),
)

MESSAGES = (
    ("MESSAGE", "messageId"),
    ("EVENT", "event"),
    ("HANDLERS", "handlers"),
    ("OPEN", "open"),
    ("PUBLISHED", "publishedAt"),
)


def fill(group: Group) -> None:
    every = group.command("list", list_, "list event handlers")
    every.add_argument("--event", metavar="EVENT", help="only those of this event")
    every.add_argument("--active", action="store_true", help="only those that act")
    one = group.command("show", show, "show the definition of an event handler")
    one.add_argument("name", metavar="NAME")
    new = group.command("put", put, "define or change an event handler", changing=True)
    new.add_argument("definition", metavar="JSON", help="its definition as JSON, @FILE or -")
    end = group.command("delete", delete, "delete an event handler", changing=True)
    end.add_argument("name", metavar="NAME")
    sent = group.command("publish", publish, "publish a message of an event", changing=True)
    sent.add_argument("event", metavar="EVENT", help="such as conductor:orders:paid")
    sent.add_argument("payload", metavar="JSON", help="its payload as JSON, @FILE or -")
    sent.add_argument("--id", metavar="ID", help="an id of your own: it is published once")
    recent = group.command("messages", messages, "list messages, newest first")
    recent.add_argument("--event", metavar="EVENT", help="only those of this event")
    recent.add_argument("--open", action="store_true", help="only those with something left to do")
    add_page(recent)
    what = group.command("message", message, "show a message and what came of it")
    what.add_argument("message", metavar="MESSAGE", help="its id")


def list_(session: Session) -> int:
    asked = session.asked
    page = session.call("eventHandler.list", event=asked.event, activeOnly=asked.active or None)
    return show_page(session, page, "eventHandlers", COLUMNS, empty="No event handlers yet.")


def show(session: Session) -> int:
    session.output.json(session.call("eventHandler.get", name=session.asked.name))
    return Exit.OK


def put(session: Session) -> int:
    given = json_value(session.asked.definition)
    return _done(session, session.call("eventHandler.put", definition=given), "Defined")


def delete(session: Session) -> int:
    return _done(session, session.call("eventHandler.delete", name=session.asked.name), "Deleted")


def publish(session: Session) -> int:
    asked = session.asked
    payload = json_value(asked.payload)
    sent = session.call("message.publish", event=asked.event, payload=payload, messageId=asked.id)
    if session.output.as_json:
        session.output.json(sent)
    else:
        met = ", ".join(sent["handlers"]) or "no handler"
        session.output.line(f"Published {sent['messageId']}; it met {met}.")
    return Exit.OK


def messages(session: Session) -> int:
    asked = session.asked
    given = {"event": asked.event, "openOnly": asked.open or None}
    page = session.call("message.list", **given, limit=asked.limit, cursor=asked.cursor)
    return show_page(session, page, "messages", MESSAGES, empty="No messages.")


def message(session: Session) -> int:
    session.output.json(session.call("message.get", messageId=session.asked.message))
    return Exit.OK


def _done(session: Session, answer: dict[str, str], verb: str) -> int:
    if session.output.as_json:
        session.output.json(answer)
    else:
        session.output.line(f"{verb} {answer['name']}.")
    return Exit.OK
