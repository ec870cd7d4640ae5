"""What the daemon serves itself in a simulation: the real engines for scripts, in its own
process and in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

from daemon.executors.inline import Inline
from daemon.executors.jq_task import JqTransform
from daemon.executors.lambda_task import Lambda
from daemon.executors.noop import Noop
from daemon.executors.script_evaluator import ScriptEvaluator
from daemon.executors.scripts import Language
from daemon.serving import Serving
from tests.executors.in_process import InProcess

SCRIPT_SECONDS = 3.0
"""How long a script takes, so that things happen meanwhile."""


class Scripts:
    """The engines are made when the first script comes: most runs have none."""

    def __init__(self) -> None:
        self._engines: InProcess | None = None

    async def evaluate(self, language: Language, source: str, given: Any) -> Any:
        await asyncio.sleep(SCRIPT_SECONDS)
        self._engines = self._engines or InProcess()
        return await self._engines.evaluate(language, source, given)

    async def check(self, language: Language, source: str) -> None:
        self._engines = self._engines or InProcess()
        await self._engines.check(language, source)

    async def aclose(self) -> None:
        """Nothing to close."""


def serving() -> Serving:
    scripts = Scripts()
    return Serving(
        executors=(Noop(), Inline(scripts), JqTransform(scripts), Lambda(scripts)),
        evaluator=ScriptEvaluator(scripts),
    )
