"""Fields whose values only workers and decisions may see (Conductor's ``maskedFields``).

A name masks the fields called so at any depth; ``a.b`` those called ``b`` right below an
``a``. A masked value is shown as ``***`` whatever it is; its name and place stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

MASK: Final = "***"


class Masks:
    """What of a value is masked. ``bool()`` of it: whether anything is."""

    __slots__ = ("_dotted", "_plain", "names")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._plain = frozenset(self.names)
        self._dotted = tuple(tuple(name.split(".")) for name in self.names if "." in name)

    def __bool__(self) -> bool:
        return bool(self.names)

    def of(self, value: Any) -> Any:
        """``value`` as it may be shown: itself where nothing of it is masked."""
        return self._shown(value, ()) if self.names else value

    def at(self, path: str, value: Any) -> Any:
        """As ``of``, for the value at a JSON pointer."""
        if not self.names:
            return value
        trail: tuple[str, ...] = ()
        for part in path.split("/")[1:]:
            trail = (*trail, part.replace("~1", "/").replace("~0", "~"))
            if self._hides(trail):
                return MASK
        return self._shown(value, trail)

    def _shown(self, value: Any, trail: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return self._members(value, trail)
        if isinstance(value, list | tuple):
            shown = [self._shown(item, trail) for item in value]
            return shown if _differ(shown, value) else value
        return value

    def _members(self, value: dict[str, Any], trail: tuple[str, ...]) -> dict[str, Any]:
        shown = {}
        changed = False
        for name, item in value.items():
            below = (*trail, name) if self._dotted else (name,)
            made = MASK if self._hides(below) else self._shown(item, below)
            changed = changed or made is not item
            shown[name] = made
        return shown if changed else value

    def _hides(self, trail: tuple[str, ...]) -> bool:
        return trail[-1] in self._plain or any(
            trail[-len(dotted) :] == dotted for dotted in self._dotted
        )


def _differ(shown: list[Any], value: list[Any] | tuple[Any, ...]) -> bool:
    return any(one is not other for one, other in zip(shown, value, strict=True))


NOTHING_MASKED: Final = Masks()
