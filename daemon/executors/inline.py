"""INLINE: evaluates an expression over the task's whole input."""

from __future__ import annotations

from typing import Any

from daemon.dialects.conditions import NOT_SIMPLE, decide, value_param
from daemon.executors.executor import Order, Outcome
from daemon.executors.scripting import failed, script_failure, text_of
from daemon.executors.scripts import Language, ScriptCrashed, ScriptError, Scripts, ScriptTimedOut
from eventstore.events import TaskStatus

JAVASCRIPT = ("javascript", "graaljs")
"""Two names of one evaluator."""
VALUE_PARAM = "value-param"
EVALUATORS = (*JAVASCRIPT, VALUE_PARAM)

EMPTY = "Empty '{}' in {} task's input parameters. A non-empty String value must be provided."

TERMINAL = TaskStatus.FAILED_WITH_TERMINAL_ERROR
"""Another attempt would end alike."""


class Inline:
    task_types: tuple[str, ...] = ("INLINE",)

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def repeats(self, order: Order) -> bool:
        return True

    async def run(self, order: Order) -> Outcome:
        given = order.input if isinstance(order.input, dict) else {}
        evaluator = text_of(given.get("evaluatorType", JAVASCRIPT[0]))
        expression = text_of(given.get("expression"))
        if evaluator is None:
            return failed(EMPTY.format("evaluatorType", "INLINE"), TERMINAL)
        if evaluator not in EVALUATORS:
            return failed(_unknown(evaluator), TERMINAL)
        if expression is None:
            return failed(EMPTY.format("expression", "Inline"), TERMINAL)
        try:
            result = await self._result(evaluator, expression, given)
        except ScriptError as error:
            return failed(script_failure(error), TERMINAL)
        except (ScriptTimedOut, ScriptCrashed) as error:
            return failed(str(error))
        return Outcome(status=TaskStatus.COMPLETED, output={"result": result})

    async def _result(self, evaluator: str, expression: str, given: dict[str, Any]) -> Any:
        if evaluator == VALUE_PARAM:
            return value_param(expression, given)
        simple = decide(expression, given)
        if simple is not NOT_SIMPLE:
            return simple
        return await self._scripts.evaluate(Language.JAVASCRIPT, expression, given)

    async def aclose(self) -> None:
        await self._scripts.aclose()


def _unknown(evaluator: str) -> str:
    if evaluator == "python":
        return "The evaluator 'python' of INLINE tasks is not offered; use 'javascript'."
    return f"Unknown evaluator '{evaluator}' in INLINE task."
