"""JSON_JQ_TRANSFORM: a jq program over the task's whole input."""

from __future__ import annotations

import re

from daemon.executors.executor import Order, Outcome
from daemon.executors.scripting import failed
from daemon.executors.scripts import Language, ScriptCrashed, ScriptError, Scripts, ScriptTimedOut
from eventstore.events import TaskStatus

_BY_NAME = re.compile(r'( with string) \((".*")\)$', re.DOTALL)


class JqTransform:
    task_types: tuple[str, ...] = ("JSON_JQ_TRANSFORM",)

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def repeats(self, order: Order) -> bool:
        return True

    async def run(self, order: Order) -> Outcome:
        given = order.input if isinstance(order.input, dict) else {}
        program = given.get("queryExpression")
        if program is None:
            reason = "Missing 'queryExpression' in input parameters"
            return Outcome(status=TaskStatus.FAILED, output={}, reason=reason)
        if not isinstance(program, str):
            return failed("The 'queryExpression' in input parameters is not a String")
        try:
            results = await self._scripts.evaluate(Language.JQ, program, given)
        except ScriptError as error:
            return failed(_BY_NAME.sub(r"\1 \2", error.message))
        except (ScriptTimedOut, ScriptCrashed) as error:
            return failed(str(error))
        first = results[0] if results else None
        output = {"result": first, "resultList": results}
        return Outcome(status=TaskStatus.COMPLETED, output=output)

    async def aclose(self) -> None:
        await self._scripts.aclose()
