from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.diff import apply, diff

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
)
keys = st.sampled_from(["a", "b", "", "/", "~", "~1", "0"]) | st.text(max_size=2)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def exactly(value: Any) -> Any:
    """With the types of numbers: 1, 1.0 and true are three values in JSON."""
    match value:
        case dict():
            return {key: exactly(inner) for key, inner in value.items()}
        case list():
            return [exactly(inner) for inner in value]
    return (type(value), value)


@given(values, values)
@settings(max_examples=400)
def test_the_difference_leads_from_the_one_to_the_other(before: Any, after: Any) -> None:
    untouched = copy.deepcopy(before)
    assert exactly(apply(diff(before, after), before)) == exactly(after)
    assert exactly(before) == exactly(untouched)


@given(values)
def test_equal_values_do_not_differ(value: Any) -> None:
    assert diff(value, copy.deepcopy(value)) == []


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 2}, [{"path": "/a", "before": 1, "after": 2}]),
        ({"a": 1}, {}, [{"path": "/a", "before": 1}]),
        ({}, {"a": None}, [{"path": "/a", "after": None}]),
        ([1, 2, 3], [1], [{"path": "/2", "before": 3}, {"path": "/1", "before": 2}]),
        ([1], [1, 2], [{"path": "/1", "after": 2}]),
        ({"a/b": {"~": 1}}, {"a/b": {"~": 2}}, [{"path": "/a~1b/~0", "before": 1, "after": 2}]),
        (None, {"a": 1}, [{"path": "", "before": None, "after": {"a": 1}}]),
        ({"n": 1}, {"n": True}, [{"path": "/n", "before": 1, "after": True}]),
    ],
)
def test_a_change_says_where_and_what(before: Any, after: Any, changes: list[Any]) -> None:
    assert diff(before, after) == changes
