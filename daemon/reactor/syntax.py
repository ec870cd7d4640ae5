"""Whether the scripts of a definition can be read, as their engines say.

The engines run in processes of their own, so a verdict is waited for (``Cold``). Verdicts are
remembered; that an engine could not tell is told once, and asked again the next time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import structlog

from daemon.dialects.plan import Findings, Problem, Script
from daemon.executors.evaluator import EvaluationFailed, Evaluator
from daemon.reactor.cold import Cold

_log = structlog.get_logger("syntax")

Key = tuple[str, str]
"""Language and source."""


class Syntax:
    def __init__(self, evaluator: Evaluator, *, known_scripts: int) -> None:
        self._evaluator = evaluator
        self._room = known_scripts
        self._faults: OrderedDict[Key, str | None] = OrderedDict()
        """Why a script cannot be read; None: it can."""
        self._untold: dict[Key, str] = {}
        """Why the engine could not tell, until somebody is told so."""

    def findings(self, scripts: Iterable[Script]) -> Findings:
        """Raises Cold."""
        asked = tuple(scripts)
        unknown = {one: None for one in map(_key, asked) if not self._is_known(one)}
        if unknown:
            raise Cold("what the engines say of scripts", lambda: self._ask(tuple(unknown)))
        errors: list[Problem] = []
        warnings: list[Problem] = []
        for script in asked:
            untold = self._untold.get(_key(script))
            if untold is not None:
                warnings.append(_unchecked(script, untold))
            elif (fault := self._faults[_key(script)]) is not None:
                (errors if script.is_error else warnings).append(script.problem(fault))
        self._forget(map(_key, asked))
        return Findings(errors=tuple(errors), warnings=tuple(warnings))

    def _is_known(self, key: Key) -> bool:
        return key in self._faults or key in self._untold

    async def _ask(self, keys: Iterable[Key]) -> None:
        for key in keys:
            try:
                self._faults[key] = await self._evaluator.check(*key)
            except EvaluationFailed as error:
                _log.warning("a script was not checked", why=str(error))
                self._untold[key] = str(error)
            except Exception as error:  # noqa: BLE001 - an engine's fault refuses no definition
                _log.exception("a script was not checked")
                self._untold[key] = f"{type(error).__name__}: {error}"

    def _forget(self, used: Iterable[Key]) -> None:
        for key in used:
            self._untold.pop(key, None)
        while len(self._faults) > self._room:
            self._faults.popitem(last=False)


def _key(script: Script) -> Key:
    return script.language, script.source


def _unchecked(script: Script, why: str) -> Problem:
    message = f"the script could not be checked: {why}; validate the definition again to try anew"
    return Problem(path=script.path, message=message, kind="unchecked")
