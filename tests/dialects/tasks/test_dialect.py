"""What the dialect says of a definition as a whole."""

from typing import Any

import pytest

from tests.dialects.tasks.definitions import DIALECT, task, workflow


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ({"name": "n"}, "n"),
        ({"name": 5}, "5"),
        ({"name": ""}, None),
        ({}, None),
        ({"name": []}, None),
    ],
)
def test_the_name_of_the_workflow(definition: dict[str, Any], name: str | None) -> None:
    assert DIALECT.workflow_name(definition) == name


@pytest.mark.parametrize(
    ("definition", "number"),
    [({"version": 3}, 3), ({"version": "3"}, 3), ({"version": None}, None), ({}, None)],
)
def test_the_number_that_a_definition_carries(
    definition: dict[str, Any], number: int | None
) -> None:
    assert DIALECT.version_number(definition) == number


def test_the_task_types_whose_settings_a_job_uses() -> None:
    definition = workflow(
        task("t"),
        task("u", name="do_t"),
        task("v", type="my_type"),
        task("w", taskDefinition={"name": "do_w"}),
        task("s", type="SWITCH", decisionCases={"a": [task("x")]}),
    )
    assert list(DIALECT.task_types(definition)) == ["do_t", "do_v", "do_s", "do_x"]
