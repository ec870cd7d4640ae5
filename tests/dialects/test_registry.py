"""Finding the dialect of a definition."""

from typing import Any

import pytest

from daemon.dialects.plan import Dialect, Problem
from daemon.dialects.registry import DIALECTS, UnknownDialect, dialect_named, dialect_of


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ({"tasks": []}, "tasks"),
        ({"tasks": None, "name": "x"}, "tasks"),
        ({"steps": [], "definitions": {}}, "steps"),
    ],
)
def test_a_definition_shows_its_dialect(definition: dict[str, Any], name: str) -> None:
    dialect = dialect_of(definition)
    assert not isinstance(dialect, Problem)
    assert dialect is dialect_named(name)


@pytest.mark.parametrize(
    ("definition", "says"),
    [({}, "needs 'tasks'"), ({"name": "x"}, "or 'steps'"), ({"tasks": [], "steps": []}, "both")],
)
def test_neither_or_both_is_a_problem(definition: dict[str, Any], says: str) -> None:
    problem = dialect_of(definition)
    assert isinstance(problem, Problem)
    assert problem.path == ""
    assert says in problem.message


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_is_found_by_its_name(dialect: Dialect) -> None:
    assert dialect_named(dialect.name) is dialect


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(UnknownDialect, match="'prose'; known: steps, tasks"):
        dialect_named("prose")


def test_a_submit_without_a_version_goes_by_the_dialect() -> None:
    assert dialect_named("tasks").default_tag is None
    assert dialect_named("steps").default_tag == "$LIVE"
