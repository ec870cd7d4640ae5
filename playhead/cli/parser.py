"""The command tree. Each noun's module is imported when it is used, or for the reference."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import NoReturn

from playhead.cli.grammar import DEFAULTS, Group, Parser, shared_options

NOUNS = {
    "workflow": "workflows: containers of versions",
    "version": "versions: immutable definitions; alone, those of the programs",
    "tag": "tags: movable pointers to versions",
    "task-type": "settings of what workers poll for",
    "schema": "JSON Schemas that definitions name",
    "handler": "event handlers, and messages that they act upon",
    "job": "jobs: submit, look at, steer",
    "task": "tasks: list, and do by hand",
    "queue": "what waits for workers",
    "pool": "resource pools: how many jobs run at a time",
    "schedule": "schedules: jobs that start by the clock",
    "secret": "secrets: what tasks are given and no event holds",
    "events": "the log itself",
    "audit": "who did what, and whether the log is whole",
    "replay": "whether the log and what is shown agree",
    "projections": "the read models",
    "conductor": "moving here from Conductor",
}
SINGLES = {
    "up": "run the daemon here, and say what it does",
    "serve": "run the daemon for a service manager",
    "call": "call any operation and print its result",
    "status": "how the daemon is",
    "doctor": "look for what is wrong",
    "backup": "copy the log while the daemon runs",
}


class ShowVersion(argparse.Action):
    """Imports ``config`` late: to import the command line is not to run it, and only the
    entry point sees to it that ``config`` is ours."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from config.version import VERSION

        print(f"playhead {VERSION}")
        parser.exit()


def parser_for(words: Sequence[str]) -> argparse.ArgumentParser:
    """The whole tree's first level, and what ``words`` need below it."""
    top = Parser(
        prog="playhead",
        description="A workflow daemon that remembers everything.",
        parents=[shared_options()],
        epilog="Every command has --help. Exit codes: docs/cli.md.",
    )
    top.set_defaults(**DEFAULTS)
    top.add_argument("--version", action=ShowVersion, nargs=0, help="show the version and exit")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, about in {**SINGLES, **NOUNS}.items():
        parents = [shared_options()]
        parser = commands.add_parser(name, help=about, description=about, parents=parents)
        if name in words:
            _fill(name, parser)
    return top


def _fill(name: str, parser: argparse.ArgumentParser) -> None:
    module = importlib.import_module(f"playhead.cli.commands.{name.replace('-', '_')}")
    module.fill(parser if name in SINGLES else Group(parser))
