"""A JSON Schema that somebody registered: whether it can be used, and how it is compiled.

This loads jsonschema, so it is imported where the first such schema is met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Final

import msgspec
from jsonschema.protocols import Validator
from jsonschema_specifications import REGISTRY
from referencing import Resource
from referencing.exceptions import CannotDetermineSpecification, Unresolvable
from referencing.jsonschema import DRAFT202012

from daemon.dialects.contracts.accept import accepting
from daemon.dialects.contracts.keywords import (
    DRAFTS,
    described,
    draft_of,
    undated,
    user_validator,
    validator_of_schemas,
)
from daemon.dialects.contracts.patterns import why_not
from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.contracts.schema import SHOWN_VIOLATIONS, Schema, Unusable
from daemon.dialects.contracts.violation import Violation, shown
from daemon.dialects.plan import Problem

KEPT_SCHEMAS: Final = 1_024
"""Compiled ones, whatever jobs use them."""

_MADE_UP: Final = ("const", "enum", "default", "examples")
"""Keywords whose values are no schemas."""
_NOTES: Final = frozenset(
    ("$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated")
)
_QUICK: Final = frozenset(("type", "properties", "required", "additionalProperties", "items"))


def compiled(schema: Mapping[str, Any]) -> Schema | Unusable:
    return _compiled(msgspec.json.encode(schema))


@lru_cache(maxsize=KEPT_SCHEMAS)
def _compiled(text: bytes) -> Schema | Unusable:
    schema = msgspec.json.decode(text)
    for problem in schema_problems(schema, ""):
        return Unusable(f"the schema cannot be used: {problem.path or '/'} {problem.message}")
    accepts = accepting({"": schema}, _no_reference)("") if _is_plain(schema) else _ask
    validator = user_validator(schema)
    return Schema(accepts=accepts, violations=partial(_violations, validator))


def _violations(validator: Validator, value: Any) -> tuple[Violation, ...]:
    try:
        return tuple(islice(described(validator, value), SHOWN_VIOLATIONS + 1))
    except (RecursionError, ArithmeticError, Unresolvable) as error:
        message = f"it cannot be checked, the schema itself is wrong: {type(error).__name__}"
        return (Violation(path="", keyword="", message=message, value=None),)


def _no_reference(_: str) -> None:
    return None


def _ask(_: Any) -> bool:
    return False


def _is_plain(schema: Any) -> bool:
    """Whether the quick check knows every keyword in it, in every draft alike."""
    if not isinstance(schema, dict) or not schema.keys() <= _NOTES | _QUICK:
        return False
    inner = [*schema.get("properties", {}).values()]
    if "items" in schema:
        inner.append(schema["items"])
    return (
        isinstance(schema.get("type", ""), str)
        and isinstance(schema.get("additionalProperties", True), bool)
        and "draft-04" not in str(schema.get("$schema"))
        and all(map(_is_plain, inner))
    )


def schema_problems(schema: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Everything that keeps ``schema``, which stands at ``path``, from being used."""
    draft = draft_of(schema)
    if draft is None:
        known = ", ".join(DRAFTS)
        message = f"{shown(schema['$schema'])} is no dialect of JSON Schema known here: {known}"
        yield Problem(path=f"{path}/$schema", message=message, kind="schema")
        return
    found = described(validator_of_schemas(draft), undated(schema))
    # Every vocabulary of a dialect says the same of what is no schema at all.
    unfit = dict.fromkeys((one.path, one.message) for one in islice(found, SHOWN_VIOLATIONS))
    for place, message in unfit:
        yield Problem(path=path + place, message=message, kind="schema")
    if not unfit:
        yield from _member_problems(schema, path)


def _member_problems(schema: Mapping[str, Any], path: str) -> Iterator[Problem]:
    leads_somewhere = _Lookup(schema)
    for place, keyword, text in _texts(schema, path):
        if keyword == "$ref":
            if not leads_somewhere(text):
                message = (
                    f"{shown(text)} leads nowhere: a schema refers to its own parts only, and "
                    "nothing is fetched"
                )
                yield Problem(path=place, message=message, kind="schema")
        elif reason := why_not(text):
            yield Problem(path=place, message=f"the pattern {shown(text)}: {reason}", kind="schema")


def _texts(node: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Path, keyword and text of each reference and pattern."""
    if isinstance(node, list):
        for place, item in enumerate(node):
            yield from _texts(item, f"{path}/{place}")
        return
    for name, value in node.items() if isinstance(node, dict) else ():
        at = path + pointer(name)
        if name in ("$ref", "pattern") and isinstance(value, str):
            yield at, name, value
        elif name == "patternProperties" and isinstance(value, dict):
            yield from ((at + pointer(one), "pattern", one) for one in value)
        if name not in _MADE_UP:
            yield from _texts(value, at)


class _Lookup:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        try:
            resource: Resource[Any] = Resource.from_contents(schema)
        except CannotDetermineSpecification:
            resource = DRAFT202012.create_resource(schema)
        base = resource.id() or ""
        self._resolver = REGISTRY.with_resource(base, resource).resolver(base)

    def __call__(self, reference: str) -> bool:
        try:
            self._resolver.lookup(reference)
        except Unresolvable:
            return False
        return True
