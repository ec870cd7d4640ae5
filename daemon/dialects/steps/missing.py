"""The sentence about a path that leads nowhere, in the words of the original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from daemon.dialects.contracts.violation import shown

SHOWN_CHARACTERS: Final = 500


def missing_text(path: str, data: Mapping[str, Any]) -> str:
    return (
        f"Transformation error: Missing expected field '{path}' in execution data. "
        f"ExecutionData: {shown(data, SHOWN_CHARACTERS)}"
    )
