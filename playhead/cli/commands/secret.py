"""``playhead secret``. A value never stands on the command line, where others can see it."""

from __future__ import annotations

import sys
from getpass import getpass

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from playhead.cli.grammar import Group
from playhead.cli.session import Session

COLUMNS = (
    ("KEY", "key"),
    ("DESCRIPTION", "description"),
    ("HAS VALUE", "hasValue"),
    ("UPDATED", "updatedAt"),
    ("BY", "updatedBy"),
    ("SECRET ID", "secretId"),
)
VALUE = "the value is asked for, or read from standard input"


def fill(group: Group) -> None:
    group.command("list", list_, "list secrets, without their values")
    new = group.command("create", create, f"store a secret; {VALUE}", changing=True)
    new.add_argument("key", metavar="KEY", help="letters, digits, _ and -")
    new.add_argument("--description", metavar="TEXT")
    other = group.command("update", update, f"change a secret; {VALUE}", changing=True)
    other.add_argument("secret", metavar="SECRET", help="a key or an id")
    other.add_argument("--description", metavar="TEXT", help="leaves the value as it is")
    gone = group.command("delete", delete, "forget a secret and its value", changing=True)
    gone.add_argument("secret", metavar="SECRET", help="a key or an id")
    told = group.command("resolve", resolve, "print the value of a secret; this is recorded")
    told.add_argument("secret", metavar="SECRET", help="a key or an id")
    group.command("rotate-key", rotate_key, "seal all values with a new key", changing=True)


def list_(session: Session) -> int:
    found = session.call("secret.list")
    return show_page(session, found, "secrets", COLUMNS, empty="No secrets yet.")


def create(session: Session) -> int:
    asked = session.asked
    made = session.call(
        "secret.create", key=asked.key, value=_value(), description=asked.description
    )
    return _said(session, made, f"Stored {made['key']}.")


def update(session: Session) -> int:
    asked = session.asked
    value = _value() if asked.description is None else None
    done = session.call(
        "secret.update", secret=asked.secret, value=value, description=asked.description
    )
    return _said(session, done, f"Changed {asked.secret}.")


def delete(session: Session) -> int:
    done = session.call("secret.delete", secret=session.asked.secret)
    return _said(session, done, f"Deleted {session.asked.secret}.")


def resolve(session: Session) -> int:
    told = session.call("secret.resolve", secret=session.asked.secret)
    return _said(session, told, told["value"])


def rotate_key(session: Session) -> int:
    done = session.call("secret.rotateKey")
    return _said(session, done, "Every value is sealed with a new key.")


def _said(session: Session, result: dict[str, object], line: str) -> int:
    if session.output.as_json:
        session.output.json(result)
    else:
        session.output.line(line)
    return Exit.OK


def _value() -> str:
    """Of standard input the last line's end is no part."""
    if sys.stdin.isatty():
        return getpass("Value: ")
    value = sys.stdin.read().removesuffix("\n")
    if not value:
        raise CommandFailed(
            Exit.USAGE,
            "there is no value on standard input",
            why="a secret has one",
            next='printf %s "$VALUE" | playhead secret create KEY',
        )
    return value
