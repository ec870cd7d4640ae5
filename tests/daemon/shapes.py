"""Results held to the schemas of ``rpc.discover``."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator


class Shapes:
    """``document``: what rpc.discover answered."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.methods = {one["name"]: one for one in document["methods"]}
        self._components = document["components"]
        self._validators: dict[str, Draft202012Validator] = {}

    def check(self, method: str, result: Any) -> None:
        """What is promised is there, and nothing is there that is not promised."""
        if method not in self.methods:
            return
        problems = [error.message for error in self._validator(method).iter_errors(result)]
        assert not problems, f"{method}: {problems}"
        if promised := self._properties(method):
            assert set(result) <= promised, f"{method} says more: {set(result) - promised}"

    def _validator(self, method: str) -> Draft202012Validator:
        found = self._validators.get(method)
        if found is None:
            schema = {**self._schema(method), "components": self._components}
            found = self._validators[method] = Draft202012Validator(schema)
        return found

    def _schema(self, method: str) -> dict[str, Any]:
        schema: dict[str, Any] = self.methods[method]["result"]["schema"]
        return schema

    def _properties(self, method: str) -> set[str]:
        schema = self._schema(method)
        if "$ref" in schema:
            schema = self._components["schemas"][schema["$ref"].rpartition("/")[2]]
        return set(schema.get("properties", ()))
