"""Paths read as Jayway json-path reads them with exceptions suppressed."""

from typing import Any

import pytest

from daemon.dialects.tasks.expressions.jayway import (
    MISSING,
    InvalidPath,
    compile_path,
    follow,
    read,
)

DOCUMENT: dict[str, Any] = {
    "t": {
        "output": {
            "n": 5,
            "nothing": None,
            "no": False,
            "a b": "blank",
            "dotted.key": "dot",
            "kebab-case": "dash",
            "it's": "tick",
            "1": {"x": "first"},
            "list": ["en", "ja", "es"],
            "empty": [],
            "numbers": [1, 2.5, "x", 3],
            "rows": [
                {"id": 1, "name": "ann", "tags": ["a", "b"]},
                {"id": 2, "name": "bob", "tags": []},
                {"id": 3, "name": None},
            ],
            "deep": {"x": 1, "in": {"x": 2, "list": [{"x": 3}, 4]}},
        }
    }
}


def value(path: str) -> Any:
    return read(compile_path(path), lambda name: DOCUMENT.get(name, MISSING))


DEFINITE = [
    ("t.output.n", 5),
    ("$.t.output.n", 5),
    ("$['t']['output'].n", 5),
    ("@.t.output.n", 5),
    ("t.output.no", False),
    ("t.output.nothing", None),
    ("t.output.kebab-case", "dash"),
    ("t.output['a b']", "blank"),
    ('t.output["a b"]', "blank"),
    ("t.output[ 'a b' ]", "blank"),
    ("t.output['dotted.key']", "dot"),
    ("t.output['it\\'s']", "tick"),
    ("t.output.1.x", "first"),
    ("t.output.list", ["en", "ja", "es"]),
    ("t.output.list[0]", "en"),
    ("t.output.list[ 2 ]", "es"),
    ("t.output.list.[1]", "ja"),
    ("t.output.list[-1]", "es"),
    ("t.output.list[-3]", "en"),
    ("t.output.rows[1].name", "bob"),
    # Leads nowhere.
    ("u", None),
    ("u.output.n", None),
    ("t.output.missing", None),
    ("t.output.missing.below", None),
    ("t.output.n.below", None),
    ("t.output.nothing.below", None),
    ("t.output.list[3]", None),
    ("t.output.list[-4]", None),
    ("t.output.n[0]", None),
    ("t.output.deep[0]", None),
    ("t.output.list.name", None),
    ("t.output.dotted.key", None),
    # Several names at the end make one object of those that are there.
    ("t.output.rows[0]['id','name']", {"id": 1, "name": "ann"}),
    ("t.output.rows[0]['id','missing']", {"id": 1}),
    ("t.output.n['a','b']", None),
    ("t.output['1234567890','1234567891']", {}),
]

