"""The shapes of an interface's bodies, written short, for the OpenAPI document.

A shape is a type: ``str int num bool any map`` (an object of anything), ``text-map`` (an object
of texts), ``[T]`` (an array) or a model's name. A model is its fields as ``name:type``, parted by
blanks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

Json = dict[str, Any]

PLACE = "#/components/schemas/"
_PLAIN: dict[str, Json] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "num": {"type": "number"},
    "bool": {"type": "boolean"},
    "any": {},
    "map": {"type": "object"},
    "text-map": {"type": "object", "additionalProperties": {"type": "string"}},
}


class Shapes:
    """By operation: what is sent, what is answered (as JSON, but for ``texts``), what the query
    may have. ``prefix`` tells the models of one interface from those of another; ``more`` are
    models in full."""

    def __init__(
        self,
        *,
        models: Mapping[str, str],
        bodies: Mapping[str, str],
        answers: Mapping[str, str],
        queries: Mapping[str, str],
        error: str,
        texts: Collection[str] = (),
        prefix: str = "",
        more: Mapping[str, Json] | None = None,
    ) -> None:
        self._models = models
        self._bodies = bodies
        self._answers = answers
        self._queries = queries
        self._texts = texts
        self._prefix = prefix
        self._more = more or {}
        self.error = self._schema(error)

    def body(self, operation: str) -> Json | None:
        kind = self._bodies.get(operation)
        return None if kind is None else self._schema(kind)

    def answer(self, operation: str) -> Json | None:
        kind = self._answers.get(operation)
        return None if kind is None else self._schema(kind)

    def is_text(self, operation: str) -> bool:
        """It answers a plain text."""
        return operation in self._texts

    def query(self, operation: str) -> Iterator[tuple[str, Json]]:
        yield from self._fields(self._queries.get(operation, ""))

    def schemas(self) -> dict[str, Json]:
        """Every model, by its name."""
        written = {
            name: {"type": "object", "properties": dict(self._fields(line))}
            for name, line in self._models.items()
        }
        return {f"{self._prefix}{name}": one for name, one in {**written, **self._more}.items()}

    def operations(self) -> frozenset[str]:
        """Those that anything is said about."""
        return frozenset({*self._bodies, *self._answers, *self._queries, *self._texts})

    def _schema(self, kind: str) -> Json:
        if kind.startswith("["):
            return {"type": "array", "items": self._schema(kind[1:-1])}
        plain = _PLAIN.get(kind)
        return {"$ref": f"{PLACE}{self._prefix}{kind}"} if plain is None else plain

    def _fields(self, line: str) -> Iterator[tuple[str, Json]]:
        for field in line.split():
            name, _, kind = field.partition(":")
            yield name, self._schema(kind)
