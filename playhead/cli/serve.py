"""Running the daemon from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from playhead.cli.session import Session, settings_of

HIGHEST_PORT = 65_535


def add_settings(parser: argparse.ArgumentParser, *, http: str) -> None:
    """``http`` says what happens without ``--http``."""
    parser.add_argument(
        "--http",
        type=address,
        metavar="HOST:PORT",
        help=f"where HTTP is served; port 0 is any free one, `off` serves the socket only. {http}",
    )
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


def address(text: str) -> dict[str, Any]:
    """The settings that ``--http`` stands for: of ``HOST:PORT``, ``PORT`` or ``off``."""
    if text == "off":
        return {"http.serve": "off"}
    host, colon, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > HIGHEST_PORT or (colon and not host):
        raise argparse.ArgumentTypeError(f"{text!r} is none of HOST:PORT, PORT and off")
    found: dict[str, Any] = {"http.serve": "on", "http.port": int(port)}
    if host:
        found["http.host"] = host.removeprefix("[").removesuffix("]")
    return found


def serve(session: Session, *, greeting: str | None, usual: Mapping[str, Any] | None = None) -> int:
    """Serve until a signal; the daemon's own exit code. ``usual``: settings of the command
    where nobody says otherwise."""
    _leave_out_rich()
    from daemon.app import run

    settings: Any = settings_of(session.asked, usual)
    if greeting is not None:
        paths = settings.paths
        session.output.line(greeting.format(data=paths.data_dir, socket=paths.socket))
    return run(settings, announce=session.output.line)


def _leave_out_rich() -> None:
    """structlog imports rich where that is installed, for tracebacks that the daemon does not
    show: a tenth of its start."""
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
