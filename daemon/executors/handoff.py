"""Secrets and environment values, filled in only where a task leaves for who carries it out.

Events, log lines and answers hold the expression as it was written, never the value
(reference conductor.md §2.5). What comes back is masked of the values that went out
(``daemon.executors.masking``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from daemon.executors.masking import within
from eventstore.events import Value

SECRET_PREFIX = "CONDUCTOR_SECRET_"
ENV_PREFIX = "CONDUCTOR_ENV_"

_DEFERRED = re.compile(r"\$\{(workflow\.(?:secrets|env)\.[^{}$]+)\}")
_MARK = "${workflow."


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Values by name. Not printed: a record of it in a log line would be the leak."""

    secrets: Mapping[str, str] = {}
    env: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Sources({len(self.secrets)} secrets, {len(self.env)} values)"


class MissingSecret(LookupError):
    """A step cannot be carried out without it."""

    def __init__(self, slot: str, key: str) -> None:
        super().__init__(
            f"secret binding '{slot}' names the secret '{key}', which has no value here "
            "(playhead secret create)"
        )


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


def bound_in(definition: Value) -> frozenset[str]:
    """The keys of secrets that steps of the definition name in ``secretBindings``."""
    return frozenset(
        key
        for found in _under("secretBindings", definition)
        if isinstance(found, dict)
        for key in found.values()
        if isinstance(key, str)
    )


def metadata_in(*texts: Value) -> frozenset[str]:
    """The names that task types in these texts ask for as ``runtimeMetadata``."""
    return frozenset(
        name
        for text in texts
        for found in _under("runtimeMetadata", text)
        if isinstance(found, list)
        for name in found
        if isinstance(name, str)
    )


def _under(name: str, value: Value) -> Iterator[Value]:
    """What stands under ``name``, however deep."""
    match value:
        case dict():
            if name in value:
                yield value[name]
            for inner in value.values():
                yield from _under(name, inner)
        case list():
            for inner in value:
                yield from _under(name, inner)


def resolve(value: Value, sources: Sources, *, declared: Collection[str]) -> Value:
    """Only the ``declared`` expressions are filled in: one that stands in data that passes
    through (a webhook's body, another task's output) stays the text it is."""
    return _filled(value, sources, declared) if declared else value


def bound(bindings: Mapping[str, str], sources: Sources) -> dict[str, str]:
    """The value for each slot. Raises MissingSecret."""
    for slot, key in bindings.items():
        if key not in sources.secrets:
            raise MissingSecret(slot, key)
    return {slot: sources.secrets[key] for slot, key in bindings.items()}


def texts_of(expression: str, secret: str) -> Iterator[str]:
    """What of a secret goes out where the definition says ``workflow.secrets.NAME.path``."""
    yield secret
    _, _, _, *path = expression.split(".")
    if path:
        yield from _leaves(within(secret, path))


def runtime_metadata(names: Iterable[str], sources: Sources) -> dict[str, str]:
    """What a task type's ``runtimeMetadata`` asks for: a secret before an environment value;
    what is missing is left out."""
    known = {**sources.env, **sources.secrets}
    return {name: known[name] for name in names if name in known}


def texts_within(secret: str) -> Iterator[str]:
    """All of its texts and numbers, of a secret that is a JSON document."""
    try:
        value = json.loads(secret)
    except ValueError:
        return
    if isinstance(value, dict | list):
        yield from _leaves(value)


def _leaves(value: Value) -> Iterator[str]:
    """Texts and numbers, as they are written."""
    match value:
        case dict():
            for inner in value.values():
                yield from _leaves(inner)
        case list():
            for inner in value:
                yield from _leaves(inner)
        case None | bool():
            return
        case _:
            yield str(value)


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


def _filled(value: Value, sources: Sources, declared: Collection[str]) -> Value:
    match value:
        case str() if _MARK in value:
            return _text(value, sources, declared)
        case dict():
            return {key: _filled(one, sources, declared) for key, one in value.items()}
        case list():
            return [_filled(one, sources, declared) for one in value]
    return value


def _text(text: str, sources: Sources, declared: Collection[str]) -> Value:
    whole = _DEFERRED.fullmatch(text)
    if whole is not None and whole[1] in declared:
        return _value(whole[1], sources)

    def embedded(found: re.Match[str]) -> str:
        if found[1] not in declared:
            return found[0]
        value = _value(found[1], sources)
        return "" if value is None else _written(value)

    return _DEFERRED.sub(embedded, text)


def _value(expression: str, sources: Sources) -> Value:
    _, kind, name = expression.split(".", 2)
    if kind == "env":
        return sources.env.get(name)
    name, *path = name.split(".")
    secret = sources.secrets.get(name)
    if secret is None:
        return None
    return within(secret, path)


def _written(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
