"""An error of shape hides no other, and brings none along that is only its consequence."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.dialects.plan import Known
from daemon.dialects.steps import StepsDialect
from tests.dialects.steps.jobs import definition, record, step
from tests.dialects.steps.test_form import DETAILS, changed


def told(given: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((one.path, one.kind) for one in StepsDialect().validate(given, Known()).errors)


FIELD = "/steps/1/integrationDetails/inputTransformer/fieldset/0/from"


def reading() -> dict[str, Any]:
    """``b`` reads what is not there."""
    fieldset = [{"from": "aOutput.nope", "to": "p"}]
    given = definition(step("a", "b"), step("b", takes="P", fieldset=fieldset))
    given["definitions"] |= {"P": record(p="string"), "Other": record(p="string")}
    return given


@pytest.mark.parametrize(
    ("path", "value", "kind", "place"),
    [
        ("/steps/0/more", 1, "additionalProperties", "/steps/0"),
        ("/steps/0/retries", "one", "type", "/steps/0/retries"),
        (f"{DETAILS}/config", 5, "type", f"{DETAILS}/config"),
        (f"{DETAILS}/inputTransformer", [], "type", f"{DETAILS}/inputTransformer"),
        ("/definitions/Other", {"enum": [1], "type": "string"}, "additionalProperties", None),
        (
            "/definitions/P/properties/p/minLength",
            1,
            "additionalProperties",
            "/definitions/P/properties/p",
        ),
        ("/more", 1, "additionalProperties", ""),
        ("/workflowName", 1, "type", "/workflowName"),
    ],
)
def test_an_error_of_shape_hides_no_other(
    path: str, value: Any, kind: str, place: str | None
) -> None:
    given = changed(path, value, reading())
    expected = (path if place is None else place, kind)
    assert told(given) == sorted([expected, (FIELD, "transformation")])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{DETAILS}/outputDefinition", 5),
        ("/definitions/Any", {"type": 5}),
        ("/definitions/Any", 5),
        ("/steps/0/name", 5),
        ("/steps/0", 5),
    ],
)
def test_what_hangs_on_an_error_of_shape_is_not_told_as_well(path: str, value: Any) -> None:
    given = changed(path, value, reading())
    assert FIELD not in [one for one, _ in told(given)]
