"""Where definitions come from: a running Conductor server, or a folder of JSON files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from playhead.cli.importing.things import Kind, Thing, things_in
from playhead.cli.values import file_text

LISTS = (
    (Kind.TASK_TYPE, "/metadata/taskdefs"),
    (Kind.WORKFLOW, "/metadata/workflow"),
    (Kind.EVENT_HANDLER, "/event"),
    (Kind.SCHEDULE, "/scheduler/schedules"),
)
"""What a server has, and where it lists that (conductor.md §6.4-6.6)."""

OPTIONAL = frozenset({Kind.EVENT_HANDLER, Kind.SCHEDULE})
"""Parts of a server that may be switched off."""


class Found(NamedTuple):
    things: list[Thing]
    notes: list[str]
    """What could not be looked at, a sentence each."""


def found_at(source: str, *, headers: Mapping[str, str], seconds: float) -> Found:
    """Everything at ``source``, an address or a folder. Raises CommandFailed."""
    if source.startswith(("http://", "https://")):
        return from_server(source, headers=headers, seconds=seconds)
    return Found(from_folder(Path(source)), [])


def from_folder(folder: Path) -> list[Thing]:
    """Of every JSON file below ``folder``, or of the one file that it is."""
    if not folder.exists():
        raise CommandFailed(
            Exit.USAGE,
            f"there is no folder {folder}",
            why="a source is a folder of JSON files, or an address that begins with http:// or "
            "https://",
            next=f"ls -d {folder}",
        )
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.json"))
    things: list[Thing] = []
    for file in files:
        place = str(file.relative_to(folder)) if file != folder else file.name
        try:
            things += things_in(json.loads(file_text(file)), place)
        except (ValueError, RecursionError) as error:
            things.append(Thing(Kind.UNKNOWN, None, place, f"this is not JSON: {error}"))
    return things


def from_server(address: str, *, headers: Mapping[str, str], seconds: float) -> Found:
    base = api_of(address)
    things: list[Thing] = []
    notes: list[str] = []
    for kind, path in LISTS:
        try:
            listed = _listed(base + path, headers, seconds)
        except HTTPError as error:
            if kind not in OPTIONAL:
                raise _unusable(base + path, f"it answers {error.code} {error.reason}") from error
            notes.append(f"{kind}s were left out: {base + path} answers {error.code}")
        else:
            places = (f"{base}{path}[{index}]" for index in range(len(listed)))
            things += [Thing(kind, each, place) for each, place in zip(listed, places, strict=True)]
    return Found(things, notes)


def api_of(address: str) -> str:
    """The root of the server's interface; ``/api`` where the address names no path."""
    bare = address.rstrip("/")
    return bare if urlsplit(bare).path else f"{bare}/api"


def _listed(url: str, headers: Mapping[str, str], seconds: float) -> list[Any]:
    request = Request(url, headers={"Accept": "application/json", **headers})
    try:
        with urlopen(request, timeout=seconds) as answer:
            content = json.load(answer)
    except HTTPError as error:
        error.close()
        raise
    except (OSError, HTTPException) as error:
        raise _unusable(url, str(getattr(error, "reason", error))) from error
    except ValueError as error:
        raise _unusable(url, f"its answer is not JSON: {error}") from error
    if not isinstance(content, list):
        raise _unusable(url, "its answer is no list")
    return content


def _unusable(url: str, why: str) -> CommandFailed:
    return CommandFailed(
        Exit.FAILURE,
        f"{url} cannot be read",
        why=why,
        next="name the address that CONDUCTOR_SERVER_URL has for workers, such as "
        "http://127.0.0.1:8080/api",
    )
