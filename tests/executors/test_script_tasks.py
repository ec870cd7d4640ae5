"""INLINE, LAMBDA and JSON_JQ_TRANSFORM: statuses, outputs and reasons."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.executors.evaluator import EvaluationFailed
from daemon.executors.inline import Inline
from daemon.executors.jq_task import JqTransform
from daemon.executors.lambda_task import Lambda
from daemon.executors.script_evaluator import ScriptEvaluator
from daemon.executors.scripts import Language, ScriptError, ScriptLimits, ScriptPool
from eventstore.events import TaskStatus
from tests.executors.in_process import InProcess
from tests.executors.orders import order

TERMINAL = TaskStatus.FAILED_WITH_TERMINAL_ERROR
FAILED = TaskStatus.FAILED
JSON = dict[str, Any]


class NoScripts:
    """For what must be decided without a process."""

    async def evaluate(self, language: Language, source: str, given: Any) -> Any:
        raise AssertionError(f"evaluated {source}")

    async def check(self, language: Language, source: str) -> None:
        raise AssertionError(f"checked {source}")

    async def aclose(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({"expression": "$.a + 1", "a": 1}, 2),
        ({"expression": "$.expression.length"}, 19),
        ({"evaluatorType": "graaljs", "expression": "({ b: $.a })", "a": [1]}, {"b": [1]}),
        ({"evaluatorType": "value-param", "expression": "a", "a": {"b": 1}}, {"b": 1}),
        ({"evaluatorType": "value-param", "expression": "missing"}, None),
        ({"expression": "(function () { if ($.a > 2) { return 'big' } })()", "a": 3}, "big"),
    ],
)
async def test_inline_gives_its_result(pool: ScriptPool, given: JSON, result: Any) -> None:
    outcome = await Inline(pool).run(order("INLINE", given))
    assert (outcome.status, outcome.output) == (TaskStatus.COMPLETED, {"result": result})


@pytest.mark.parametrize(
    ("given", "status", "reason"),
    [
        (
            {"expression": " "},
            TERMINAL,
            (
                "Empty 'expression' in Inline task's input parameters. "
                "A non-empty String value must be provided."
            ),
        ),
        (
            {"evaluatorType": "", "expression": "1"},
            TERMINAL,
            (
                "Empty 'evaluatorType' in INLINE task's input parameters. "
                "A non-empty String value must be provided."
            ),
        ),
        (
            {"evaluatorType": "cobol", "expression": "1"},
            TERMINAL,
            "Unknown evaluator 'cobol' in INLINE task.",
        ),
        (
            {"evaluatorType": "python", "expression": "1"},
            TERMINAL,
            "The evaluator 'python' of INLINE tasks is not offered; use 'javascript'.",
        ),
        (
            {"expression": "\n$.a.b.c"},
            TERMINAL,
            (
                "Error evaluating the script `TypeError: Cannot read property 'b' of undefined` "
                "at line 2"
            ),
        ),
        (
            {"expression": "console.log(1)"},
            TERMINAL,
            "Error evaluating the script `ReferenceError: console is not defined` at line 1",
        ),
        (
            {"expression": "while (1);"},
            FAILED,
            "Script not evaluated within 1 seconds, interrupted.",
        ),
    ],
)
async def test_inline_fails_with_its_reason(given: JSON, status: TaskStatus, reason: str) -> None:
    async with ScriptPool(processes=1, limits=ScriptLimits(timeout_seconds=1)) as pool:
        outcome = await Inline(pool).run(order("INLINE", given))
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.output == {"error": reason}


async def test_simple_conditions_need_no_process() -> None:
    given = {"expression": "$.a.b == 'x' && $.n > 3", "a": {"b": "x"}, "n": 4}
    outcome = await Inline(NoScripts()).run(order("INLINE", given))
    assert outcome.output == {"result": True}


async def test_lambda_runs_a_body(pool: ScriptPool) -> None:
    body = "if ($.input.a == 1) { return { yes: true } } else { return { yes: false } }"
    given = {"input": {"a": 1}, "scriptExpression": body}
    outcome = await Lambda(pool).run(order("LAMBDA", given))
    assert (outcome.status, outcome.output) == (TaskStatus.COMPLETED, {"result": {"yes": True}})


async def test_lambda_without_a_body_fails(pool: ScriptPool) -> None:
    outcome = await Lambda(pool).run(order("LAMBDA", {}))
    assert (outcome.status, outcome.output) == (FAILED, {})
    assert outcome.reason == (
        "Empty 'scriptExpression' in Lambda task's input parameters. "
        "A non-empty String value must be provided."
    )


async def test_lambda_that_throws_fails(pool: ScriptPool) -> None:
    given = {"scriptExpression": "throw new Error('no')"}
    outcome = await Lambda(pool).run(order("LAMBDA", given))
    reason = "Error evaluating the script `Error: no`"
    assert (outcome.status, outcome.reason) == (FAILED, reason)
    assert outcome.output == {"error": reason}


@pytest.mark.parametrize(
    ("program", "results"),
    [
        (".a | map(. + 1)", [[2, 3]]),
        (".a[]", [1, 2]),
        ("empty", []),
        (".queryExpression", [".queryExpression"]),
        ("{sum: (.a | add), half: 0.5}", [{"sum": 3, "half": 0.5}]),
    ],
)
async def test_jq_gives_first_and_all_results(
    pool: ScriptPool, program: str, results: list[Any]
) -> None:
    given = {"queryExpression": program, "a": [1, 2]}
    outcome = await JqTransform(pool).run(order("JSON_JQ_TRANSFORM", given))
    first = results[0] if results else None
    assert outcome.status is TaskStatus.COMPLETED
    assert outcome.output == {"result": first, "resultList": results}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Missing 'queryExpression' in input parameters"),
        ({"queryExpression": 1}, "The 'queryExpression' in input parameters is not a String"),
        (
            {"queryExpression": ".s.array", "s": "x"},
            'Cannot index string with string "array"',
        ),
    ],
)
async def test_jq_fails_with_its_reason(pool: ScriptPool, given: JSON, reason: str) -> None:
    outcome = await JqTransform(pool).run(order("JSON_JQ_TRANSFORM", given))
    assert (outcome.status, outcome.reason) == (FAILED, reason)


@pytest.mark.parametrize(
    ("language", "expression", "value"),
    [
        ("javascript", "$.a", 1),
        ("graaljs", "$.a", 1),
        ("lambda", "return $.a", 1),
        ("jq", ".a", [1]),
    ],
)
async def test_plans_have_their_expressions_evaluated(
    pool: ScriptPool, language: str, expression: str, value: Any
) -> None:
    assert await ScriptEvaluator(pool).evaluate(language, expression, {"a": 1}) == value


@pytest.mark.parametrize(
    ("language", "expression", "message"),
    [
        ("basic", "1", "No evaluator registered for type: basic"),
        ("javascript", "x", "`ReferenceError: x is not defined` at line 1"),
        ("javascript", "while (1);", "Script not evaluated within 1 seconds"),
    ],
)
async def test_an_expression_without_a_value_says_why(
    language: str, expression: str, message: str
) -> None:
    async with ScriptPool(processes=1, limits=ScriptLimits(timeout_seconds=1)) as pool:
        with pytest.raises(EvaluationFailed, match=message):
            await ScriptEvaluator(pool).evaluate(language, expression, {})


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        ("throw 'x'", "x", 1),
        ("throw {a: 1}", "Error", 1),
        ("throw new Error('in')", "Error: in", None),
        ("throw new RangeError('r')", "RangeError: r", None),
        ("undefinedVar + 1", "ReferenceError: undefinedVar is not defined", 1),
        ("var a = 1;\nnull.x", "TypeError: Cannot read property 'x' of null", 2),
        ("[1].map(x => x.y.z)", "TypeError: Cannot read property 'z' of undefined", 1),
        ("[].reduce((a, b) => a)", "TypeError: Reduce of empty array with no initial value", None),
        ("decodeURIComponent('%')", "URIError: illegal escape sequence", None),
        ("'abc'.repeat(-1)", "RangeError: illegal repeat count", None),
        ("new Array(-1)", "RangeError: Invalid array length", 1),
    ],
)
async def test_the_line_of_an_error_is_told_where_the_original_tells_it(
    source: str, message: str, line: int | None
) -> None:
    """Observed on Conductor 3.32.3."""
    with pytest.raises(ScriptError) as error:
        await InProcess().evaluate(Language.JAVASCRIPT, source, {})
    assert (error.value.message, error.value.line) == (message, line)


@pytest.mark.parametrize(
    ("language", "source", "words"),
    [
        ("javascript", "if (", "SyntaxError: unexpected end of the script at line 1"),
        ("javascript", "return $.v", "SyntaxError: return not in a function"),
        ("javascript", "${workflow.input.x} > 3", "SyntaxError"),
        ("javascript", "let a = 1; let a = 2", "SyntaxError: invalid redefinition"),
        ("javascript", "1;\n2;\n3 4", "at line 3"),
        ("lambda", "return 1 +", "SyntaxError"),
        ("jq", ".a |", "jq: error: syntax error"),
    ],
)
async def test_a_script_that_cannot_be_read_is_told(
    pool: ScriptPool, language: str, source: str, words: str
) -> None:
    told = await ScriptEvaluator(pool).check(language, source)
    assert told is not None
    assert words in told


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("javascript", "while (true);"),
        ("javascript", "throw new SyntaxError('mine')"),
        ("javascript", "undefinedVar + 1"),
        ("javascript", "#!/usr/bin/env node\n1"),
        ("javascript", "(function () { return 1 })()"),
        ("javascript", "`a${$.b}`"),
        ("lambda", "if ($.a) { return 1 }"),
        ("jq", "[range(1000000000)]"),
    ],
)
async def test_checking_a_script_runs_nothing_of_it(
    pool: ScriptPool, language: str, source: str
) -> None:
    assert await ScriptEvaluator(pool).check(language, source) is None


async def test_what_one_check_declares_the_next_does_not_see(pool: ScriptPool) -> None:
    evaluator = ScriptEvaluator(pool)
    for _ in range(2):
        assert await evaluator.check("javascript", "let once = 1; function f() {}") is None
    assert await evaluator.evaluate("javascript", "typeof once + typeof f", {}) == "undefined" * 2
