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

USUAL = {"http.serve": "if-free"}
"""A person who starts a second daemon wants it to run, with or without the port."""


def fill(parser: ArgumentParser) -> None:
    add_settings(parser, http="Without it 127.0.0.1:8080, if nobody else is there.")
    parser.set_defaults(run=up)


def up(session: Session) -> int:
    return serve(session, greeting=GREETING, usual=USUAL)
