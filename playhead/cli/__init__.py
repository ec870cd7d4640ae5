"""The command line: a client of the socket like any other."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from playhead.cli.parser import parser_for
from playhead.cli.session import Session


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = sys.argv[1:] if words is None else words
    try:
        code = _run(Session(parser_for(words).parse_args(words)))
        sys.stdout.flush()
    except CommandFailed as failure:
        print("\n".join(failure.lines()), file=sys.stderr)
        return failure.exit
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has read enough; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    return code


def _run(session: Session) -> int:
    try:
        code: int = session.asked.run(session)
    finally:
        session.close()
    return code
