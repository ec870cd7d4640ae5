"""Expressions that a definition is refused for, or warned about (§1.4, §2.6)."""

from typing import Any

import pytest

from daemon.dialects.tasks.validation.expressions import DEEPEST_EXPRESSION
from tests.dialects.tasks.definitions import errors, task, warnings, workflow


def of_parameters(parameters: dict[str, Any]) -> list[tuple[str, str]]:
    return errors(workflow(task("t"), task("u", inputParameters=parameters)))


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "${workflow.input.x}",
        "${workflow}",
        "${t.output.x}",
        "${t}",
        "${u.input.x}",
        "${t.output..x}",
        "${t.output.rows[?(@.id == 1)].name}",
        "${CPEWF_TASK_ID}",
        "${NETFLIX_STACK}",
        "${workflow.secrets.TOKEN}",
        "${workflow.env.REGION}",
        "$${nobody.output}",
        "${nobody.output",
        "nobody.output}",
        "${t.output.list[${workflow.input.i}]}",
        # Only the inner one is looked at.
        "${nobody.list[${workflow.input.i}]}",
    ],
)
def test_right_expressions(text: str) -> None:
    assert of_parameters({"a": text}) == []


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("${}", ""),
        ("${ t.output}", " t.output"),
        ("${t.output.a b}", "t.output.a b"),
        ("${t.output.}", "t.output."),
        ("${t.output[@.length-1]}", "t.output[@.length-1]"),
        ("x ${t.output.a b} ${t.output}", "t.output.a b"),
        ("${t[?(@.b=='}')]}", "t[?(@.b=='"),
    ],
)
def test_what_is_no_path_is_refused(text: str, body: str) -> None:
    ((path, message),) = of_parameters({"a": text})
    assert path == "/tasks/1/inputParameters/a"
    assert message.startswith(f"key: a input parameter value: {body} is not valid: ")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("${nobody.output.x}", "nobody"),
        ("${nobody}", "nobody"),
        ("${HOME}", "HOME"),
        ("${$.t.output}", "$"),
        ("${t['output'].x}", "t['output']"),
        ("${$..x}", "$"),
        ("a ${nobody.output} b", "nobody"),
    ],
)
def test_what_begins_with_no_known_name_is_refused(text: str, root: str) -> None:
    assert of_parameters({"a": text}) == [
        (
            "/tasks/1/inputParameters/a",
            (
                f"taskReferenceName: {root} for given task: do_u input value: a of input "
                f"parameter: {text} is not defined in workflow definition."
            ),
        )
    ]


def test_each_text_at_any_depth_is_looked_at() -> None:
    wrong = "${nobody.output}"
    found = of_parameters({"a": {"b/c": [wrong, {"d": wrong}]}, "e": f"{wrong} {wrong}"})
    assert [path for path, _ in found] == [
        "/tasks/1/inputParameters/a/b~1c/0",
        "/tasks/1/inputParameters/a/b~1c/1/d",
        "/tasks/1/inputParameters/e",
        "/tasks/1/inputParameters/e",
    ]


def test_a_nested_task_may_be_read_from() -> None:
    switch = task("s", type="SWITCH", decisionCases={"a": [task("v")]})
    found = errors(workflow(switch, task("u", inputParameters={"a": "${v.output.x}"})))
    assert not [path for path, _ in found if "inputParameters" in path]


def test_mistakes_in_nested_tasks_and_outputs_are_warnings() -> None:
    wrong = {"a": "${nobody.output}", "b": "${t.a b}"}
    switch = task("t", type="SWITCH", decisionCases={"a": [task("v", inputParameters=wrong)]})
    definition = workflow(switch, outputParameters=wrong)
    assert not [path for path, _ in errors(definition) if path.endswith(("/a", "/b"))]
    assert [path for path, _ in warnings(definition)] == [
        "/tasks/0/decisionCases/a/0/inputParameters/a",
        "/tasks/0/decisionCases/a/0/inputParameters/b",
        "/outputParameters/a",
        "/outputParameters/b",
    ]


def test_expressions_lie_within_one_another_up_to_a_limit() -> None:
    def nested(levels: int) -> str:
        return "${t.output." * levels + "x" + "}" * levels

    assert of_parameters({"a": nested(DEEPEST_EXPRESSION)}) == []
    assert of_parameters({"a": nested(DEEPEST_EXPRESSION + 1)}) == [
        ("/tasks/1/inputParameters/a", "more than 20 expressions lie within one another")
    ]
    ((path, _),) = errors(workflow(outputParameters={"a": nested(DEEPEST_EXPRESSION + 1)}))
    assert path == "/outputParameters/a"


class TestInputExpression:
    def errors(self, expression: Any, **fields: Any) -> list[tuple[str, str]]:
        definition = workflow(task("t"), task("u", inputExpression=expression, **fields))
        at = "/tasks/1/inputExpression"
        return [(path.removeprefix(at), message) for path, message in errors(definition)]

    @pytest.mark.parametrize(
        "expression", ["workflow.input", "t.output.rows[0]", "t.output", "t['output'].x"]
    )
    def test_a_definite_path_is_taken(self, expression: str) -> None:
        assert self.errors({"expression": expression, "type": "JSON_PATH"}) == []

    @pytest.mark.parametrize(
        "expression",
        [
            "t.output..x",
            "t.output.*",
            "t.output.rows[*]",
            "t.output.rows[0:1]",
            "t.output.rows[0,1]",
            "t.output.rows[?(@.x)]",
        ],
    )
    def test_an_indefinite_one_is_refused(self, expression: str) -> None:
        assert self.errors({"expression": expression}) == [
            (
                "/expression",
                (
                    f"inputExpression '{expression}' may lead to several values; "
                    "only a definite path can be used"
                ),
            )
        ]

    def test_it_stands_without_braces(self) -> None:
        ((path, message),) = self.errors({"expression": "${workflow.input}"})
        assert path == "/expression"
        assert message.endswith("it stands without ${}")

    def test_an_empty_one_is_refused(self) -> None:
        ((path, _),) = self.errors({})
        assert path == "/expression"

    def test_it_begins_with_a_known_name(self) -> None:
        message = "inputExpression 'nobody.output' begins with neither 'workflow' nor a "
        assert self.errors({"expression": "nobody.output"}) == [
            ("/expression", f"{message}taskReferenceName")
        ]

    def test_it_excludes_parameters(self) -> None:
        given = {"expression": "workflow.input", "type": "JSON_PATH"}
        assert self.errors(given, inputParameters={"a": 1}) == [
            (
                "",
                (
                    "task u has both inputParameters and inputExpression; "
                    "only one of them can be used in a task"
                ),
            )
        ]
        assert self.errors(given, inputParameters={}) == []

    def test_no_other_type_is_known(self) -> None:
        assert self.errors({"expression": "workflow.input", "type": "JQ"}) == [
            ("/type", "the type of an inputExpression is JSON_PATH, not JQ")
        ]
