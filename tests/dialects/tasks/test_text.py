"""How values look inside a longer text."""

from typing import Any

import pytest

from daemon.dialects.tasks.expressions.text import java_text, json_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (-7, "-7"),
        (12345678901234567890, "12345678901234567890"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (0.00012345, "1.2345E-4"),
        (9999999.0, "9999999.0"),
        (10000000.0, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (9.99999999e9, "9.99999999E9"),
        (-1.5e300, "-1.5E300"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
        ({}, "{}"),
        ([], "[]"),
        ({"k": "v", "l": 2}, "{k=v, l=2}"),
        (["a", None, 1.5], "[a, null, 1.5]"),
        ({"k": [{"x": True}], "e": {}}, "{k=[{x=true}], e={}}"),
    ],
)
def test_values_print_as_java_prints_them(value: Any, text: str) -> None:
    assert java_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "[]"),
        (["a", 1, None, True, 2.0], '["a",1,null,true,2.0]'),
        ([{"k": ["v"], "l": {}}], '[{"k":["v"],"l":{}}]'),
        (['a"b\\c/d\n'], '["a\\"b\\\\c\\/d\\n"]'),
        (["\u2028\x01ä"], '["\\u2028\\u0001ä"]'),
    ],
)
def test_a_list_that_a_path_made_prints_as_compact_json(value: Any, text: str) -> None:
    assert json_text(value) == text
