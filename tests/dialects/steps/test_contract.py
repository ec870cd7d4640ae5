"""Contracts: a quick yes never says more than jsonschema, and every no is explained."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from daemon.dialects.contracts.violation import shown
from daemon.dialects.steps.contract import breach
from daemon.dialects.steps.definitions import Definitions
from tests.dialects.steps.jobs import record

NAMES = st.sampled_from(["a", "b", "c/d", "e~%"])
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])


def definitions_using(others: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Definitions that refer to ``others`` only, so never in circles."""
    references = [f"#/definitions/{name}" for name in others]

    def containing(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        optional: dict[str, st.SearchStrategy[Any]] = {
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": st.booleans(),
            "items": inner,
        }
        if references:
            optional["$ref"] = st.sampled_from(references)
        return st.fixed_dictionaries({"type": TYPES}, optional=optional)

    plain: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({"type": TYPES})
    if references:
        plain |= st.fixed_dictionaries({"$ref": st.sampled_from(references)})
    return st.recursive(plain, containing, max_leaves=4)


@st.composite
def workflows(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for name in ("x", "y/z", "w%20"):
        made[name] = draw(definitions_using(list(made)))
    return made


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([1.0, 1.5, -0.0, 1e300])
    | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given=workflows(), value=VALUES)
def test_the_quick_yes_is_jsonschemas_yes(given: dict[str, Any], value: Any) -> None:
    definitions = Definitions(given)
    for name in given:
        contract = definitions.contract(name)
        accepted = contract.accepts(value)
        assert accepted == contract.explained.validator.is_valid(value)
        assert (contract.violations(value) == ()) == accepted


@settings(deadline=None)
@given(value=VALUES)
def test_our_wording_changes_no_verdict(value: Any) -> None:
    given = {**record(a="string", b_o="integer"), "items": {"type": "number"}}
    contract = Definitions({"D": given}).contract("D")
    assert contract.explained.validator.is_valid(value) == Draft202012Validator(given).is_valid(
        value
    )


def test_references_and_their_neighbours_both_count() -> None:
    contract = Definitions(
        {"P": record(p="string"), "D": {"$ref": "#/definitions/P", "required": ["q"]}}
    ).contract("D")
    assert [one.message for one in contract.violations({"p": "x"})] == [
        "must have required property 'q'"
    ]


def test_every_violation_has_its_path() -> None:
    inner = {"type": "array", "items": record(n="integer")}
    contract = Definitions(
        {"D": {"type": "object", "properties": {"a/b": inner}, "required": ["c"]}}
    ).contract("D")
    found = contract.violations({"a/b": [{"n": 1}, {"n": "x", "m": 2}]})
    assert {(one.path, one.keyword, one.message) for one in found} == {
        ("/a~1b/1", "additionalProperties", "must NOT have additional properties: 'm'"),
        ("/a~1b/1/n", "type", "must be integer"),
        ("", "required", "must have required property 'c'"),
    }


def test_a_breach_names_definition_path_and_shortened_value() -> None:
    contract = Definitions({"P": record(p="string")}).contract("P")
    reason = breach("output of step 'a'", contract, contract.violations({"p": [1] * 100}))
    assert reason.startswith(
        "the output of step 'a' breaks its definition 'P': /p must be string, got [1,1,1"
    )
    assert reason.endswith("…")
    assert len(reason) < 200


def test_a_breach_lists_ten_and_counts_the_rest() -> None:
    contract = Definitions({"L": {"type": "array", "items": {"type": "null"}}}).contract("L")
    reason = breach("input of step 'a'", contract, contract.violations([1] * 13))
    assert reason.count("must be null") == 10
    assert reason.endswith("; and 3 more")


def test_values_are_shown_up_to_a_length() -> None:
    assert shown({"a": 1}) == '{"a":1}'
    assert shown("x" * 10, characters=5) == '"xxxx…'
    assert shown([2**70, "\ud800", float("nan")]) == '[1180591620717411303424,"\\ud800",NaN]'


@pytest.mark.parametrize(
    ("given", "value", "fitted"),
    [
        (record(p="string"), {"p": "x", "q": 1}, {"p": "x"}),
        ({"$ref": "#/definitions/Closed"}, {"p": "x", "q": 1}, {"p": "x"}),
        ({"type": "object"}, {"p": "x", "q": 1}, {"p": "x", "q": 1}),
        ({"type": "object"}, None, {}),
        ({"type": "null"}, None, None),
        (record(p="string"), ["x"], ["x"]),
    ],
)
def test_what_is_handed_on_fits_a_closed_definition(given: Any, value: Any, fitted: Any) -> None:
    definitions = Definitions({"D": given, "Closed": record(p="string")})
    assert definitions.contract("D").fitted(value) == fitted
