"""``playhead up``: the daemon for people."""

from __future__ import annotations

from argparse import ArgumentParser

from playhead.cli.serve import add_settings, serve
from playhead.cli.session import Session

GREETING = """\
This is the playhead daemon, in the foreground. Ctrl-C ends it; nothing is lost.
  log and read models: {data}
  socket:              {socket}
From another terminal:
  playhead status
  playhead version add FILE
  playhead job submit WORKFLOW --wait"""


def fill(parser: ArgumentParser) -> None:
    add_settings(parser)
    parser.set_defaults(run=up)


def up(session: Session) -> int:
    return serve(session, greeting=GREETING)
