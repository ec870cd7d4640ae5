"""Which scripts of a definition are read before it is registered, and what a fault is."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.dialects.plan import Script
from tests.dialects.tasks.definitions import DIALECT, fork, join, loop, task, workflow

BAD = "if ("


def scripts(*tasks: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Path, language, and whether a fault is an error."""
    return [(one.path, one.language, one.is_error) for one in found(*tasks)]


def found(*tasks: dict[str, Any]) -> list[Script]:
    return list(DIALECT.scripts(workflow(*tasks)))


def switch(expression: str = BAD, evaluator: str = "javascript", **fields: Any) -> dict[str, Any]:
    given = {"type": "SWITCH", "evaluatorType": evaluator, "expression": expression}
    return task("s", **{**given, "decisionCases": {"x": [task("x")]}, **fields})


def decision(expression: str = BAD) -> dict[str, Any]:
    return task("d", type="DECISION", caseExpression=expression, decisionCases={"x": [task("x")]})


def inside(kind: str, **given: Any) -> dict[str, Any]:
    return task("i", type=kind, inputParameters=given)


def test_what_the_server_refuses_is_an_error() -> None:
    assert scripts(switch()) == [("/tasks/0/expression", "javascript", True)]
    assert scripts(decision()) == [("/tasks/0/caseExpression", "javascript", True)]
    nested = [("/tasks/0/forkTasks/0/0/expression", "javascript", True)]
    assert scripts(fork("f", [switch()]), join("j", "s")) == nested


def test_an_error_has_the_words_of_the_server() -> None:
    (script,) = found(switch())
    problem = script.problem("SyntaxError: {} at line 1")
    assert problem.message == (
        "Expression is not well formatted: SyntaxError: {} at line 1, "
        "taskType: SWITCH taskName do_s"
    )


@pytest.mark.parametrize(
    ("given", "path", "language"),
    [
        (switch(evaluator="graaljs"), "/tasks/0/expression", "javascript"),
        (loop("l", "true", switch()), "/tasks/0/loopOver/0/expression", "javascript"),
        (loop("l", BAD, task("x")), "/tasks/0/loopCondition", "javascript"),
        (inside("INLINE", expression=BAD), "/tasks/0/inputParameters/expression", "javascript"),
        (
            inside("INLINE", expression=BAD, evaluatorType="graaljs"),
            "/tasks/0/inputParameters/expression",
            "javascript",
        ),
        (
            inside("LAMBDA", scriptExpression="return"),
            "/tasks/0/inputParameters/scriptExpression",
            "lambda",
        ),
        (
            inside("JSON_JQ_TRANSFORM", queryExpression=".a |"),
            "/tasks/0/inputParameters/queryExpression",
            "jq",
        ),
    ],
)
def test_what_the_server_lets_pass_is_a_warning(
    given: dict[str, Any], path: str, language: str
) -> None:
    assert scripts(given) == [(path, language, False)]
    (script,) = found(given)
    assert "fails when it runs: no" in script.problem("no").message


@pytest.mark.parametrize(
    "given",
    [
        switch("$.a == 'x' && $.n > 3"),
        switch("v", "value-param"),
        switch(" "),
        decision("$.a"),
        loop("l", "$.l['iteration'] < 3", task("x")),
        inside("INLINE", expression="${workflow.input.script}"),
        inside("INLINE", expression="a", evaluatorType="value-param"),
        inside("INLINE", expression=5),
        inside("LAMBDA"),
        task("t"),
    ],
)
def test_what_needs_no_engine_or_is_not_known_yet(given: dict[str, Any]) -> None:
    assert scripts(given) == []


def test_any_shape_will_do() -> None:
    deep: Any = {}
    for _ in range(500):
        deep = {"tasks": [{"type": "SWITCH", "decisionCases": {"x": [deep]}}]}
    for shape in ({}, {"tasks": 5}, {"tasks": [7, {"type": "SWITCH", "expression": []}]}, deep):
        assert list(DIALECT.scripts(shape)) == []
