"""The keywords of JSON Schema as schemas of users may use them: no message repeats a whole
value, no check costs more than the value is long, and nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec
from jsonschema import (
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
    ValidationError,
)
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from jsonschema_specifications import REGISTRY

from daemon.dialects.contracts.patterns import LONGEST_TEXT, matches
from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.contracts.violation import Violation, shown
from daemon.dialects.contracts.worded import WORDED

DRAFTS: Final[Mapping[str, Any]] = {
    str(draft.META_SCHEMA.get("$id", draft.META_SCHEMA.get("id"))).rstrip("#"): draft
    for draft in (
        Draft4Validator,
        Draft6Validator,
        Draft7Validator,
        Draft201909Validator,
        Draft202012Validator,
    )
}
"""What ``$schema`` may say; without one, the newest."""


def draft_of(schema: Mapping[str, Any]) -> Any | None:
    """The validator class of jsonschema for ``schema``; None for a draft that nobody knows."""
    named = schema.get("$schema")
    if named is None:
        return Draft202012Validator
    return DRAFTS.get(named.rstrip("#")) if isinstance(named, str) else None


def validator_of_schemas(draft: Any) -> Validator:
    """Says what is wrong with a schema of that draft."""
    made: Validator = _with_keywords(draft)(draft.META_SCHEMA, registry=REGISTRY)
    return made


def user_validator(schema: Mapping[str, Any]) -> Validator:
    """Of a schema without problems."""
    made: Validator = _with_keywords(draft_of(schema))(undated(schema), registry=REGISTRY)
    return made


def undated(node: Any) -> Any:
    """Without ``$schema``: where it is met again by a reference, jsonschema would go on with
    a class that has its own keywords."""
    if isinstance(node, list):
        return [undated(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _properties(item) if name == "properties" else undated(item)
        for name, item in node.items()
        if name != "$schema" or not isinstance(item, str)
    }


def _properties(node: Any) -> Any:
    """Many schemas say ``$schema`` here, as Orkes' own examples do: anything may stand there."""
    if not isinstance(node, dict):
        return node
    return {
        name: True if name == "$schema" and isinstance(item, str) else undated(item)
        for name, item in node.items()
    }


@cache
def _with_keywords(draft: Any) -> Any:
    return extend(draft, {**WORDED, **_SAFE})  # type: ignore[no-untyped-call]


def described(validator: Validator, value: Any) -> Iterator[Violation]:
    """Every violation, in the order of the schema, in words that repeat no value."""
    for error in validator.iter_errors(value):
        keyword = str(error.validator)
        words = _WORDS.get(keyword)
        message = error.message
        if keyword == "type":
            message = f"must be {_kinds(error.validator_value)}"
        elif words is not None:
            message = words.format(shown(error.validator_value))
        elif keyword not in WORDED and keyword not in _SAFE:
            message = f"does not keep its '{keyword}'"
        yield Violation(
            path=pointer(*error.absolute_path),
            keyword=keyword,
            message=message,
            value=error.instance,
        )


def _kinds(wanted: Any) -> str:
    return wanted if isinstance(wanted, str) else " or ".join(wanted)


_WORDS: Final = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must NOT have more than {} characters",
    "maxItems": "must NOT have more than {} items",
    "minProperties": "must have at least {} properties",
    "maxProperties": "must NOT have more than {} properties",
    "const": "must be {}",
    "anyOf": "must be of one of the forms of its 'anyOf'",
    "oneOf": "must be of exactly one of the forms of its 'oneOf'",
    "not": "must NOT be of the form of its 'not'",
    "contains": "must contain what its 'contains' asks for",
    "None": "must NOT be there",
}


def _pattern(
    validator: Validator, pattern: str, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(instance, str) or matches(pattern, instance):
        return
    if len(instance) > LONGEST_TEXT:
        yield ValidationError(f"is too long for a pattern (over {LONGEST_TEXT} characters)")
    else:
        yield ValidationError(f"must match the pattern {shown(pattern)}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    for name, value in instance.items() if isinstance(instance, dict) else ():
        if len(name) > LONGEST_TEXT:
            yield ValidationError(f"has a property name of over {LONGEST_TEXT} characters")
            continue
        for pattern, inner in patterns.items():
            if matches(pattern, name):
                yield from validator.descend(value, inner, path=name, schema_path=pattern)


def _additional(
    validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in instance:
        if name in named or any(matches(pattern, name) for pattern in patterns):
            continue
        if isinstance(allowed, dict):
            yield from validator.descend(instance[name], allowed, path=name)
        elif not allowed:
            yield ValidationError(f"must NOT have additional properties: {shown(name)}")


def _unique_items(
    validator: Validator, wanted: bool, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not wanted or not isinstance(instance, list):
        return
    seen: set[bytes] = set()
    for place, item in enumerate(instance):
        text = _text(item)
        if text in seen:
            yield ValidationError(f"must NOT have equal items: that at {place} was there before")
            return
        seen.add(text)


def _text(item: Any) -> bytes:
    """The same for equal values."""
    return msgspec.json.encode(_same(item), order="deterministic")


def _same(item: Any) -> Any:
    """1.0 is 1."""
    match item:
        case float() if item.is_integer():
            return int(item)
        case list():
            return [_same(one) for one in item]
        case dict():
            return {name: _same(one) for name, one in item.items()}
    return item


def _enum(
    validator: Validator, allowed: list[Any], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    given = _text(instance)
    if not any(_text(one) == given for one in allowed):
        listed = ", ".join(shown(one) for one in allowed[:_SHOWN_VALUES])
        more = ", …" if len(allowed) > _SHOWN_VALUES else ""
        yield ValidationError(f"must be one of {listed}{more}")


_SHOWN_VALUES: Final = 20

_SAFE: Final = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "uniqueItems": _unique_items,
    "enum": _enum,
}
