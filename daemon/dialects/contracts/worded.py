"""The keywords of a definition's contracts, with messages that read after a path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.contracts.violation import Violation


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
