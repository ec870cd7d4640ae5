"""Files and functions stay small, and their names say what is inside.

A file or function that outgrows its limit asks for a seam. Where there is none, an entry
in the table says why.
"""

from __future__ import annotations

import ast
import re

from tests.architecture.source import Module, modules

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

LONG_FILES: dict[str, str] = {}
"""File to the reason why it has no seam."""

LONG_FUNCTIONS: dict[str, str] = {}
"""``file:function`` to the reason why it has no seam."""

SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}


def functions(module: Module) -> list[tuple[str, int]]:
    return [
        (f"{module.place}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def words(name: str) -> set[str]:
    """``JobManager`` and ``job_manager`` are both ``job``, ``manager``."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


def test_files_are_small() -> None:
    long = {module.place for module in modules() if module.lines > MAX_FILE_LINES}
    assert long == set(LONG_FILES)


def test_functions_are_small() -> None:
    long = {
        name
        for module in modules()
        for name, lines in functions(module)
        if lines > MAX_FUNCTION_LINES
    }
    assert long == set(LONG_FUNCTIONS)


def test_modules_are_named_for_what_is_inside() -> None:
    vague = [module.place for module in modules() if words(module.name) & SAYS_NOTHING]
    assert not vague


def test_classes_are_named_for_what_they_are() -> None:
    vague = [
        f"{module.place}:{node.lineno}: {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and words(node.name) & SAYS_NOTHING
    ]
    assert not vague
