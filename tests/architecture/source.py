"""The product's source files, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "eventstore", "projections", "daemon", "playhead")


class Module(NamedTuple):
    name: str
    path: Path
    lines: int
    tree: ast.Module

    @property
    def place(self) -> str:
        """The file as a reader finds it: ``daemon/clock.py``."""
        return self.path.relative_to(ROOT).as_posix()


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """Every module of ``packages``, of all if none is named."""
    found = []
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path, len(text.splitlines()), ast.parse(text)))
    return tuple(found)


def imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Dotted names that a module imports, with their lines: for ``from a import b`` both
    ``a`` and ``a.b``, since ``b`` may be a module."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module, node.lineno
                yield from ((f"{module}.{alias.name}", node.lineno) for alias in names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
