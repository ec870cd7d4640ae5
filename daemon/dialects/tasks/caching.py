"""``cacheConfig`` of a task: the output of one with the same name and key is used again
(https://orkes.io/content/faqs/task-cache-output; the server of the reference stores it
without effect).

The key is a text in which ``${name}`` stands for a member of the task's own input, or for
what a path finds below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec
import orjson

from daemon.dialects.fields import Fields
from daemon.dialects.tasks.expressions import InvalidPath, Path, compile_path, java_text
from daemon.dialects.tasks.expressions.jayway import MISSING, follow, read
from daemon.dialects.tasks.expressions.scan import expressions, unescaped
from eventstore.events import CacheUse, Value

LONGEST_SECONDS = 2**31 - 1
"""What the original's number holds, 68 years; more is cut to it."""


class CacheConfig(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    """Where it stands in the definition."""
    key: str
    seconds: int


def read_cache_config(fields: Fields | None) -> CacheConfig | None:
    if fields is None or not fields.source:
        return None
    seconds = fields.whole("ttlInSecond", 0)
    return CacheConfig(
        path=fields.path,
        key=fields.text("key") or "",
        seconds=min(max(seconds, 0), LONGEST_SECONDS),
    )


class CacheKey(msgspec.Struct, frozen=True):
    """A compiled ``cacheConfig``."""

    head: str
    parts: tuple[tuple[Path, str], ...]
    """What an input has there, and the text behind it."""
    seconds: int

    def use(self, name: str, task_type: str, given: Value) -> CacheUse | None:
        """For a task with the input ``given``. None: the input lacks what the key names, and
        no other task does the same for sure."""
        text = [self.head]
        for path, behind in self.parts:
            value = _find(path, given)
            if value is MISSING:
                return None
            text += _shown(value), behind
        named = orjson.dumps((name, task_type, "".join(text)))
        return CacheUse(digest=sha256(named).hexdigest(), seconds=self.seconds)


def compile_cache(config: CacheConfig | None) -> CacheKey | None:
    """None: the output of the step is not kept. Raises nothing: what is wrong with a
    ``cacheConfig`` is told at the registration, and of a forked task in nothing."""
    if config is None or _flaw(config) is not None:
        return None
    text, rest = config.key, 0
    literals: list[str] = []
    paths: list[Path] = []
    for expression in expressions(text):
        literals.append(unescaped(text[rest : expression.start]))
        paths.append(compile_path(expression.body))
        rest = expression.end
    head, *behind = (*literals, unescaped(text[rest:]))
    return CacheKey(head, tuple(zip(paths, behind, strict=True)), config.seconds)


def _flaw(config: CacheConfig) -> tuple[str, str] | None:
    """The field that makes it say nothing, and why."""
    if not config.key:
        return "key", "has to be a text such as ${url}-${method}"
    if config.seconds <= 0:
        return "ttlInSecond", "has to be the seconds for which an output is good, 1 or more"
    for expression in expressions(config.key):
        try:
            compile_path(expression.body)
        except InvalidPath as error:
            return "key", f"cannot be read at ${{{expression.body}}}: {error}"
    return None


def flaws(config: CacheConfig, inputs: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    """Each field that does not do what it seems to, and why. ``inputs``: the names that the
    input of the task can have; None: nobody knows before it runs."""
    flaw = _flaw(config)
    if flaw is not None:
        yield flaw
    elif inputs is not None:
        for expression in expressions(config.key):
            if _first_name(compile_path(expression.body)) not in inputs:
                why = (
                    f"names ${{{expression.body}}}, but a key is made of the task's own input: "
                    "put it into inputParameters and name it as it is called there"
                )
                yield "key", why


def _first_name(path: Path) -> str | None:
    first = path.keys[0] if path.keys else None
    return first if isinstance(first, str) else None


def _find(path: Path, given: Value) -> Any:
    if path.keys is not None:
        return _followed(path.keys, given)
    members = given if isinstance(given, dict) else {}
    value = read(path, lambda member: members.get(member, MISSING))
    return MISSING if value is None else value


def _followed(keys: tuple[str | int, ...], value: Any) -> Any:
    """A member that is null is there."""
    *way, last = keys or (None,)
    holder = follow(value, way)
    if isinstance(last, str):
        return holder.get(last, MISSING) if isinstance(holder, dict) else MISSING
    found = follow(holder, (last,)) if isinstance(last, int) else None
    return MISSING if found is None else found


def _shown(value: Any) -> str:
    """The same text for equal values, whatever the order of their members."""
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return java_text(value)
