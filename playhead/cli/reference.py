"""The reference page of the command line: ``python -m playhead.cli.reference > docs/cli.md``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from playhead.cli.exits import MEANINGS
from playhead.cli.parser import NOUNS, SINGLES, parser_for

HEAD = """\
# The command line

*Made by `python -m playhead.cli.reference`; change the modules in `playhead/cli/`.*

`playhead NOUN VERB …` talks to the daemon through its socket, as any other client. The
socket is the one that `--socket` names, else `PLAYHEAD_SOCKET`, else the one of the
settings (`--data`, [settings.md](settings.md)).

```sh
playhead up                                   # in one terminal
playhead version add examples/mail_a_box.json # in another
playhead job submit mail_a_box --wait
```

What was asked for goes to standard output, everything else to standard error. `-o json`
prints the operation's own result (one line for each event in `events tail` and `job
watch`): that form is stable, tables are for people. There is colour only on a terminal
and without `NO_COLOR`. Times are ISO 8601, in UTC. A list says how to get its next page.

An error says what happened, why, and which command comes next:

```
error: there is no job 'x'
  why:  nothing of that name or id is in the log
  next: playhead job list
```

Where JSON is expected, `@FILE` reads it from a file and `-` from standard input. Write
tags in quotes: `'$LIVE'`. A command that changes something takes `--request-id`: repeated
with the same id it is carried out once and answered alike.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "".join([HEAD, *_exit_codes(), *_shared(), *_commands()])


def leaves() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command with its parser, in the order of the page."""
    top = parser_for([*NOUNS, *SINGLES])
    for name, parser in _choices(top).items():
        verbs = _choices(parser)
        if not verbs or parser.get_default("run"):
            yield name, parser
        yield from ((f"{name} {verb}", below) for verb, below in verbs.items())


def _exit_codes() -> Iterator[str]:
    yield "\n## Exit codes\n\n| code | meaning |\n|---|---|\n"
    for code, meaning in MEANINGS.items():
        yield f"| {code.value} | {meaning} |\n"


def _shared() -> Iterator[str]:
    yield "\n## Options of every command\n\n"
    yield from _table(action for action in _actions(parser_for([])) if action.dest != "version")


def _commands() -> Iterator[str]:
    shared = {action.dest for action in _actions(parser_for([]))}
    for name, parser in leaves():
        about = (parser.description or "").rstrip(".")
        yield f"\n## playhead {name}\n\n{about[0].upper()}{about[1:]}.\n"
        own = [
            action
            for action in _actions(parser)
            if not action.option_strings or action.dest not in shared
        ]
        if own:
            yield "\n"
            yield from _table(own)


def _table(actions: Any) -> Iterator[str]:
    yield "| argument | meaning |\n|---|---|\n"
    for action in actions:
        yield f"| `{_spelled(action)}` | {_meaning(action)} |\n"


def _spelled(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(action.choices) if action.choices else "")
    if not action.option_strings:
        return f"[{value}]" if action.nargs == "?" else str(value)
    if action.nargs == "?":
        value = f"[{value}]"
    return f"{', '.join(action.option_strings)} {value}".replace("|", "\\|").strip()


def _meaning(action: argparse.Action) -> str:
    return (action.help or "").replace("|", "\\|")


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [
        action
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
    ]


if __name__ == "__main__":
    sys.stdout.write(page())
