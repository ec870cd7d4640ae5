"""Definitions that a step which runs a child job leaves out, taken from the child's own
(reference justworkflowit.md §2): its ``workflowInput`` and ``workflowOutput``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.dialects.plan import DefinitionOf
from daemon.dialects.steps.built_in import lacks_some
from daemon.dialects.steps.definitions import inner_reference, nodes
from daemon.dialects.steps.limits import Limits
from daemon.dialects.steps.references import References

_SIDES: Final = (("Input", "workflowInput"), ("Output", "workflowOutput"))


def filled_in(
    definition: Mapping[str, Any], definition_of: DefinitionOf, limits: Limits
) -> Mapping[str, Any]:
    """``definition``, of any shape, with a definition ``<step>Input`` or ``<step>Output`` for
    each that a step with an only child leaves out and the child has. Several children, or one
    for each element, have no one definition in common; and what would be too much in all is
    left out."""
    steps, own = definition.get("steps"), definition.get("definitions")
    if not isinstance(steps, list) or not isinstance(own, dict):
        return definition
    filled, left = dict(own), limits.max_parts
    for step in steps:
        child = _only_child(step) if lacks_some(step) else None
        other = None if child is None else definition_of(*child)
        if other is None or "steps" not in other:
            continue
        there = other["definitions"]
        found = _borrowed(step, own, there, References(there, limits))
        left -= sum(1 for one in found.values() for _ in nodes(one))
        if left < 0:
            break
        filled |= found
    return {**definition, "definitions": filled} if filled.keys() != own.keys() else definition


def _only_child(step: dict[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The name of its workflow and the version, where the config has the right form."""
    match step["integrationDetails"].get("config"):
        case {"children": [{"workflowName": str(name), **more}]} if "forEach" not in more:
            version: Any = more.get("workflowVersion", {})
            if isinstance(version, dict):
                is_sound = all(isinstance(one, (str, int)) for one in version.values())
                return (name, version) if is_sound else None
    return None


def _borrowed(
    step: dict[str, Any],
    own: Mapping[str, Any],
    there: Mapping[str, Any],
    references: References,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for side, name in _SIDES:
        as_name = f"{step['name']}{side}"
        is_given = f"{side.lower()}Definition" in step["integrationDetails"] or as_name in own
        if not is_given and references.is_sound(name):
            renamed = _renamed(there, name, as_name)
            found |= {} if renamed.keys() & own.keys() else renamed
    return found


def _renamed(there: Mapping[str, Any], name: str, as_name: str) -> dict[str, Any]:
    """``name`` and all that it refers to, called after ``as_name``."""
    names = {name: as_name}
    found: dict[str, Any] = {}
    waiting = [name]
    for current in waiting:
        for other in _referred(there[current]):
            if other not in names:
                names[other] = f"{as_name}.{other}"
                waiting.append(other)
        found[names[current]] = _with_names(there[current], names)
    return found


def _referred(node: Mapping[str, Any]) -> Iterator[str]:
    name = inner_reference(node.get("$ref", ""))
    if name is not None:
        yield name
    for inner in (*node.get("properties", {}).values(), *_items(node)):
        yield from _referred(inner)


def _items(node: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return (node["items"],) if "items" in node else ()


def _with_names(node: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    changed = dict(node)
    name = inner_reference(node.get("$ref", ""))
    if name is not None:
        changed["$ref"] = f"#/definitions/{names[name]}"
    if "properties" in node:
        inner = node["properties"].items()
        changed["properties"] = {key: _with_names(one, names) for key, one in inner}
    if "items" in node:
        changed["items"] = _with_names(node["items"], names)
    return changed
