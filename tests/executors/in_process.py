"""Scripts without child processes, for tests on a virtual clock: the same engines and the same
results, but nothing stops a script that does not end."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import orjson

from daemon.executors.scripts import Language, ScriptLimits
from daemon.executors.scripts.child import JQ, VALUE, JavaScript, Jq, Limits
from daemon.executors.scripts.messages import Reply, value_of, written


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
        kind, text, line = engine.run(script.decode(), orjson.dumps(given).decode())
        self._javascript.prepare()
        return value_of(Reply(kind == VALUE, False, text.encode(), line), self._max_depth)

    async def aclose(self) -> None:
        """Nothing to close."""
