"""What is wrong with a value, in words: JSON Schema's findings made readable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from daemon.dialects.contracts.pointer import pointer

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


def violations_of(validator: Validator, value: Any) -> Iterator[Violation]:
    """Every violation, in the order of the schema: one for each unknown property."""
    for error in validator.iter_errors(value):
        yield Violation(
            path=pointer(*error.absolute_path),
            keyword=str(error.validator),
            message=error.message,
            value=error.instance,
        )


def validator_for(schema: Mapping[str, Any]) -> Validator:
    """Draft 2020-12, with messages that read after a path."""
    made: Validator = _Worded(schema)
    return made


def _required(
    validator: Validator, required: list[str], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    for name in required if isinstance(instance, dict) else ():
        if name not in instance:
            yield ValidationError(f"must have required property '{name}'")


def _additional(
    validator: Draft202012Validator, allowed: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    named = schema.get("properties", {})
    for name in instance:
        if name in named:
            continue
        if isinstance(allowed, dict):
            yield from validator.descend(instance[name], allowed, path=name)
        elif not allowed:
            yield ValidationError(f"must NOT have additional properties: '{name}'")


def _type(
    validator: Validator, wanted: str | list[str], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if not any(validator.is_type(instance, kind) for kind in kinds):
        yield ValidationError(f"must be {' or '.join(kinds)}")


def _min_items(
    validator: Validator, least: int, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(instance, list) and len(instance) < least:
        yield ValidationError(f"must NOT have fewer than {least} items")


def _enum(
    validator: Validator, allowed: list[str], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if instance not in allowed:
        yield ValidationError(f"must be equal to one of the allowed values: {', '.join(allowed)}")


WORDED: Final = {
    "required": _required,
    "additionalProperties": _additional,
    "type": _type,
    "minItems": _min_items,
    "enum": _enum,
}
"""Keywords with messages of our own."""

_Worded: Final[Any] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, WORDED
)
