"""LAMBDA: the older form of INLINE, whose script is the body of a function."""

from __future__ import annotations

from daemon.executors.executor import Order, Outcome
from daemon.executors.scripting import failed, script_failure, text_of
from daemon.executors.scripts import Language, ScriptCrashed, ScriptError, Scripts, ScriptTimedOut
from eventstore.events import TaskStatus

EMPTY = (
    "Empty 'scriptExpression' in Lambda task's input parameters. "
    "A non-empty String value must be provided."
)


class Lambda:
    task_types: tuple[str, ...] = ("LAMBDA",)

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def repeats(self, order: Order) -> bool:
        return True

    async def run(self, order: Order) -> Outcome:
        given = order.input if isinstance(order.input, dict) else {}
        body = text_of(given.get("scriptExpression"))
        if body is None:
            return Outcome(status=TaskStatus.FAILED, output={}, reason=EMPTY)
        try:
            result = await self._scripts.evaluate(Language.JAVASCRIPT_BODY, body, given)
        except ScriptError as error:
            return failed(script_failure(error))
        except (ScriptTimedOut, ScriptCrashed) as error:
            return failed(str(error))
        return Outcome(status=TaskStatus.COMPLETED, output={"result": result})

    async def aclose(self) -> None:
        await self._scripts.aclose()
