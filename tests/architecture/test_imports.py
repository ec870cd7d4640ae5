"""Who may import what directly. What needs the whole graph stands in pyproject.toml
(``lint-imports``)."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest

from tests.architecture.source import PACKAGES, Module, imported, modules, within


class Rule(NamedTuple):
    """``thing`` may be imported only within ``by``."""

    thing: str
    by: tuple[str, ...]
    why: str


RULES = (
    Rule("aiosqlite", ("eventstore.connection",), "one adapter notices when a release breaks it"),
    Rule(
        "sqlite3",
        ("eventstore", "projections", "daemon.app", "playhead.cli.health"),
        "what lies in which file is their affair; who opens the files tells of their errors",
    ),
    Rule(
        "eventstore.sqlite",
        ("eventstore", "daemon.app", "playhead.cli.offline"),
        "only who puts the parts together knows which back end it is",
    ),
    Rule(
        "eventstore.memory",
        ("eventstore", "daemon.app"),
        "only who puts the parts together knows which back end it is",
    ),
    Rule(
        "daemon.dialects.steps",
        ("daemon.dialects.steps", "daemon.dialects.registry"),
        "a dialect is recognised from a definition, never named",
    ),
    Rule(
        "daemon.dialects.tasks",
        ("daemon.dialects.tasks", "daemon.dialects.registry"),
        "a dialect is recognised from a definition, never named",
    ),
    Rule(
        "daemon",
        ("daemon", "projections", "playhead.cli.serve", "playhead.cli.offline"),
        "the command line is a client of the socket; only its offline commands are not",
    ),
    Rule(
        "eventstore",
        ("eventstore", "projections", "daemon", "playhead.cli.offline"),
        "the client library and the command line know the log through the socket",
    ),
    Rule(
        "projections",
        ("projections", "daemon", "playhead.cli.offline"),
        "the client library and the command line know the log through the socket",
    ),
    Rule(
        "config",
        ("config", "daemon", "playhead.cli"),
        "stores and projections are given what they need; the client library needs nothing",
    ),
    Rule("playhead", ("playhead",), "the daemon does not need its client"),
    Rule(
        "logging",
        ("config.logging", "daemon", "playhead"),
        "stores and projections raise; whoever calls them logs",
    ),
)


@cache
def direct_imports() -> list[tuple[Module, str, int]]:
    return [(module, name, line) for module in modules() for name, line in imported(module.tree)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.thing)
def test_is_imported_only_where_it_belongs(rule: Rule) -> None:
    offenders = sorted(
        {
            f"{module.place}:{line}"
            for module, name, line in direct_imports()
            if within(name, rule.thing) and not any(within(module.name, by) for by in rule.by)
        }
    )
    assert not offenders, f"{rule.thing}: {rule.why}"


def test_every_package_is_looked_at() -> None:
    assert {module.name.split(".")[0] for module in modules()} == set(PACKAGES)
