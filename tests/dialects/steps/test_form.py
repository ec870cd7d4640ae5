"""The closed form of a definition: each rejection, with its path, all in one answer."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.dialects.plan import Known, Problem
from daemon.dialects.steps import Limits, StepsDialect
from tests.dialects.steps.jobs import definition, record, step

GOOD = definition(step("a", "b"), step("b"), P=record(p="string"))
DETAILS = "/steps/0/integrationDetails"


def errors(given: dict[str, Any]) -> list[Problem]:
    return list(StepsDialect().validate(given, Known()).errors)


def changed(path: str, value: Any, of: dict[str, Any] = GOOD) -> dict[str, Any]:
    """``of`` with another value at a JSON pointer."""
    document: Any = copy.deepcopy(of)
    *parents, last = path.strip("/").split("/")
    place = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return dict(document)


@pytest.mark.parametrize(
    ("path", "value", "wrong", "kind"),
    [
        ("/workflowName", 5, "/workflowName", "type"),
        ("/version", 1, "", "additionalProperties"),
        ("/steps", {}, "/steps", "type"),
        ("/steps/0", "a", "/steps/0", "type"),
        ("/steps/0/name", None, "/steps/0/name", "type"),
        ("/steps/0/description", "x", "/steps/0", "additionalProperties"),
        ("/steps/0/retries", 1.5, "/steps/0/retries", "type"),
        ("/steps/0/retries", True, "/steps/0/retries", "type"),
        ("/steps/0/timeoutSeconds", "10", "/steps/0/timeoutSeconds", "type"),
        ("/steps/0/transitionToStep", 5, "/steps/0/transitionToStep", "type"),
        ("/steps/0/transitionToStep", {"or": ["b"]}, "/steps/0/transitionToStep", "required"),
        (
            "/steps/0/transitionToStep",
            {"if": [1, "b"]},
            "/steps/0/transitionToStep/if",
            "minItems",
        ),
        ("/steps/0/transitionToStep", {"if": "b"}, "/steps/0/transitionToStep/if", "type"),
        (f"{DETAILS}/type", 5, f"{DETAILS}/type", "type"),
        (f"{DETAILS}/queue", "q", DETAILS, "additionalProperties"),
        (f"{DETAILS}/inputDefinition", {}, f"{DETAILS}/inputDefinition", "required"),
        (f"{DETAILS}/config", [], f"{DETAILS}/config", "type"),
        (f"{DETAILS}/secretBindings", {"s": 1}, f"{DETAILS}/secretBindings/s", "type"),
        (f"{DETAILS}/inputTransformer", {}, f"{DETAILS}/inputTransformer", "required"),
        (
            f"{DETAILS}/inputTransformer",
            {"fieldset": [{"form": "x"}]},
            f"{DETAILS}/inputTransformer/fieldset/0",
            "additionalProperties",
        ),
        (
            f"{DETAILS}/inputTransformer",
            {"fieldset": [{"from": "x", "via": {"type": "time"}}]},
            f"{DETAILS}/inputTransformer/fieldset/0/via/type",
            "enum",
        ),
        ("/definitions/P/enum", [], "/definitions/P", "additionalProperties"),
        ("/definitions/P/type", ["string"], "/definitions/P/type", "type"),
        ("/definitions/P/items", [], "/definitions/P/items", "type"),
        ("/definitions/P/additionalProperties", {}, "/definitions/P/additionalProperties", "type"),
        ("/definitions/P/required", "p", "/definitions/P/required", "type"),
        ("/definitions/Q", {"properties": {}}, "/definitions/Q", "required"),
        ("/definitions/a~b", {}, "/definitions/a~0b", "required"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_place(
    path: str, value: Any, wrong: str, kind: str
) -> None:
    assert (wrong, kind) in {(one.path, one.kind) for one in errors(changed(path, value))}


@pytest.mark.parametrize("key", ["workflowName", "steps", "definitions"])
def test_each_key_is_needed(key: str) -> None:
    given = {name: value for name, value in GOOD.items() if name != key}
    assert Problem(
        path="", message=f"must have required property '{key}'", kind="required"
    ) in errors(given)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/workflowName", ""),
        ("/steps/0/retries", -1),
        ("/steps/0/timeoutSeconds", 2.0),
        (f"{DETAILS}/config", {"anything": [1]}),
        ("/definitions/P/default", [1, {"x": None}]),
        ("/steps/0/transitionToStep", ""),
    ],
)
def test_what_the_original_takes_is_taken(path: str, value: Any) -> None:
    assert errors(changed(path, value)) == []


def test_every_error_is_in_one_answer() -> None:
    given = changed("/steps/0/retries", "x")
    given["steps"][1]["transitionToStep"] = "nowhere"
    given["steps"][1]["integrationDetails"]["inputDefinition"] = {"$ref": "#/definitions/Gone"}
    given["definitions"]["P"]["oneOf"] = []
    assert {one.path for one in errors(given)} == {
        "/steps/0/retries",
        "/definitions/P",
        "/steps/1/transitionToStep",
        "/steps/1/integrationDetails/inputDefinition/$ref",
    }


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"!": [1, 2]}, "/!"),
        ({"!": []}, "/!"),
        ({"==": [1, 2, 3]}, "/=="),
        ({"<": [1, 2, 3, 4]}, "/<"),
        ({"map": []}, "/map"),
        ({"var": True}, "/var"),
        ({"var": -1}, "/var"),
        ({"var": ["", 1]}, "/var/0"),
        ({"var": ["a", {"+": [1]}]}, "/var/1"),
        ({"missing": {"cat": ["a"]}}, "/missing"),
        ({"missing_some": [1]}, "/missing_some"),
        ({"missing_some": ["1", ["a"]]}, "/missing_some/0"),
        ({"and": [1, {"!": [1, 2]}]}, "/and/1/!"),
        ({"log": {"!!": []}}, "/log/!!"),
        ({"!": {"/": [1, 2, 3]}}, "/!/~1"),
    ],
)
def test_operators_take_so_many_arguments(rule: Any, path: str) -> None:
    given = changed("/steps/0/transitionToStep", {"if": [rule, "b", None]})
    [found] = errors(given)
    assert (found.path, found.kind) == (f"/steps/0/transitionToStep/if/0{path}", "logic")


@pytest.mark.parametrize(
    "rule",
    [
        {"foo": [1]},
        {"a": {"!": []}, "b": 1},
        [{"!": []}],
        {"var": ""},
        {"var": None},
        {"var": 1.0},
        {"var": [{"if": [1, "a"]}, 2]},
        {"var": {"merge": ["a"]}},
        {"missing": ["a", "b", "c"]},
        {"missing_some": [1, ["a", "b"]]},
        {"method": [1, 2, 3]},
        {"cat": "solo"},
        {"!": 1},
        {},
    ],
)
def test_logic_that_the_original_takes_is_taken(rule: Any) -> None:
    assert errors(changed("/steps/0/transitionToStep", {"if": [rule, "b", None]})) == []


def nested(levels: int) -> Any:
    return {} if levels == 0 else {"x": nested(levels - 1)}


@pytest.mark.parametrize("allowed", [10, 64])
def test_nesting_is_limited(allowed: int) -> None:
    dialect, inside = StepsDialect(Limits(max_nesting=allowed)), 5
    deepest = changed(f"{DETAILS}/config", nested(allowed - inside))
    assert dialect.validate(deepest, Known()).errors == ()
    deeper = changed(f"{DETAILS}/config", nested(allowed - inside + 1))
    [found] = dialect.validate(deeper, Known()).errors
    assert (found.kind, found.message) == ("nesting", f"nests deeper than {allowed} levels")


def test_the_deepest_logic_and_definitions_can_be_read() -> None:
    rule: Any = 1
    inner: Any = {"type": "string"}
    for _ in range(27):
        rule = {"!": [rule]}
        inner = {"type": "object", "properties": {"x": inner}, "required": ["x"]}
    given = definition(step("a", {"if": [rule, "b", None]}), step("b", takes="D"), D=inner)
    assert errors(given) == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["if", "var", "a", "$ref", "type", "from", "fieldset", "properties"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
PLACES = [
    "/steps",
    "/steps/0",
    "/steps/0/name",
    "/steps/0/transitionToStep",
    "/steps/0/integrationDetails",
    f"{DETAILS}/inputDefinition",
    f"{DETAILS}/inputTransformer",
    "/definitions",
    "/definitions/Any",
    "/definitions/P/properties",
]


@settings(deadline=None)
@given(path=st.sampled_from(PLACES), value=VALUES)
def test_whatever_stands_there_is_judged(path: str, value: Any) -> None:
    found = StepsDialect().validate(changed(path, value), Known())
    assert all(one.path == "" or one.path.startswith("/") for one in found.errors)


def test_recognised_by_its_steps() -> None:
    dialect = StepsDialect()
    assert dialect.recognises(GOOD)
    assert not dialect.recognises({"name": "x", "tasks": []})
    assert dialect.workflow_name(GOOD) == "wf"
    assert dialect.workflow_name({"steps": [], "workflowName": 3}) is None
    assert dialect.version_number(GOOD) is None
    assert dialect.default_tag == "$LIVE"
    assert list(dialect.task_types(GOOD)) == ["work"]
