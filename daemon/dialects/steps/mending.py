"""A definition that is not of the right shape, mended so far that the rest of it can be judged.

What nobody allows is left out, what is of the wrong kind is taken away. Where a part cannot be
guessed it gets a reference that leads nowhere, so that whatever depends on it is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.plan import Problem
from daemon.dialects.steps.shape import misplaced, pruned

_NAMELESS: Final = "\0"
_NOWHERE: Final = {"$ref": "\0"}
"""No definition and no step is called so by anybody."""
_LOOSE: Final = ("retries", "timeoutSeconds")
_LOOSE_DETAILS: Final = ("config", "secretBindings", "inputTransformer")


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """``places``: pointers to what was mended in a way that shows. ``is_nameless``: any missing
    source may be of a step whose name is missing."""

    definition: dict[str, Any]
    places: frozenset[str]
    is_nameless: bool

    def is_about_the_rest(self, problem: Problem) -> bool:
        path = problem.path
        if self.is_nameless and problem.kind == "transformation":
            return False
        return not any(path == one or path.startswith(f"{one}/") for one in self.places)


def mended(definition: Mapping[str, Any]) -> Mended | None:
    """None: there are no steps or no definitions to judge."""
    given = pruned(definition)
    steps, definitions = given.get("steps"), given.get("definitions")
    if not isinstance(steps, list) or not isinstance(definitions, dict):
        return None
    places = set[str]()
    for path in misplaced(given):
        match path:
            case ["definitions", str(name), *_]:
                definitions[name] = _NOWHERE
                places.add(pointer("definitions", name))
            case ["steps", int(index), *inside]:
                steps[index] = _step(steps[index], index, inside, places)
    given["workflowName"] = ""
    is_nameless = any(step["name"].startswith(_NAMELESS) for step in steps)
    return Mended(definition=given, places=frozenset(places), is_nameless=is_nameless)


def _step(given: Any, index: int, inside: list[str | int], places: set[str]) -> dict[str, Any]:
    """``given`` without the misplaced part that stands at ``inside``."""
    step = dict(given) if isinstance(given, dict) else {}
    details = step.get("integrationDetails")
    details = dict(details) if isinstance(details, dict) else {}
    match inside:
        case [str(key), *_] if key in _LOOSE:
            step.pop(key, None)
        case ["integrationDetails", str(key), *_] if key in _LOOSE_DETAILS:
            details.pop(key, None)
            places.add(pointer("steps", index, "integrationDetails", key))
    if not isinstance(step.get("name"), str):
        step["name"] = f"{_NAMELESS}{index}"
        places.add(pointer("steps", index))
    if not isinstance(details.get("type"), str):
        details["type"] = ""
    for key in ("inputDefinition", "outputDefinition"):
        if not _is_reference(details.get(key)):
            details[key] = _NOWHERE
            places.add(pointer("steps", index, "integrationDetails", key))
    return {**step, "integrationDetails": details}


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("$ref"), str)
