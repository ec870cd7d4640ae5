"""SQLite is opened in one module, so that no second writing connection can appear."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOOR = Path("eventstore/connection.py")
PACKAGES = ("config", "daemon", "eventstore", "playhead", "projections")
OPENERS = {("sqlite3", "connect"), ("aiosqlite", "connect"), ("aiosqlite", "Connection")}


def openings(tree: ast.AST) -> Iterator[int]:
    """Lines that name a way to open a database, imported or as an attribute."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
                if (module, name) in OPENERS:
                    yield node.lineno
            case ast.ImportFrom(module=str(module), names=names):
                if any((module.split(".")[0], one.name) in OPENERS for one in names):
                    yield node.lineno
            case ast.Import(names=names):
                if any(one.name in ("sqlite3", "aiosqlite") and one.asname for one in names):
                    yield node.lineno
            case _:
                pass


def modules() -> list[Path]:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


@pytest.mark.parametrize("module", modules(), ids=str)
def test_only_the_adapter_opens_sqlite(module: Path) -> None:
    lines = list(openings(ast.parse((ROOT / module).read_text("utf-8"))))
    assert bool(lines) == (module == DOOR), f"{module} opens a database at lines {lines}"


@pytest.mark.parametrize(
    "planted",
    [
        "import sqlite3\nsqlite3.connect('log.db')",
        "from sqlite3 import connect",
        "import sqlite3 as s",
        "async def f():\n    async with aiosqlite.connect('log.db'): ...",
        "from aiosqlite import Connection",
    ],
)
def test_a_planted_connection_is_found(planted: str) -> None:
    assert list(openings(ast.parse(planted)))
