"""JSON-Logic with JavaScript's conversions. Expected values are json-logic-js's."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.dialects.steps.logic import LogicError, evaluate
from daemon.dialects.steps.logic.javascript import number_text, text

DATA = {"n": 3, "s": "hello", "l": [1, 2, 3], "o": {"k": None}, "empty": "", "big": 2**60}


@pytest.mark.parametrize(
    ("rule", "result"),
    [
        ({"var": "l.length"}, 3),
        ({"var": "s.length"}, 5),
        ({"var": "s.1"}, "e"),
        ({"var": "l.01"}, None),
        ({"var": "l.9"}, None),
        ({"var": "o.k.x"}, None),
        ({"var": ["o.k.x", 5]}, 5),
        ({"var": []}, DATA),
        ({"==": [None]}, True),
        ({"==": [[1], 1]}, True),
        ({"==": [[1, 2], "1,2"]}, True),
        ({"==": [{"a": 1, "b": 2}, "[object Object]"]}, True),
        ({"==": [{"var": "l"}, {"var": "l"}]}, True),
        ({"==": [[1], [1]]}, False),
        ({"==": ["0x10", 16]}, True),
        ({"==": [" 7 ", 7]}, True),
        ({"==": ["x", math.nan]}, False),
        ({"===": [1, 1.0]}, True),
        ({"===": [1, True]}, False),
        ({"===": [{"var": "big"}, {"+": [{"var": "big"}, 1]}]}, True),
        ({"in": [True, [1]]}, False),
        ({"in": [1.0, [1]]}, True),
        ({"in": [1, "a1"]}, True),
        ({"in": ["a", 5]}, False),
        ({"<": [None, 1]}, True),
        ({"<": ["b", "a"]}, False),
        ({"<": ["x", 1]}, False),
        ({">=": ["x", 1]}, False),
        ({"<=": [None, 0]}, True),
        ({"<": ["10", "9"]}, True),
        ({"<": ["10", 9]}, False),
        ({"+": ["3 apples", 1]}, 4),
        ({"+": []}, 0),
        ({"*": ["2"]}, "2"),
        ({"*": ["2", 3]}, 6),
        ({"-": ["5", 2]}, 3),
        ({"%": [-7, 3]}, -1),
        ({"%": [7.5, 2]}, 1.5),
        ({"/": [6, 3]}, 2),
        ({"min": ["4", 2]}, 2),
        ({"cat": [1.0, [1, [None, 2]], {"a": 1, "b": 2}, False]}, "11,,2[object Object]false"),
        ({"substr": ["abc", -9]}, "abc"),
        ({"substr": ["abc", 1, 0]}, ""),
        ({"substr": [12345, 1, 2]}, "23"),
        ({"map": ["no list", 1]}, []),
        ({"reduce": ["no list", 1, {"+": [1, 1]}]}, 2),
        ({"reduce": [[1], {"var": "accumulator"}]}, None),
        ({"none": [5, True]}, True),
        ({"and": []}, None),
        ({"!": {"var": "empty"}}, True),
        ({"!!": "0"}, True),
        ({"missing": {"merge": ["n", "x"]}}, ["x"]),
        ({"if": [{"missing_some": [1, ["n", "x"]]}, "short", "enough"]}, "enough"),
    ],
)
def test_a_rule_has_the_result_it_has_in_javascript(rule: Any, result: Any) -> None:
    assert evaluate(rule, DATA, 1_000) == result


@pytest.mark.parametrize("rule", [{"+": ["x"]}, {"/": [0, 0]}, {"%": [1, 0]}, {"max": [1, "x"]}])
def test_what_is_no_number_is_nan(rule: Any) -> None:
    assert math.isnan(evaluate(rule, {}, 1_000))


@pytest.mark.parametrize(("rule", "result"), [({"/": [1, 0]}, math.inf), ({"min": []}, math.inf)])
def test_numbers_have_no_end(rule: Any, result: float) -> None:
    assert evaluate(rule, {}, 1_000) == result
    assert evaluate({"/": [-1, 0]}, {}, 1_000) == -math.inf


@pytest.mark.parametrize("rule", [{"foo": 1}, {"*": []}, {"missing_some": [1, "a"]}])
def test_what_javascript_throws_is_an_error(rule: Any) -> None:
    with pytest.raises(LogicError):
        evaluate(rule, {}, 1_000)


def doubling(operator: str, times: int) -> Any:
    rule = {operator: [{"var": "accumulator"}, {"var": "accumulator"}]}
    return {"reduce": [[1] * times, rule, [1] if operator == "merge" else "x"]}


@pytest.mark.parametrize("operator", ["merge", "cat"])
def test_a_rule_that_grows_and_grows_is_stopped(operator: str) -> None:
    with pytest.raises(LogicError, match="needs more than 1000 operations"):
        evaluate(doubling(operator, 60), {}, max_operations=1000)
    assert len(evaluate(doubling(operator, 5), {}, max_operations=1000)) == 32


def test_a_value_that_nests_too_deep_is_an_error() -> None:
    nesting = {"reduce": [[1] * 5_000, [{"var": "accumulator"}], "x"]}
    with pytest.raises(LogicError, match="nests too deep"):
        evaluate({"cat": nesting}, {}, 100_000)


def test_the_budget_counts_every_operation() -> None:
    rule = {"+": [1, 2]}
    assert evaluate(rule, {}, max_operations=3) == 3
    with pytest.raises(LogicError, match="more than 2 operations"):
        evaluate(rule, {}, max_operations=2)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1, "0.1"),
        (-0.0, "0"),
        (100.0, "100"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.25e25, "1.25e+25"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "5e-324"),
        (-12.5, "-12.5"),
        (math.inf, "Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_written_as_in_javascript(value: float, written: str) -> None:
    assert number_text(value) == written


@settings(deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_can_be_read_again(value: float) -> None:
    assert float(text(value)) == value


OPERATORS = [
    *("var", "+", "-", "*", "/", "%", "==", "===", "!=", "!==", "<", "<=", ">", ">=", "!", "!!"),
    *("in", "cat", "substr", "merge", "min", "max", "missing", "log", "if", "?:", "and", "or"),
    *("map", "filter", "reduce", "all", "none", "some", "a"),
]
RULES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(OPERATORS),
            inner,
            max_size=1,
        )
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(rule=RULES, data=RULES)
def test_whatever_is_asked_has_a_result_or_an_error(rule: Any, data: Any) -> None:
    try:
        first = evaluate(rule, data, max_operations=500)
    except LogicError:
        return
    assert text(first) == text(evaluate(rule, data, max_operations=500))
