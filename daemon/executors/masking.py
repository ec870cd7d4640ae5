"""What comes back is masked of the secrets that went out.

Whoever was given a secret may echo it: in an output, a reason, a line of its log. An event
never holds it, so it is taken out before the result is decided on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote, quote_plus

from daemon.decider.commands import Command, Log, Report
from eventstore.events import Value

MASK = "***"
SHORT = 4
"""A secret with fewer characters is masked only where it is the whole text: within others it
would shred them."""


class Mask:
    """Made once for some secrets; called with a value it gives it back without them."""

    __slots__ = ("_forms", "_whole")

    def __init__(self, secrets: Iterable[str]) -> None:
        self._whole = frozenset(text for text in secrets if text)
        forms = {form for text in self._whole if len(text) >= SHORT for form in _forms(text)}
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def __bool__(self) -> bool:
        return bool(self._whole)

    def __call__(self, value: Value) -> Value:
        """``value`` with every secret masked, also where it is encoded."""
        match value:
            case str():
                return MASK if value in self._whole else self.text(value)
            case dict():
                return {self(key): self(one) for key, one in value.items()}
            case list():
                return [self(one) for one in value]
            case int() | float() if not isinstance(value, bool):
                text = str(value)
                return MASK if len(text) >= SHORT and text in self._whole else value
        return value

    def text(self, text: str) -> str:
        """As a call, for a text that holds more than a value."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def __repr__(self) -> str:
        return f"Mask({len(self._whole)} secrets)"


def masked(command: Command, mask: Mask) -> Command:
    """What somebody who was given secrets says, without them."""
    match command:
        case Report():
            return Report(
                task=command.task,
                status=command.status,
                worker=command.worker,
                output=mask(command.output),
                reason=mask(command.reason),
                logs=mask(command.logs),
                callback_seconds=command.callback_seconds,
            )
        case Log():
            return Log(task=command.task, logs=mask(command.logs))
    return command


def _forms(text: str) -> Iterator[str]:
    """How a secret looks as it is, inside JSON, inside an address, and in Base64."""
    yield text
    once = json.dumps(text)[1:-1]
    yield once
    yield json.dumps(once)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield quote(text, safe="")
    yield quote_plus(text)
    yield from _in_base64(text.encode())


def _in_base64(content: bytes) -> Iterator[str]:
    """Wherever it begins in what was encoded (``user:password``): the characters at both
    ends that its neighbours have a share in are left out."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + content).rstrip(b"=").decode()
        bits = 8 * (before + len(content))
        inner = encoded[(8 * before + 5) // 6 : bits // 6]
        if len(inner) >= SHORT:
            yield inner
            yield inner.translate(_FOR_URLS)


_FOR_URLS = str.maketrans("+/", "-_")


def within(secret: str, names: Collection[str]) -> Value:
    """The part of a secret that is a JSON document; None where there is none."""
    value: Value = secret
    if not names:
        return value
    try:
        value = json.loads(secret)
    except ValueError:
        return None
    for name in names:
        match value:
            case dict():
                value = value.get(name)
            case list() if name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            case _:
                return None
    return value
