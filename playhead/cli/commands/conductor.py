"""``playhead conductor``: moving here from Conductor."""

from __future__ import annotations

from playhead.cli.exits import Exit
from playhead.cli.grammar import Group
from playhead.cli.importing.carrying import Carrier
from playhead.cli.importing.sources import found_at
from playhead.cli.importing.verdicts import Result, show
from playhead.cli.session import Session


def fill(group: Group) -> None:
    about = "bring definitions, task types, event handlers and schedules here"
    new = group.command("import", import_, about)
    new.add_argument(
        "source",
        metavar="URL|DIR",
        help="the address of a Conductor server, or a folder of JSON files",
    )
    new.add_argument("--dry-run", action="store_true", help="only say what would come of each")
    new.add_argument(
        "--overwrite",
        action="store_true",
        help="give the number of a version that differs to a new revision",
    )
    new.add_argument(
        "--header",
        metavar="NAME:VALUE",
        type=header,
        action="append",
        default=[],
        help="sent to the server, as X-Authorization:TOKEN; may be repeated",
    )


def header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ValueError(text)
    return name.strip(), value.strip()


def import_(session: Session) -> int:
    asked = session.asked
    found = found_at(asked.source, headers=dict(asked.header), seconds=asked.timeout)
    carrier = Carrier(session, dry=asked.dry_run, overwrite=asked.overwrite)
    verdicts = carrier.carry(found.things)
    show(session.output, verdicts, found.notes, dry=asked.dry_run)
    refused = any(verdict.result is Result.REFUSED for verdict in verdicts)
    return Exit.FAILURE if refused else Exit.OK
