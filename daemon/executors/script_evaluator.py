"""Evaluates what plans ask for, with the engines that tasks use."""

from __future__ import annotations

from daemon.executors.evaluator import EvaluationFailed
from daemon.executors.scripting import script_failure
from daemon.executors.scripts import Language, ScriptCrashed, ScriptError, Scripts, ScriptTimedOut
from eventstore.events import Value

LANGUAGES = {
    "javascript": Language.JAVASCRIPT,
    "graaljs": Language.JAVASCRIPT,
    "lambda": Language.JAVASCRIPT_BODY,
    "jq": Language.JQ,
}


class ScriptEvaluator:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def evaluate(self, language: str, expression: str, input: Value) -> Value:
        known = LANGUAGES.get(language)
        if known is None:
            raise EvaluationFailed(f"No evaluator registered for type: {language}")
        try:
            return await self._scripts.evaluate(known, expression, input)
        except ScriptError as error:
            raise EvaluationFailed(script_failure(error)) from error
        except (ScriptTimedOut, ScriptCrashed) as error:
            raise EvaluationFailed(str(error)) from error

    async def check(self, language: str, expression: str) -> str | None:
        known = LANGUAGES.get(language)
        if known is None:
            raise EvaluationFailed(f"No evaluator registered for type: {language}")
        try:
            await self._scripts.check(known, expression)
        except ScriptError as error:
            return error.message if error.line is None else f"{error.message} at line {error.line}"
        except (ScriptTimedOut, ScriptCrashed, OSError) as error:
            raise EvaluationFailed(str(error)) from error
        return None
