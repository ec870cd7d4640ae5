"""Whether definitions can be used: references that resolve, types that exist, no circles.

The original notices only what it uses, and in words that depend on the use; so what is found
here is kept per definition, and whoever uses one asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.plan import Problem
from daemon.dialects.steps.definitions import TYPES, inner_reference, nodes
from daemon.dialects.steps.limits import Limits

_NOT_A_TYPE: Final = (
    "schema is invalid: data{0} must be equal to one of the allowed values, "
    "data{0} must be array, data{0} must match a schema in anyOf"
)


class Defect(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` is a JSON pointer into the workflow definition; ``compiled`` the message of the
    original where it makes no data by the definition but only checks some."""

    path: str
    kind: str
    message: str
    compiled: str | None = None

    def problem(self, *, is_compiled: bool = False) -> Problem:
        message = self.message if self.compiled is None or not is_compiled else self.compiled
        return Problem(path=self.path, message=message, kind=self.kind)


class References:
    """What each definition refers to, and what is wrong with it, everything it refers to
    included."""

    def __init__(self, definitions: Mapping[str, Mapping[str, Any]], limits: Limits) -> None:
        self._definitions = definitions
        self._limits = limits
        self._found: dict[str, tuple[Defect, ...]] = {}
        self._referred = {name: self._referred_by(name) for name in definitions}

    def defects(self, name: str) -> tuple[Defect, ...]:
        """What makes the definition ``name`` unusable; () when nothing does."""
        if name not in self._found:
            self._found[name] = self._defects(name)
        return self._found[name]

    def _defects(self, name: str) -> tuple[Defect, ...]:
        reached = self._reached(name)
        found = [defect for inner in reached for defect in self._own_defects(inner)]
        circle = self._circle(name)
        if circle is not None:
            found.append(self._circular(name, circle))
        else:
            found.extend(self._excesses(name))
        return tuple(found)

    def is_sound(self, name: str) -> bool:
        return name in self._definitions and not self.defects(name)

    def unreferred(self, used: set[str]) -> list[str]:
        """The definitions that none of ``used`` leads to."""
        known = [name for name in used if name in self._definitions]
        reached = {inner for name in known for inner in self._reached(name)}
        return [name for name in self._definitions if name not in reached]

    def unknown_types(self, name: str) -> Iterator[Defect]:
        """The types of ``name`` itself that do not exist: wrong even where it is not used."""
        for path, node in nodes(self._definitions[name]):
            given = node.get("type")
            if given is not None and given not in TYPES:
                where = pointer("definitions", name) + f"{path}/type"
                message = f"{_NOT_A_TYPE.format(where)} ({', '.join(TYPES)})"
                yield Defect(path=where, kind="enum", message=message)

    def _referred_by(self, name: str) -> tuple[str, ...]:
        references = (node["$ref"] for _, node in nodes(self._definitions[name]) if "$ref" in node)
        names = (inner_reference(reference) for reference in references)
        return tuple(dict.fromkeys(n for n in names if n is not None and n in self._definitions))

    def _reached(self, name: str) -> dict[str, None]:
        """``name`` and all that it leads to, nearest first."""
        reached: dict[str, None] = {name: None}
        waiting = [name]
        for current in waiting:
            fresh = [other for other in self._referred[current] if other not in reached]
            reached.update(dict.fromkeys(fresh))
            waiting.extend(fresh)
        return reached

    def _own_defects(self, name: str) -> Iterator[Defect]:
        where = pointer("definitions", name)
        for path, node in nodes(self._definitions[name]):
            given, reference = node.get("type"), node.get("$ref")
            if given is not None and given not in TYPES:
                message = f'unknown primitive "{given}" in {path}/type'
                yield Defect(path=f"{where}{path}/type", kind="unknownType", message=message)
            if reference is not None and inner_reference(reference) not in self._definitions:
                message = f"Missing $ref definitions:\n{path or '#'} -> {reference}"
                yield Defect(
                    path=f"{where}{path}/$ref",
                    kind="reference",
                    message=message,
                    compiled=f"can't resolve reference {reference} from id #",
                )

    def _circle(self, name: str) -> str | None:
        """The first definition on the way from ``name`` that leads back to itself."""
        for inner in self._reached(name):
            if any(inner in self._reached(other) for other in self._referred[inner]):
                return inner
        return None

    def _circular(self, name: str, circle: str) -> Defect:
        message = (
            f"can't resolve reference #/definitions/{circle} from id #: "
            f"definition '{circle}' refers to itself"
        )
        return Defect(path=pointer("definitions", name), kind="recursion", message=message)

    def _excesses(self, name: str) -> Iterator[Defect]:
        """What is too big about ``name`` when its references are followed. For no circles."""
        depths: dict[str, int] = {}
        parts: dict[str, int] = {}
        for inner in reversed(self._sorted(name)):
            found = list(nodes(self._definitions[inner]))
            referred = [inner_reference(node.get("$ref", "")) or "" for _, node in found]
            depths[inner] = max(
                path.count("/") + 1 + depths.get(other, 0)
                for (path, _), other in zip(found, referred, strict=True)
            )
            parts[inner] = len(found) + sum(parts.get(other, 0) for other in referred)
        if depths[name] > self._limits.max_nesting:
            yield self._too_big(name, f"nests deeper than {self._limits.max_nesting} levels")
        if parts[name] > self._limits.max_parts:
            yield self._too_big(name, f"has more than {self._limits.max_parts} parts")

    def _sorted(self, name: str) -> list[str]:
        """``name`` and all it leads to, each before what it refers to. For no circles."""
        reached = self._reached(name)
        users = dict.fromkeys(reached, 0)
        for inner in reached:
            for other in self._referred[inner]:
                users[other] += 1
        order = [name]
        for current in order:
            for other in self._referred[current]:
                users[other] -= 1
                if users[other] == 0:
                    order.append(other)
        return order

    def _too_big(self, name: str, why: str) -> Defect:
        message = f"definition '{name}' {why} when its references are followed"
        return Defect(path=pointer("definitions", name), kind="nesting", message=message)
