"""Schemas that users register: which can be used, and what they say of a value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from daemon.dialects.contracts.compiling import compiled, schema_problems
from daemon.dialects.contracts.masking import Masks
from daemon.dialects.contracts.patterns import LONGEST_TEXT

CUSTOMER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Z]{2}\\d+$"},
        "tier": {"enum": ["standard", 1, None]},
        "age": {"minimum": 18, "multipleOf": 2},
        "tags": {"uniqueItems": True},
    },
    "required": ["id"],
    "additionalProperties": False,
}


def said(value: Any, schema: dict[str, Any], *masked: str) -> str | None:
    return compiled(schema).breach(value, Masks(masked))


def problems(schema: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.path, one.message) for one in schema_problems(schema, "/data")]


def test_a_value_that_keeps_it() -> None:
    assert problems(CUSTOMER) == []
    assert said({"id": "AB1", "tier": 1.0, "age": 20, "tags": [1, True, "1"]}, CUSTOMER) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "the value must have required property 'id', got {}"),
        ({"id": 5}, "/id must be string, got 5"),
        ({"id": "x"}, '/id must match the pattern "^[A-Z]{2}\\\\d+$", got "x"'),
        ({"id": "A" * 2000}, f"is too long for a pattern (over {LONGEST_TEXT} characters)"),
        ({"id": "AB1", "tier": True}, '/tier must be one of "standard", 1, null, got true'),
        ({"id": "AB1", "age": 16}, "/age must be at least 18, got 16"),
        ({"id": "AB1", "age": 21}, "/age must be a multiple of 2, got 21"),
        ({"id": "AB1", "tags": [{"a": 1}, {"a": 1.0}]}, "/tags must NOT have equal items"),
        ({"id": "AB1", "x": 1}, 'the value must NOT have additional properties: "x"'),
    ],
)
def test_what_breaks_it_is_said_with_its_path(value: Any, words: str) -> None:
    assert words in (said(value, CUSTOMER) or "")


def test_a_long_value_is_shortened() -> None:
    found = said({"id": "AB1", "tier": "y" * 10_000}, CUSTOMER)
    assert found is not None
    assert len(found) < 200


def test_only_the_first_violations_are_said() -> None:
    found = said(dict.fromkeys(map(str, range(1000))), {"additionalProperties": False})
    assert found is not None
    assert found.count("additional properties") == 10
    assert found.endswith("; and more")


def test_masked_values_are_not_repeated() -> None:
    found = said({"id": "secret", "x": {"age": 3}}, CUSTOMER, "id", "age")
    assert found is not None
    assert "secret" not in found
    assert "3" not in found.partition("/id")[2].partition("got")[2]


@pytest.mark.parametrize(
    ("schema", "path", "words"),
    [
        ({"type": 5}, "/data/type", "forms"),
        ({"properties": 5}, "/data/properties", "must be object"),
        ({"$schema": "http://json-schema.org/draft-03/schema#"}, "/data/$schema", "no dialect"),
        ({"$ref": "#/$defs/x"}, "/data/$ref", "leads nowhere"),
        ({"items": {"$ref": "https://example.org/s"}}, "/data/items/$ref", "nothing is fetched"),
        ({"pattern": "(a+)+$"}, "/data/pattern", "cannot be repeated"),
        ({"pattern": "(a|aa){30}$"}, "/data/pattern", "cannot be repeated"),
        ({"pattern": "a?" * 30}, "/data/pattern", "too many ways"),
        ({"pattern": ".*.*.*.*x"}, "/data/pattern", "too many ways"),
        ({"pattern": "(a)\\1"}, "/data/pattern", "referred to"),
        ({"pattern": "("}, "/data/pattern", "no regular expression"),
        ({"patternProperties": {"(.*)*": {}}}, "/data/patternProperties/(.*)*", "repeated"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_path(
    schema: dict[str, Any], path: str, words: str
) -> None:
    ((found, message), *_) = problems(schema)
    assert found == path
    assert words in message
    assert (said(1, schema) or "").startswith("the schema cannot be used")


@pytest.mark.parametrize(
    "pattern",
    [
        "^[^@]+@[^@]+\\.[^@]+$",
        "^([0-9a-f]{4}-){3}[0-9a-f]{12}$",
        "^(standard|premium)$",
        "\\d{3}-\\d{2}",
        "^https?://.+",
    ],
)
def test_everyday_patterns_can_be_used(pattern: str) -> None:
    assert problems({"pattern": pattern}) == []


def test_a_schema_that_goes_in_circles_ends() -> None:
    assert "the schema itself is wrong" in (said(1, {"$ref": "#"}) or "")


@pytest.mark.parametrize("draft", ["draft-04", "draft-06", "draft-07"])
def test_older_drafts_are_understood(draft: str) -> None:
    schema = {
        "$schema": f"http://json-schema.org/{draft}/schema#",
        "definitions": {"name": {"type": "string", "enum": ["a"]}},
        "properties": {"n": {"$ref": "#/definitions/name"}},
    }
    assert problems(schema) == []
    assert said({"n": "a"}, schema) is None
    assert said({"n": "b"}, schema) == '/n must be one of "a", got "b"'


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 0.5]) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])
SCHEMAS = st.recursive(
    st.fixed_dictionaries({}, optional={"type": TYPES, "enum": st.lists(VALUES, min_size=1)}),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
            "properties": st.dictionaries(NAMES, inner, max_size=2),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), inner, max_size=2),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": st.booleans() | inner,
            "items": inner,
            "uniqueItems": st.booleans(),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
        },
    ),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEMAS, VALUES)
def test_its_verdict_is_that_of_jsonschema(schema: dict[str, Any], value: Any) -> None:
    assert (said(value, schema) is None) == Draft202012Validator(schema).is_valid(value)


def test_a_reference_to_the_whole_keeps_the_words() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"next": {"$ref": "#"}, "name": {"pattern": "^a"}},
    }
    assert (
        said({"next": {"name": "b"}}, schema) == '/next/name must match the pattern "^a", got "b"'
    )


def test_a_dialect_that_is_named_among_the_properties_asks_for_nothing() -> None:
    draft = "http://json-schema.org/draft-07/schema"
    schema = {
        "type": "object",
        "properties": {"$schema": draft, "n": {"type": "integer"}},
        "additionalProperties": False,
    }
    assert problems(schema) == []
    assert said({"$schema": 1, "n": 2}, schema) is None
    assert said({"n": "two"}, schema) == '/n must be integer, got "two"'
    assert problems({"properties": {"n": draft}}) == [
        ("/data/properties/n", "must be object or boolean")
    ]
