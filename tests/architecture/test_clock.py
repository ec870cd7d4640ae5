"""Time and chance come in through ``daemon/clock.py`` alone, so that a simulation owns both."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import modules

READERS = {
    "time": {
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "perf_counter_ns",
        "process_time",
        "localtime",
        "gmtime",
        "sleep",
    },
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "uuid": {"uuid1", "uuid4", "uuid6", "uuid7", "uuid8", "getnode"},
    "os": {"urandom", "getrandom"},
}
WHOLE = {"random", "secrets"}
"""Modules with nothing but chance in them."""

ALLOWED = {
    "daemon/clock.py: time.time_ns": "the one place that reads them",
    "daemon/clock.py: os.urandom": "the one place that reads them",
    "eventstore/memory.py: os.urandom": "salts; a default that the simulation replaces",
    "eventstore/sqlite.py: os.urandom": "salts; a default that the simulation replaces",
}
"""What may be read where, and why."""


def readings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Lines that read time or chance, with what they use."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, a.name) for a in names if a.name in WHOLE)
            case ast.ImportFrom(module=str(module), names=names):
                used = {a.name for a in names} if module in WHOLE else READERS.get(module, set())
                yield from ((node.lineno, f"{module}.{a.name}") for a in names if a.name in used)
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=attr):
                if attr in READERS.get(owner, ()):
                    yield node.lineno, f"{owner}.{attr}"


def test_only_the_clock_reads_time_and_chance() -> None:
    found = {
        f"{module.place}: {used}"
        for module in modules("daemon", "projections", "eventstore")
        for _, used in readings(module.tree)
    }
    assert found == set(ALLOWED)


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time_ns()",
        "from time import monotonic",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import datetime\ndatetime.now()",
        "import random",
        "from secrets import token_hex",
        "import os\nos.urandom(16)",
        "import uuid\nuuid.uuid4()",
    ],
)
def test_a_reading_is_found(text: str) -> None:
    assert list(readings(ast.parse(text)))


@pytest.mark.parametrize("text", ["clock.now()", "import os\nos.path", "self.time.due(3)"])
def test_a_harmless_line_is_not(text: str) -> None:
    assert not list(readings(ast.parse(text)))
