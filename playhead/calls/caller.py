"""What the typed operations stand on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playhead import documents as doc


class Caller:
    """Somebody who can call any operation by its method's name."""

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_seconds: float | None = None,
        once: bool = True,
    ) -> Any:
        raise NotImplementedError


def given(**params: Any) -> dict[str, Any]:
    """Parameters without those that are None: they were not given."""
    return {name: value for name, value in params.items() if value is not None}


def version_of(version: doc.Version | str | int | None) -> Mapping[str, Any] | None:
    """``"$LIVE"`` is a tag, ``3`` a number, any other text an identity."""
    match version:
        case int():
            return {"versionNumber": version}
        case str() if version.startswith("$"):
            return {"tag": version}
        case str():
            return {"versionId": version}
        case _:
            return version
