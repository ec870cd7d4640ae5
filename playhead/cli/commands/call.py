"""``playhead call``: any operation, as it is."""

from __future__ import annotations

from argparse import ArgumentParser

from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from playhead.cli.session import Session
from playhead.cli.values import json_value


def fill(parser: ArgumentParser) -> None:
    parser.add_argument("method", metavar="METHOD", help="job.get, rpc.discover …")
    parser.add_argument(
        "params", metavar="JSON", nargs="?", default="{}", help="parameters, @FILE or - for stdin"
    )
    parser.set_defaults(run=call)


def call(session: Session) -> int:
    params = json_value(session.asked.params)
    if not isinstance(params, dict):
        raise CommandFailed(
            Exit.USAGE,
            "parameters are an object",
            why=f"given is {params!r:.60}",
            next=f"playhead call {session.asked.method} '{{}}'",
        )
    session.output.json(session.plain_call(session.asked.method, params))
    return Exit.OK
