"""Values made from definitions: always the same, never falsy, one element in every list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from daemon.dialects.steps.definitions import inner_reference

_SAMPLES: Final[Mapping[str, Any]] = {
    "string": "sample",
    "number": 1.5,  # not whole: a number is no integer
    "integer": 1,
    "boolean": True,
    "null": None,
}


class InputText(str):
    """A text of the workflow input, of which nothing is known: it may well be a date."""

    __slots__ = ()


class Sampler:
    """``optional``: with the properties that are not required."""

    def __init__(
        self,
        definitions: Mapping[str, Mapping[str, Any]],
        *,
        optional: bool,
        text: str = _SAMPLES["string"],
    ) -> None:
        self._definitions = definitions
        self._optional = optional
        self._text = text
        self._made: dict[str, Any] = {}

    def of(self, name: str) -> Any:
        """For a definition whose references resolve without going in circles. The same
        object each time: not to be changed."""
        if name not in self._made:
            self._made[name] = self._sample(self._definitions[name])
        return self._made[name]

    def _sample(self, definition: Mapping[str, Any]) -> Any:
        name = inner_reference(definition.get("$ref", ""))
        referred = {} if name is None else self.of(name)
        kind = definition.get("type", "object")
        if name is not None and not isinstance(referred, dict):
            return referred
        if kind == "object":
            return {**referred, **self._properties(definition)}
        if kind == "array":
            return [self._sample(definition["items"])] if "items" in definition else []
        return self._text if kind == "string" else _SAMPLES[kind]

    def _properties(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        required, properties = definition.get("required", ()), definition.get("properties", {})
        made = {
            name: self._sample(inner)
            for name, inner in properties.items()
            if self._optional or name in required
        }
        if definition.get("additionalProperties", True):
            made |= {name: self._text for name in required if name not in properties}
        return made