INDEFINITE = [
    ("t.output.list[*]", ["en", "ja", "es"]),
    ("t.output.list.*", ["en", "ja", "es"]),
    ("t.output.rows[*].id", [1, 2, 3]),
    ("t.output.rows[*].name", ["ann", "bob", None]),
    ("t.output.rows[*].tags", [["a", "b"], []]),
    ("t.output.rows[*].tags[0]", ["a"]),
    ("t.output.rows[0].*", [1, "ann", ["a", "b"]]),
    ("t.output.rows[0][*]", [1, "ann", ["a", "b"]]),
    ("t.output.rows[*].*.x", []),
    ("t.output.deep..x", [1, 2, 3]),
    ("t.output..id", [1, 2, 3]),
    ("t.output.deep..list[0]", [{"x": 3}]),
    ("t.output.deep..*", [1, {"x": 2, "list": [{"x": 3}, 4]}, 2, [{"x": 3}, 4], {"x": 3}, 4, 3]),
    ("t.output.deep..['x']", [1, 2, 3]),
    (
        "t.output.rows..['id','name']",
        [{"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}, {"id": 3, "name": None}],
    ),
    # An index after a deep scan looks into every element when the path goes on.
    ("t.output.rows..[0].id", [1, 2, 3]),
    ("t.output.rows..[0]", [{"id": 1, "name": "ann", "tags": ["a", "b"]}, "a"]),
    ("t.output.list[0,2]", ["en", "es"]),
    ("t.output.list[0,-1,7]", ["en", "es"]),
    ("t.output.list[1:]", ["ja", "es"]),
    ("t.output.list[-2:]", ["ja", "es"]),
    ("t.output.list[-9:]", ["en", "ja", "es"]),
    ("t.output.list[:2]", ["en", "ja"]),
    ("t.output.list[:-1]", ["en", "ja"]),
    ("t.output.list[:9]", ["en", "ja", "es"]),
    ("t.output.list[0:2]", ["en", "ja"]),
    ("t.output.list[1:9]", ["ja", "es"]),
    ("t.output.list[2:1]", []),
    ("t.output.list[-2:-1]", ["ja"]),
    ("t.output.list[0:3:2]", ["en", "ja", "es"]),
    ("t.output['n','no'].x", []),
    ("t.output.rows['id','name']", None),
    ("t.output['deep','1'].x", [1, "first"]),
    # Nothing found is an empty list.
    ("t.output.empty[*]", []),
    ("t.output.missing[*]", []),
    ("t.output.missing[*].x", []),
    ("t.output.n.*", []),
    ("t.output..nowhere", []),
    ("t.output.n[0:1]", []),
    ("u[*]", []),
    # A wildcard that goes on below a scalar ends the reading.
    ("t.output.n.*.x", None),
    ("t.output.nothing[*].x", None),
]

FUNCTIONS = [
    ("t.output.list.length()", 3),
    ("t.output.list.size()", 3),
    ("t.output.deep.length()", 2),
    ("t.output.n.length()", None),
    ("t.output.kebab-case.length()", None),
    ("t.output.missing.length()", None),
    ("t.output.deep.keys()", ["x", "in"]),
    ("t.output.list.keys()", None),
    ("t.output.numbers.sum()", 6.5),
    ("t.output.numbers.min()", 1.0),
    ("t.output.numbers.max()", 3.0),
    ("t.output.numbers.avg()", 6.5 / 3),
    ("t.output.list.sum()", None),
    ("t.output.empty.max()", None),
    ("t.output.n.sum()", None),
    ("t.output.list.first()", "en"),
    ("t.output.list.last()", "es"),
    ("t.output.empty.first()", None),
    ("t.output.rows[*].tags.length()", [2, 0]),
    ("t.output.rows[?(@.id == 9)].length()", None),
]


@pytest.mark.parametrize(("path", "expected"), [*DEFINITE, *INDEFINITE, *FUNCTIONS])
def test_a_path_reads(path: str, expected: Any) -> None:
    found = value(path)
    assert found == expected
    assert type(found) is type(expected)


def test_the_deviation_is_that_of_the_population() -> None:
    assert value("t.output.rows[*].id.stddev()") is None
    assert value("t.output.numbers.stddev()") == pytest.approx(0.8498365855987975)


@pytest.mark.parametrize("path", [path for path, _ in DEFINITE])
def test_a_definite_path_is_one(path: str) -> None:
    assert compile_path(path).definite


@pytest.mark.parametrize("path", [path for path, _ in INDEFINITE if "rows['id'" not in path])
def test_an_indefinite_path_is_one(path: str) -> None:
    assert not compile_path(path).definite


@pytest.mark.parametrize(
    "path",
    [
        "",
        " ",
        " t.output",
        "t.output ",
        "t.output.",
        "t.output..",
        "t...output",
        "t.a b",
        "t.output[",
        "t.output['a",
        "t.output[]",
        "t.output[abc]",
        "t.output[@.length-1]",
        "t.output[(@.length-1)]",
        "t.output[:]",
        "t.output[::2]",
        "t.output[1 2]",
        "t.output['a' 'b']",
        "t.output[99999999999999]",
        "t.output[0,99999999999999]",
        "t.output.nosuch()",
        "t.output.length(1)",
        "t.output.length().x",
        "t.output.concat('a')",
        "$t",
        "@type",
        "t.output[?]",
        "t.output[?(@.a]",
        "t.output[?(@.a) x]",
        "t.output[?(1)]",
        "t.output[?(@.a ~~ 1)]",
        "t.output[?(@.a near 1)]",
        "t.output[?(@.a == )]",
        "t.output[?(@.a == [1,)]",
        "t.output[?(@.a == 'x)]",
        "t.output[?((@.a == 1)]",
        "t.output[?(@.a =~ /(/)]",
        "t.output[?(@.a =~ /a)]",
        "t.output[?(@.a. == 1)]",
        "t" + "[?(@" * 30,
        "t.output[?(" + "!" * 60 + "@.a)]",
    ],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidPath):
        compile_path(path)


@pytest.mark.parametrize("path", [path for path, _ in DEFINITE if "," not in path])
def test_a_plain_path_followed_by_its_keys_gives_the_same(path: str) -> None:
    keys = compile_path(path).keys
    assert keys is not None
    assert follow(DOCUMENT, keys) == value(path)


@pytest.mark.parametrize("path", [path for path, _ in [*INDEFINITE, *FUNCTIONS]])
def test_only_plain_paths_have_keys(path: str) -> None:
    assert compile_path(path).keys is None


def test_only_the_member_that_a_path_begins_with_is_asked_for() -> None:
    asked: list[str] = []

    def lookup(name: str) -> Any:
        asked.append(name)
        return DOCUMENT[name]

    read(compile_path("t.output..id"), lookup)
    assert asked == ["t"]


@pytest.mark.parametrize("path", ["$", "*", "$..id", "[0]", "$..t", "[?(@.x)]"])
def test_the_whole_document_is_never_read(path: str) -> None:
    def lookup(name: str) -> Any:
        raise AssertionError(name)

    assert read(compile_path(path), lookup) in (None, [])
