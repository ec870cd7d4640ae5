"""One thing that a rule found."""

from __future__ import annotations

from typing import NamedTuple

from daemon.dialects.plan import Problem


class Found(NamedTuple):
    problem: Problem
    is_error: bool
    is_unsupported: bool = False
    """An error unless somebody wants to keep it."""


def error(path: str, message: str, kind: str = "invalid") -> Found:
    return Found(Problem(path=path, message=message, kind=kind), True)


def warning(path: str, message: str, kind: str = "warning") -> Found:
    return Found(Problem(path=path, message=message, kind=kind), False)


def unsupported(path: str, message: str, kind: str) -> Found:
    """Something that only another server can do."""
    return Found(Problem(path=path, message=message, kind=kind), False, True)
