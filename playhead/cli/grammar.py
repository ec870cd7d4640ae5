"""How commands are declared: a noun, a verb, what runs it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from playhead.cli.exits import Exit
from playhead.cli.session import Session

Run = Callable[[Session], int]
TIMEOUT_SECONDS = 30.0


class Parser(argparse.ArgumentParser):
    """Complains in the form of every other error."""

    def error(self, message: str) -> NoReturn:
        self.exit(
            Exit.USAGE,
            f"error: {message}\n  why:  the command line is not understood\n"
            f"  next: {self.prog} --help\n",
        )


class Group:
    """The verbs of one noun; ``fill`` functions of the command modules add to it."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.noun = parser
        self._verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def alone(self, run: Run) -> None:
        """What the noun does without a verb."""
        self._verbs.required = False
        self.noun.set_defaults(run=run)

    def command(self, name: str, run: Run, about: str, *, changing: bool = False) -> Any:
        """The parser of a new verb, with the options that all commands have."""
        parser = self._verbs.add_parser(
            name, help=about, description=about, parents=[shared_options()]
        )
        if changing:
            add_request_id(parser)
        parser.set_defaults(run=run)
        return parser


def add_request_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--request-id", metavar="ID", help="repeat the command with the same id to do it once"
    )


def shared_options() -> Parser:
    """Taken before and after the command; the later one counts."""
    options = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = options.add_argument_group("options of every command")
    group.add_argument("--socket", metavar="PATH", help="the daemon's socket")
    group.add_argument("--data", metavar="DIR", help="the daemon's data directory")
    group.add_argument("-o", "--output", choices=("table", "json"), help="table (default) or json")
    group.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        help=f"how long an answer may take (default {TIMEOUT_SECONDS:g})",
    )
    return options


DEFAULTS = {"socket": None, "data": None, "output": "table", "timeout": TIMEOUT_SECONDS}


def seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def add_page(parser: argparse.ArgumentParser) -> None:
    """The options of a list."""
    parser.add_argument("--limit", type=int, metavar="N", help="at most N (default 100)")
    parser.add_argument("--cursor", metavar="CURSOR", help="go on where another list ended")
