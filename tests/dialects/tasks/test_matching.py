"""Which parts of a text are expressions."""

import pytest

from daemon.dialects.tasks.expressions.scan import expressions, nesting, unescaped


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("plain", []),
        ("${a}", ["a"]),
        ("x ${a} y ${b} z", ["a", "b"]),
        ("${a}${b}", ["a", "b"]),
        ("${}", [""]),
        ("${   }", ["   "]),
        ("${a\nb}", ["a\nb"]),
        ("${a[${b.c}]}", ["a[${b.c}]"]),
        ("${a.${b}[${c}]}", ["a.${b}[${c}]"]),
        ("${a{b}c}", ["a{b}c"]),
        # Quotes hide no brace: the first one that balances ends it.
        ("${a[?(@.b=='}')]}", ["a[?(@.b=='"]),
        # Unbalanced: plain text.
        ("${a{b}", []),
        ("${x", []),
        ("${a} ${b", ["a"]),
        ("${a{b} ${c}", ["c"]),
        ("} ${a} {", ["a"]),
        # Escaped by a dollar sign before it.
        ("$${a}", []),
        ("$$${a}", []),
        ("$${a} ${b}", ["b"]),
        ("$${a ${b}}", ["b"]),
        ("a$ ${b}", ["b"]),
        ("$ {a}", []),
        ("{a}", []),
    ],
)
def test_outermost_expressions_are_found(text: str, bodies: list[str]) -> None:
    found = expressions(text)
    assert [one.body for one in found] == bodies
    assert all(text[one.start : one.end] == f"${{{one.body}}}" for one in found)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("$${x}", "${x}"),
        ("$$${x}", "$${x}"),
        ("$$$${x}", "$$${x}"),
        ("a $${x} b $${y}", "a ${x} b ${y}"),
        ("$$x", "$$x"),
        ("$${", "${"),
    ],
)
def test_a_dollar_sign_escapes(text: str, without: str) -> None:
    assert unescaped(text) == without


def test_a_long_unbalanced_text_takes_one_pass() -> None:
    assert expressions("${" * 100_000) == []


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("{{{ }}} plain", 0),
        ("${a} ${b}", 1),
        ("${a[${b}]} ${c}", 2),
        ("${a} } ${b}", 1),
        ("${${${", 3),
        ("${{}${{}${{}", 3),
        ("${a{b}${c}}", 2),
    ],
)
def test_expressions_within_one_another_are_counted(text: str, levels: int) -> None:
    assert nesting(text) == levels
