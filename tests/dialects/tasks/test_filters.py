"""Filters of paths."""

from typing import Any

import pytest

from daemon.dialects.tasks.expressions.jayway import MISSING, InvalidPath, compile_path, read
from daemon.dialects.tasks.expressions.jayway.patterns import LONGEST_TEXT

ROWS: list[Any] = [
    {"id": 1, "name": "ann", "price": 8.5, "ok": True, "tags": ["a", "b"], "in": {"x": 1}},
    {"id": 2, "name": "bob", "price": 10, "ok": False, "tags": [], "in": {}},
    {"id": 3, "name": None, "price": "10", "tags": ["b"]},
    {"id": 4},
]


def ids(condition: str) -> list[Any]:
    document = {"t": {"rows": ROWS, "limit": 9, "wanted": [2, 4]}}
    path = compile_path(f"t.rows[?({condition})].id")
    found = read(path, lambda name: document.get(name, MISSING))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("@.id == 2", [2]),
        ("2 == @.id", [2]),
        ("@.id != 2", [1, 3, 4]),
        ("@.id < 3", [1, 2]),
        ("@.id <= 3", [1, 2, 3]),
        ("@.id > 3", [4]),
        ("@.id >= 3", [3, 4]),
        ("@.id==2", [2]),
        ("@['id'] == 2", [2]),
        ("@.id == 02", [2]),
        ("@.id == -2", []),
        ("@.price == 8.5", [1]),
        ("@.price == 85e-1", [1]),
        ("@.name == 'ann'", [1]),
        ('@.name == "ann"', [1]),
        ("@.name == 'a\\u006en'", [1]),
        ("@.name > 'ann'", [2]),
        ("@.name == null", [3, 4]),
        ("@.name != null", [1, 2]),
        ("@.ok == true", [1]),
        ("@.ok == false", [2]),
        # Text and number compare with each other, unless the same kind is asked for.
        ("@.price == 10", [2, 3]),
        ("@.price == '10'", [2, 3]),
        ("@.price === 10", [2]),
        ("@.price !== 10", [1, 3, 4]),
        ("@.price == '1x'", []),
        # Only texts with texts and numbers with numbers have an order.
        ("@.id < '3'", []),
        ("@.price < '9'", [3]),
        ("@.price > 9", [2]),
        ("@.ok < 1", []),
        # Whether a path leads anywhere.
        ("@.name", [1, 2, 3]),
        ("!@.name", [4]),
        ("@.in.x", [1]),
        ("@.tags[0]", [1, 3]),
        ("@..x", [1, 2, 3, 4]),
        # What is not there is null.
        ("@.missing == null", [1, 2, 3, 4]),
        ("@.missing === null", [1, 2, 3, 4]),
        ("@.in.x == null", [2, 3, 4]),
        ("@.tags[1] == null", [2, 3, 4]),
        ("@.missing in [null]", [1, 2, 3, 4]),
        ("@.missing == @.missing", [1, 2, 3, 4]),
        ("@.missing < 1", []),
        ("[] subsetof @.missing", []),
        ("@.missing != 1", [1, 2, 3, 4]),
        # And, or, not, brackets.
        ("@.id > 1 && @.id < 4", [2, 3]),
        ("@.id == 1 || @.id == 4", [1, 4]),
        ("@.id == 1 || @.id == 2 && @.ok == false", [1, 2]),
        ("(@.id == 1 || @.id == 2) && @.ok == false", [2]),
        ("!(@.id == 1 || @.id == 2)", [3, 4]),
        ("@.id>1&&@.id<4", [2, 3]),
        # Lists.
        ("@.id in [1, 3]", [1, 3]),
        ("@.name in ['ann', \"bob\"]", [1, 2]),
        ("@.id nin [1, 3]", [2, 4]),
        ("@.id in 7", []),
        ("@.tags contains 'b'", [1, 3]),
        ("@.name contains 'nn'", [1]),
        ("@.tags subsetof ['a', 'b', 'c']", [1, 2, 3]),
        ("@.tags subsetof ['b']", [2, 3]),
        ("@.tags anyof ['a', 'z']", [1]),
        ("@.tags noneof ['a', 'z']", [2, 3]),
        ("@.tags all ['a', 'b']", [1]),
        ("@.tags == ['b']", [3]),
        ("@.in == {'x': 1}", [1]),
        ("@.tags size 2", [1]),
        ("@.name size 3", [1, 2]),
        ("@.tags size 'x'", []),
        ("@.tags empty true", [2]),
        ("@.tags empty false", [1, 3]),
        ("@.tags.length() == 2", [1]),
        ("@.tags[?(@ == 'a')] empty false", [1]),
        # Patterns cover the whole text.
        ("@.name =~ /a.*/", [1]),
        ("@.name =~ /A.*/i", [1]),
        ("@.name =~ /a/", []),
        ("@.id =~ /[12]/", [1, 2]),
        ("@.ok =~ /true/", [1]),
        ("@.tags =~ /b/", [1, 3]),
        ("/ann/ =~ @.name", [1]),
        ("@.name =~ 'ann'", []),
        # The document.
        ("@.price < $.t.limit", [1]),
        ("@.id in $.t.wanted", [2, 4]),
        ("@.id == $.nowhere.x", []),
    ],
)
def test_a_filter_accepts(condition: str, expected: list[int]) -> None:
    assert ids(condition) == expected


def value(path: str, document: dict[str, Any]) -> Any:
    return read(compile_path(path), lambda name: document.get(name, MISSING))


def test_a_filter_on_an_object_accepts_the_object_itself() -> None:
    document = {"t": {"x": 1, "y": {"x": 2}}}
    assert value("t[?(@.x == 1)].y", document) == [{"x": 2}]
    assert value("t[?(@.x == 2)]", document) == []


def test_a_filter_on_a_scalar_gives_null() -> None:
    assert value("t.a[?(@.x)]", {"t": {"a": 5}}) is None
    assert value("t.a[?(@.x)]", {"t": {}}) == []
    assert value("t[*][?(@.x)]", {"t": {"a": 5, "b": {"x": 1}}}) == [{"x": 1}]


def test_a_filter_after_a_deep_scan_looks_at_every_object() -> None:
    document = {"t": {"a": [{"x": 1}, {"b": {"x": 2}}], "x": 3}}
    assert value("t..[?(@.x)].x", document) == [3, 1, 2]


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|b){2,}", "(a)\\1", "(?=a)b", "a*b*c*d*", "(?P<n>a)(?P=n)"]
)
def test_a_pattern_that_could_run_away_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPath, match="pattern"):
        compile_path(f"t[?(@.x =~ /{pattern}/)]")


@pytest.mark.parametrize("pattern", ["[a*+]*", "a\\+b\\*", "(?:ab|c)?", "a{2}b{1,3}"])
def test_a_pattern_that_ends_is_taken(pattern: str) -> None:
    assert not compile_path(f"t[?(@.x =~ /{pattern}/)]").definite


def test_a_text_beyond_the_limit_matches_no_pattern() -> None:
    path = "t[?(@.x =~ /a*/)]"
    assert len(value(path, {"t": [{"x": "a" * LONGEST_TEXT}]})) == 1
    assert value(path, {"t": [{"x": "a" * (LONGEST_TEXT + 1)}]}) == []
