"""What is wrong with a value, in words: JSON Schema's findings made readable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

SHOWN_CHARACTERS: Final = 80


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=dict)


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` is a JSON pointer into the value; ``message`` reads after it."""

    path: str
    keyword: str
    message: str
    value: Any

    def __str__(self) -> str:
        return f"{self.path or 'the value'} {self.message}, got {shown(self.value)}"


def shown(value: Any, characters: int = SHOWN_CHARACTERS) -> str:
    """``value``, JSON or a mapping, as JSON, cut after ``characters``: no more of it is read."""
    text = ""
    for part in _ENCODER.iterencode(value):
        text += part
        if len(text) > characters:
            text = f"{text[:characters]}…"
            break
    return text.encode("utf-8", "backslashreplace").decode()


class Explained:
    """A schema of draft 2020-12 that says what is wrong with a value.

    The first question loads jsonschema. It is a sixth of everything that a start imports,
    and a daemon whose jobs keep their contracts never asks it.
    """

    __slots__ = ("_schema", "_validator")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._validator: Validator | None = None

    def violations(self, value: Any) -> Iterator[Violation]:
        """Every one, in the order of the schema: one for each unknown property."""
        from daemon.dialects.contracts.worded import violations_of

        return violations_of(self.validator, value)

    @property
    def validator(self) -> Validator:
        """That of jsonschema."""
        if self._validator is None:
            from daemon.dialects.contracts.worded import validator_for

            self._validator = validator_for(self._schema)
        return self._validator
