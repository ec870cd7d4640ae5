"""What stands on the command line, turned into parameters."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed


def json_value(text: str) -> Any:
    """JSON, ``@FILE`` with JSON in it, or ``-`` for standard input."""
    source, content = _content(text)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CommandFailed(
            Exit.USAGE,
            f"{source} is not JSON",
            why=str(error),
            next="put the JSON into a file and name it as @FILE, so that no shell changes it",
        ) from error


def _content(text: str) -> tuple[str, str]:
    if text == "-":
        return "standard input", sys.stdin.read()
    if text.startswith("@"):
        return text[1:], file_text(Path(text[1:]))
    return f"the argument {text[:60]!r}", text


def file_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CommandFailed(
            Exit.USAGE, f"{path} cannot be read", why=str(error), next=f"ls -l {path}"
        ) from error


def definition_text(text: str) -> str:
    """The text of a definition, from a file or from standard input (``-``). It is sent as
    it is, so that the daemon sees what stands in the file and nothing is lost on the way."""
    return sys.stdin.read() if text == "-" else file_text(Path(text))


def version_selector(text: str) -> dict[str, Any]:
    """``3`` is a number, ``$LIVE`` a tag, anything else an identity."""
    if text.startswith("$"):
        return {"tag": text}
    return {"versionNumber": int(text)} if text.isdecimal() else {"versionId": text}


def moment(text: str) -> dict[str, Any]:
    """``12``: after the job's 12th event; ``@340``: as of position 340 of the log;
    anything else is an ISO 8601 time."""
    if text.isdecimal():
        return {"sequence": int(text)}
    if text.startswith("@") and text[1:].isdecimal():
        return {"position": int(text[1:])}
    return {"time": text}


def names(text: str) -> list[str]:
    """A list with commas."""
    return [each for each in text.split(",") if each]
