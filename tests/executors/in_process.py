"""Scripts without child processes, for tests on a virtual clock: the same engines and the same
results, but nothing stops a script that does not end."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import orjson

from daemon.executors.scripts import Language, ScriptLimits
from daemon.executors.scripts.child import CHECK_JQ, JQ, VALUE, Answer, JavaScript, Jq, Limits
from daemon.executors.scripts.messages import Reply, to_check, value_of, written


class InProcess:
    def __init__(self) -> None:
        self._max_depth = ScriptLimits().max_depth
        limits = Limits(
            memory_bytes=64 << 20, max_value_bytes=8 << 20, max_depth=self._max_depth, cpu_seconds=1
        )
        self._javascript = JavaScript(import_module("_quickjs"), limits)
        self._jq = Jq(import_module("jq"), limits)

    async def evaluate(self, language: Language, source: str, given: Any) -> Any:
        code, script = written(language, source)
        engine = self._jq if code == JQ else self._javascript
        return self._answer(engine.run(script.decode(), orjson.dumps(given).decode()))

    async def check(self, language: Language, source: str) -> None:
        code, script = to_check(language, source)
        engine = self._jq if code == CHECK_JQ else self._javascript
        self._answer(engine.check(script.decode(), "null"))

    def _answer(self, answer: Answer) -> Any:
        self._javascript.prepare()
        kind, text, line = answer
        return value_of(Reply(kind == VALUE, False, text.encode(), line), self._max_depth)

    async def aclose(self) -> None:
        """Nothing to close."""
