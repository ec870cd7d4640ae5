"""``playhead serve``: the daemon for a service manager."""

from __future__ import annotations

from argparse import ArgumentParser

from playhead.cli.serve import add_settings, serve
from playhead.cli.session import Session


def fill(parser: ArgumentParser) -> None:
    add_settings(parser, http="Without it none is, unless the settings say so.")
    parser.set_defaults(run=run)


def run(session: Session) -> int:
    return serve(session, greeting=None)
