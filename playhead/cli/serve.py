"""Running the daemon from the command line."""

from __future__ import annotations

import argparse
from typing import Any

from playhead.cli.session import Session, settings_of


def add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        type=setting,
        metavar="SETTING=VALUE",
        help="any setting of docs/settings.md, as store.group_events=500; may be repeated",
    )


def setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not SETTING=VALUE")
    return name, value


def serve(session: Session, *, greeting: str | None) -> int:
    """Serve until a signal; the daemon's own exit code."""
    from daemon.app import run

    settings: Any = settings_of(session.asked)
    if greeting is not None:
        paths = settings.paths
        session.output.line(greeting.format(data=paths.data_dir, socket=paths.socket))
    return run(settings, announce=session.output.line)
