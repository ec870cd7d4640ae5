"""The closed form of a definition: every key that is allowed and what may stand there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.contracts.violation import Explained
from daemon.dialects.plan import Problem
from daemon.dialects.steps.logic_shape import logic_problems

_STRING: Final = {"type": "string"}
_BOOLEAN: Final = {"type": "boolean"}
_REFERENCE: Final = {
    "type": "object",
    "required": ["$ref"],
    "properties": {"$ref": _STRING},
    "additionalProperties": False,
}
_TRANSITION: Final = {
    "type": ["string", "null", "object"],
    "if": {"type": "object"},
    "then": {
        "required": ["if"],
        "properties": {"if": {"type": "array", "minItems": 3}},
        "additionalProperties": False,
    },
}
_INTEGRATION: Final = {
    "type": "object",
    "required": ["type", "inputDefinition", "outputDefinition"],
    "properties": {
        "type": _STRING,
        "inputDefinition": _REFERENCE,
        "outputDefinition": _REFERENCE,
        "inputTransformer": {
            "type": "object",
            "required": ["fieldset"],
            "properties": {"fieldset": {"$ref": "#/$defs/fieldset"}},
            "additionalProperties": False,
        },
        "config": {"type": "object"},
        "secretBindings": {"type": "object", "additionalProperties": _STRING},
    },
    "additionalProperties": False,
}
_STEP: Final = {
    "type": "object",
    "required": ["name", "integrationDetails"],
    "properties": {
        "name": _STRING,
        "retries": {"type": "integer"},
        "timeoutSeconds": {"type": "integer"},
        "transitionToStep": _TRANSITION,
        "integrationDetails": _INTEGRATION,
    },
    "additionalProperties": False,
}
_FIELD: Final = {
    "type": "object",
    "properties": {
        "from": _STRING,
        "to": _STRING,
        "valueToKey": _BOOLEAN,
        "withValueFrom": _STRING,
        "withTemplate": _STRING,
        "toArray": _BOOLEAN,
        "fromArray": {"type": "array", "items": _STRING},
        "skipEmpty": _BOOLEAN,
        "unique": _BOOLEAN,
        "flatten": _BOOLEAN,
        "via": {
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": {"enum": ["date", "commands"]},
                "sourceFormat": _STRING,
                "format": _STRING,
            },
            "additionalProperties": False,
        },
        "fromEach": {
            "type": "object",
            "required": ["field"],
            "properties": {
                "field": _STRING,
                "to": _STRING,
                "flatten": _BOOLEAN,
                "fieldset": {"$ref": "#/$defs/fieldset"},
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
_DEFINITION: Final = {
    "type": "object",
    "properties": {
        "$ref": _STRING,
        "type": _STRING,
        "properties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/definition"}},
        "items": {"$ref": "#/$defs/definition"},
        "required": {"type": "array", "items": _STRING},
        "additionalProperties": _BOOLEAN,
        "default": {},
    },
    "additionalProperties": False,
    "if": {"not": {"required": ["$ref"]}},
    "then": {"required": ["type"]},
}
_DEFS: Final[Mapping[str, Any]] = {
    "fieldset": {"type": "array", "items": _FIELD},
    "definition": _DEFINITION,
}
_SHAPE: Final = {
    "type": "object",
    "required": ["workflowName", "steps", "definitions"],
    "properties": {
        "workflowName": _STRING,
        "steps": {"type": "array", "items": _STEP},
        "definitions": {"type": "object", "additionalProperties": {"$ref": "#/$defs/definition"}},
    },
    "additionalProperties": False,
    "$defs": _DEFS,
}
_EXPLAINED: Final = Explained(_SHAPE)


def shape_problems(definition: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Every place where ``definition`` is not of the allowed form; ``kind`` is the keyword
    of JSON Schema that says so. The rules for logic count for transitions."""
    return (*_keyword_problems(definition), *_transition_problems(definition))


def _keyword_problems(definition: Mapping[str, Any]) -> Iterator[Problem]:
    for found in _EXPLAINED.violations(definition):
        yield Problem(path=found.path, message=found.message, kind=found.keyword)


def misplaced(definition: Mapping[str, Any]) -> Iterator[list[str | int]]:
    """Where ``definition`` is of the wrong shape, transitions apart."""
    for error in _EXPLAINED.validator.iter_errors(definition):
        place = [*error.absolute_path]
        if place[2:3] != ["transitionToStep"]:
            yield place


def pruned(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of ``definition`` without what nobody allows."""
    kept: dict[str, Any] = _pruned(definition, _SHAPE)
    return kept


def _pruned(value: Any, schema: Mapping[str, Any]) -> Any:
    schema = _DEFS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if isinstance(value, list) and "items" in schema:
        return [_pruned(item, schema["items"]) for item in value]
    if not isinstance(value, Mapping):
        return value
    named, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    inner = {**dict.fromkeys(value, others), **named}
    return {
        name: _pruned(item, inner[name]) if isinstance(inner[name], dict) else item
        for name, item in value.items()
        if inner[name] is not False
    }


def _transition_problems(definition: Mapping[str, Any]) -> Iterator[Problem]:
    steps = definition.get("steps")
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        transition = step.get("transitionToStep") if isinstance(step, dict) else None
        branches = transition.get("if") if isinstance(transition, dict) else None
        if isinstance(branches, list):
            path = pointer("steps", index, "transitionToStep", "if")
            yield from logic_problems(branches, path)


def is_too_deep(value: Any, max_nesting: int) -> bool:
    """Whether more than ``max_nesting`` lists and objects stand inside one another."""
    level = [value]
    for _ in range(max_nesting):
        level = [item for container in level for item in _contained(container)]
        if not level:
            return False
    return True


def _contained(container: Any) -> list[Any]:
    if isinstance(container, dict):
        return [item for item in container.values() if isinstance(item, (dict, list))]
    if isinstance(container, list):
        return [item for item in container if isinstance(item, (dict, list))]
    return []
