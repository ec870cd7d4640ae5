"""Definitions that a step which runs a child job leaves out are the child's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from daemon.dialects.plan import Known
from daemon.dialects.steps import Limits, StepsDialect
from daemon.dialects.steps.built_in import RUN_CHILD_JOB
from tests.dialects.steps.jobs import definition, record, step

CHILD = definition(
    step("only"),
    workflowInput={"type": "array", "items": {"$ref": "#/definitions/Line"}},
    workflowOutput={
        "type": "object",
        "properties": {"total": {"type": "number"}, "first": {"$ref": "#/definitions/Line"}},
        "required": ["total"],
    },
    Line=record(n="integer"),
)


def runs(*children: Mapping[str, Any], **details: Any) -> dict[str, Any]:
    given = {"type": RUN_CHILD_JOB, "config": {"children": [*children]}, **details}
    return {"name": "call", "transitionToStep": "after", "integrationDetails": given}


def filled(
    caller: dict[str, Any], child: Mapping[str, Any] | None = CHILD, limits: Limits | None = None
) -> dict[str, Any]:
    given = definition(caller, step("after", fieldset=[{"from": "callOutput.total", "to": "t"}]))
    dialect = StepsDialect() if limits is None else StepsDialect(limits)
    return dict(dialect.filled_in(given, lambda name, _: child if name == "c" else None))


ONE = {"workflowName": "c"}


def test_both_are_the_childs_with_all_they_refer_to() -> None:
    found = filled(runs(ONE))
    own = found["definitions"]
    assert own["callInput"] == {
        "type": "array",
        "items": {"$ref": "#/definitions/callInput.Line"},
    }
    assert own["callOutput"]["properties"]["first"] == {"$ref": "#/definitions/callOutput.Line"}
    assert own["callInput.Line"] == own["callOutput.Line"] == record(n="integer")
    assert StepsDialect().validate(found, Known()).errors == ()


def test_what_is_given_stays() -> None:
    given = {"$ref": "#/definitions/Any"}
    own = filled(runs(ONE, inputDefinition=given))["definitions"]
    assert "callInput" not in own
    assert "callOutput" in own


@pytest.mark.parametrize(
    "caller",
    [
        runs(ONE, {"workflowName": "d"}),
        runs({"workflowName": "c", "forEach": {"arrayPath": "workflowInput.l"}}),
        runs({"workflowName": 5}),
        runs({"workflowName": "c", "workflowVersion": {"tag": ["$LIVE"]}}),
        runs(),
        {"name": "call", "integrationDetails": {"type": RUN_CHILD_JOB}},
    ],
)
def test_without_an_only_child_nothing_is_filled_in(caller: dict[str, Any]) -> None:
    assert filled(caller)["definitions"].keys() == {"Any", "Empty"}


@pytest.mark.parametrize(
    "child",
    [
        None,
        {"tasks": [], "definitions": 5},
        definition(step("only")),
        definition(step("only"), workflowOutput={"$ref": "#/definitions/nowhere"}),
    ],
)
def test_a_child_that_has_none_leaves_them_open(child: dict[str, Any] | None) -> None:
    assert filled(runs(ONE), child)["definitions"].keys() == {"Any", "Empty"}


def test_too_much_is_left_out() -> None:
    assert "callInput" not in filled(runs(ONE), limits=Limits(max_parts=8))["definitions"]
    assert "callInput" in filled(runs(ONE), limits=Limits(max_parts=9))["definitions"]
