"""An output of which the greater part is put together only when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class History(dict[str, Any]):
    """What an open loop shows. The dict itself holds the small part, for whoever copies it;
    ``get`` finds the rest by key, and ``whole`` gives all of it."""

    def __init__(
        self,
        shown: dict[str, Any],
        find: Callable[[str], Any],
        whole: Callable[[], dict[str, Any]],
    ) -> None:
        super().__init__(shown)
        self._find = find
        self.whole = whole

    def get(self, key: str, default: Any = None) -> Any:
        if key in self:
            return self[key]
        found = self._find(key)
        return default if found is None else found


def plain_output(output: Any) -> Any:
    """What may be kept: nothing left out, and {} for a task that has none."""
    if isinstance(output, History):
        return output.whole()
    return {} if output is None else output
