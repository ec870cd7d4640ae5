"""Secrets and environment values, filled in only where a task leaves for who carries it out.

Events, log lines and answers hold the expression as it was written, never the value
(reference conductor.md §2.5). What comes back is scrubbed of the values that went out.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from daemon.executors.executor import Outcome
from eventstore.events import Value

SECRET_PREFIX = "CONDUCTOR_SECRET_"
ENV_PREFIX = "CONDUCTOR_ENV_"

MASK = "***"
SHORT = 4
"""A secret with fewer characters is masked only where it is the whole text: within others it
would shred them."""

_DEFERRED = re.compile(r"\$\{(workflow\.(?:secrets|env)\.[^{}$]+)\}")
_MARK = "${workflow."


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Values by name. Not printed: a record of it in a log line would be the leak."""

    secrets: Mapping[str, str] = {}
    env: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Sources({len(self.secrets)} secrets, {len(self.env)} values)"


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """``value`` is for who carries the task out; ``secrets`` are the texts in it to scrub."""

    value: Value
    secrets: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Handed({len(self.secrets)} secrets)"


def sources_of(environment: Mapping[str, str]) -> Sources:
    """From variables such as ``CONDUCTOR_SECRET_TOKEN`` and ``CONDUCTOR_ENV_REGION``. Raises
    ValueError when one is no text."""
    return Sources(secrets=_named(environment, SECRET_PREFIX), env=_named(environment, ENV_PREFIX))


def _named(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    found = {name: value for name, value in environment.items() if name.startswith(prefix)}
    for name, value in found.items():
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ValueError(f"the environment variable {name} is not UTF-8 text")
    return {name.removeprefix(prefix): value for name, value in found.items()}


def deferred_in(template: Value) -> frozenset[str]:
    """The expressions of a definition's own text that are filled in at hand-out:
    ``workflow.secrets.TOKEN``."""
    return frozenset(
        found for text in _texts(template) for found in _DEFERRED.findall(text.replace("$${", ""))
    )


def resolve(value: Value, sources: Sources, *, declared: Collection[str]) -> Handed:
    """Only the ``declared`` expressions are filled in: one that stands in data that passes
    through (a webhook's body, another task's output) stays the text it is."""
    if not declared:
        return Handed(value=value)
    used: set[str] = set()
    filled = _filled(value, sources, declared, used)
    return Handed(value=filled, secrets=frozenset(used))


def runtime_metadata(names: Iterable[str], sources: Sources) -> dict[str, str]:
    """What a task type's ``runtimeMetadata`` asks for: a secret before an environment value;
    what is missing is left out."""
    known = {**sources.env, **sources.secrets}
    return {name: known[name] for name in names if name in known}


def scrub(value: Value, secrets: Collection[str]) -> Value:
    """``value`` with every secret masked, also where it is encoded."""
    if not secrets:
        return value
    return _scrubbed(value, _matcher(secrets), frozenset(secrets))


def scrubbed(outcome: Outcome, secrets: Collection[str]) -> Outcome:
    if not secrets:
        return outcome
    return Outcome(
        status=outcome.status,
        output=scrub(outcome.output, secrets),
        reason=scrub(outcome.reason, secrets),
        logs=tuple(scrub(line, secrets) for line in outcome.logs),
    )


def _texts(value: Value) -> Iterable[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _filled(value: Value, sources: Sources, declared: Collection[str], used: set[str]) -> Value:
    match value:
        case str() if _MARK in value:
            return _text(value, sources, declared, used)
        case dict():
            return {key: _filled(one, sources, declared, used) for key, one in value.items()}
        case list():
            return [_filled(one, sources, declared, used) for one in value]
    return value


def _text(text: str, sources: Sources, declared: Collection[str], used: set[str]) -> Value:
    whole = _DEFERRED.fullmatch(text)
    if whole is not None and whole[1] in declared:
        return _value(whole[1], sources, used)

    def embedded(found: re.Match[str]) -> str:
        if found[1] not in declared:
            return found[0]
        value = _value(found[1], sources, used)
        return "" if value is None else _written(value)

    return _DEFERRED.sub(embedded, text)


def _value(expression: str, sources: Sources, used: set[str]) -> Value:
    _, kind, name = expression.split(".", 2)
    if kind == "env":
        return sources.env.get(name)
    name, *path = name.split(".")
    secret = sources.secrets.get(name)
    if secret is None:
        return None
    value = _within(secret, path)
    used.update(text for text in (secret, *_texts(value)) if text)
    return value


def _within(secret: str, path: list[str]) -> Value:
    """The part of a secret that is a JSON document; None where there is none."""
    if not path:
        return secret
    try:
        value: Any = json.loads(secret)
    except ValueError:
        return None
    for key in path:
        match value:
            case dict():
                value = value.get(key)
            case list() if key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            case _:
                return None
    return value


def _written(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _matcher(secrets: Collection[str]) -> re.Pattern[str] | None:
    forms = {form for text in secrets if len(text) >= SHORT for form in _forms(text)}
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if forms else None


def _forms(text: str) -> Iterable[str]:
    """How a secret looks as it is, inside JSON, inside an address, and in Base64."""
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield quote(text, safe="")
    yield quote_plus(text)
    yield base64.b64encode(text.encode()).decode().rstrip("=")


def _scrubbed(value: Value, matcher: re.Pattern[str] | None, whole: frozenset[str]) -> Value:
    match value:
        case str():
            if value in whole:
                return MASK
            return matcher.sub(MASK, value) if matcher else value
        case dict():
            return {
                _scrubbed(key, matcher, whole): _scrubbed(one, matcher, whole)
                for key, one in value.items()
            }
        case list():
            return [_scrubbed(one, matcher, whole) for one in value]
    return value
