"""``playhead backup``."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from playhead.cli.exits import Exit
from playhead.cli.session import Session


def fill(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="a file that is not there yet")
    parser.set_defaults(run=backup)


def backup(session: Session) -> int:
    made = session.call("system.backup", path=str(session.asked.path.absolute()))
    if session.output.as_json:
        session.output.json(made)
        return Exit.OK
    session.output.line(f"Copied the log up to position {made['position']} to {made['path']}.")
    if made["secretsFile"] is not None:
        session.output.line(
            f"The secrets are not in it: save {made['secretsFile']} too, and its key "
            f"{made['secretsKeyFile']} in another place."
        )
    session.output.line(f"Check it with: playhead audit verify --offline {made['path']}")
    return Exit.OK
