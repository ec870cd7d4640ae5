"""What is decided without an engine is what the engine decides."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.dialects.conditions import NOT_SIMPLE, decide, to_boolean, value_param
from daemon.executors.scripts.child import CONVERTER, EVALUATE

GIVEN: dict[str, Any] = {
    "a": {"b": "x", "0": "zero"},
    "n": 5,
    "flag": False,
    "list": [7, [8]],
    "none": None,
    "text": "abc",
    "digits": "5",
}

NAMES = ("a", "b", "n", "flag", "list", "none", "text", "0", "length", "toString", "__proto__")
PLAIN = (0, 1, -1, 5, 2.5, 3.0, -0.0, 1e300, 2**53, 2**60, True, False, None, "", "x", "5", " 5 ")
OTHER = ("1e1", "0x10", "Infinity", "true", "null", "é", "😀", "\uffff", "NaN", "a b")
SCALARS = st.sampled_from(PLAIN + OTHER)
INPUTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=6,
)
LITERALS = st.sampled_from(
    ("1", "0", "-1", "5", "2.5", "'x'", '"5"', "''", "'a b'", "true", "false", "null", "undefined")
)
STEPS = st.sampled_from((*(f".{name}" for name in NAMES if name != "0"), "['b']", '["0"]', "[0]"))
PATHS = st.lists(STEPS, max_size=3).map(lambda steps: "$" + "".join(steps))
SIGNS = st.sampled_from(("===", "!==", "==", "!=", "<", "<=", ">", ">=", "&&", "||"))


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, SIGNS, inner).map(" ".join),
        st.tuples(inner, SIGNS, inner).map("".join),
        inner.map(lambda one: f"!{one}"),
        inner.map(lambda one: f"({one})"),
        st.tuples(inner, inner, inner).map(lambda three: "{} ? {} : {}".format(*three)),
    )


EXPRESSIONS = st.recursive(st.one_of(LITERALS, PATHS), _larger, max_leaves=6)
SOUP = st.lists(
    st.one_of(
        EXPRESSIONS,
        st.sampled_from(
            ("!", "-", "?", ":", "(", ")", "[", "]", ".", ";", "//", "<!--", "\n", "?.")
        ),
    ),
    max_size=6,
).map("".join)


def engine(expression: str, data: Any) -> Any:
    context = import_module("_quickjs").Context()
    evaluate = context.eval(EVALUATE)
    context.set("$", context.parse_json(json.dumps(data)))
    script = context.parse_json(json.dumps(expression))
    return json.loads(evaluate(script, CONVERTER, 60))


@given(EXPRESSIONS, INPUTS)
def test_whatever_is_decided_simply_an_engine_decides_alike(
    expression: str, data: dict[str, Any]
) -> None:
    _same(expression, data)


@given(SOUP, INPUTS)
def test_what_only_looks_like_an_expression_is_left_alone(
    expression: str, data: dict[str, Any]
) -> None:
    _same(expression, data)


@given(st.text(alphabet="$.a[0]'=!&|?:<>-5 \n;()", max_size=12), INPUTS)
def test_no_text_is_misread(expression: str, data: dict[str, Any]) -> None:
    _same(expression, data)


def _same(expression: str, data: dict[str, Any]) -> None:
    simple = decide(expression, data)
    if simple is NOT_SIMPLE:
        return
    exact = engine(expression, data)
    assert (simple, type(simple)) == (exact, type(exact))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$.a.b == 'x'", True),
        ("$['a'][\"b\"] === 'x'", True),
        ("$.n > 3", True),
        ("$.n >= 5 && $.n < 5.5", True),
        ("$.flag", False),
        ("!$.flag", True),
        ("$.missing", None),
        ("$.missing == null", True),
        ("$.missing === null", False),
        ("$.digits == 5", True),
        ("$.digits === 5", False),
        ("$.list.length", 2),
        ("$.list[1][0] == 8;", True),
        ("$.a[0] === 'zero'", True),
        ("$.flag || $.n != 5 ? 'yes' : 'no'", "no"),
        ("$.text < 'abd'", True),
        ("(($.none))", None),
        ("$.n == 5 ? $.n < 3 ? 1 : 2 : 3", 2),
        ("$.a && true", True),
        ("$.list ? -1 : 0", -1),
        ("!!$.text", True),
    ],
)
def test_usual_conditions_are_simple(expression: str, expected: Any) -> None:
    assert decide(expression, GIVEN) == expected
    _same(expression, GIVEN)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "$",
        "$.a",
        "$.list",
        "$.none.x",
        "$.missing.x",
        "$.n.toFixed",
        "$.toString",
        "$.a.__proto__",
        "$.text.toUpperCase()",
        "$.a == 'x'",
        "$.n + 1 == 6",
        "$.n == 5 // so",
        "x",
        "$.n ?? 1",
        "$.text == 'a\\'b'",
        "010",
        "1e3",
        "(function () { return true })()",
        "if ($.n) 1",
        "$.n\n$.n",
        "(" * 30 + "1" + ")" * 30,
        "$.n == 5 && " * 60 + "true",
    ],
)
def test_everything_else_is_not(expression: str) -> None:
    assert decide(expression, GIVEN) is NOT_SIMPLE


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), (1, True), (0, False), (-1, False), (0.5, True)]
    + [(other, False) for other in ("true", "", None, [1], {"a": 1})],
)
def test_truth_of_a_condition(value: Any, expected: bool) -> None:
    assert to_boolean(value) is expected


def test_value_param_looks_a_key_up() -> None:
    assert value_param("n", GIVEN) == 5
    assert value_param("$.n", GIVEN) is None
