"""The ``definitions`` of a workflow and the references between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from daemon.dialects.contracts.accept import accepting
from daemon.dialects.contracts.pointer import escaped
from daemon.dialects.contracts.violation import Explained
from daemon.dialects.steps.contract import Contract

TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
_PREFIX: Final = "#/definitions/"


def step_reference(reference: str) -> str:
    """The name that a step's ``$ref`` means: the prefix is taken out wherever it stands."""
    return reference.replace(_PREFIX, "", 1)


def inner_reference(reference: str) -> str | None:
    """The name that a ``$ref`` inside a definition means; None when it is of no such form."""
    return reference.removeprefix(_PREFIX) if reference.startswith(_PREFIX) else None


def nodes(definition: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """``definition`` and every definition inside it, each with its pointer."""
    yield path, definition
    for name, inner in definition.get("properties", {}).items():
        yield from nodes(inner, f"{path}/properties/{escaped(name)}")
    if "items" in definition:
        yield from nodes(definition["items"], f"{path}/items")


class Definitions:
    """Compiles each definition once, when it is first asked for.

    For definitions whose references resolve without going in circles.
    """

    def __init__(self, definitions: Mapping[str, Mapping[str, Any]]) -> None:
        self._definitions = definitions
        self._schemas = {name: _schema(given) for name, given in definitions.items()}
        self._accepting = accepting(definitions, inner_reference)
        self._contracts: dict[str, Contract] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._definitions

    def contract(self, name: str) -> Contract:
        contract = self._contracts.get(name)
        if contract is None:
            contract = self._contracts[name] = self._compile(name)
        return contract

    def _compile(self, name: str) -> Contract:
        schema = {"$ref": _internal(name), "$defs": self._schemas}
        return Contract(
            name=name,
            accepts=self._accepting(name),
            explained=Explained(schema),
            kept=self._kept(name),
        )

    def _kept(self, name: str) -> frozenset[str] | None:
        """The properties of a closed object; None for anything else."""
        definition = self._definitions[name]
        if definition.get("additionalProperties") is False:
            return frozenset(definition.get("properties", {}))
        reference = definition.get("$ref")
        aliased = None if reference is None else inner_reference(reference)
        return None if aliased is None else self._kept(aliased)


def _internal(name: str) -> str:
    return f"#/$defs/{quote(escaped(name), safe='~')}"


def _schema(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema that ``definition`` is, with references that resolve in ``$defs``."""
    schema: dict[str, Any] = {
        key: definition[key]
        for key in ("type", "required", "additionalProperties")
        if key in definition
    }
    name = inner_reference(definition.get("$ref", ""))
    if name is not None:
        schema["$ref"] = _internal(name)
    if "properties" in definition:
        inner = definition["properties"].items()
        schema["properties"] = {key: _schema(value) for key, value in inner}
    if "items" in definition:
        schema["items"] = _schema(definition["items"])
    return schema
