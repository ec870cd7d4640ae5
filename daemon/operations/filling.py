"""What a definition leaves out and other workflows have, put in before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from daemon.decider.turn import Refusal
from daemon.dialects.plan import Dialect
from daemon.operations.calls import ErrorType, OperationError
from daemon.operations.house import House
from daemon.reactor.starts import Selector, select


def filled_in(house: House, definition: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    """As the other workflows are at this moment; what is not there yet stays left out.
    Raises Cold."""

    def definition_of(workflow: str, version: Mapping[str, Any]) -> Mapping[str, Any] | None:
        cell = house.catalog.find(workflow)
        if cell is None or cell.tail is None:
            return None
        selector = Selector(
            tag=version.get("tag"),
            version_number=version.get("versionNumber"),
            version_id=version.get("versionId"),
        )
        found = select(cell.tail, selector)
        return None if isinstance(found, Refusal) else house.shelf.definition(found.definition)

    filled = dialect.filled_in(definition, definition_of)
    if filled is not definition:
        check_size(house, filled)
    return dict(filled)


def check_size(house: House, definition: Mapping[str, Any]) -> None:
    size = len(orjson.dumps(definition))
    if size > house.bounds.max_definition_bytes:
        raise OperationError(
            ErrorType.TOO_LARGE,
            f"/definition: {size} bytes, the limit is {house.bounds.max_definition_bytes} "
            "(definitions.max_definition_bytes)",
        )
