"""How the payload of an older shape becomes the payload of the next one.

An upcaster is a pure function on the merged fields (structure and user data) of one
event. It must cope with ``{"$erased": position}`` in place of any user data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eventstore.events import Event, event_classes

Fields = dict[str, Any]
Upcaster = Callable[[Fields], Fields]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""By (type, shape): the step from that shape to the next. Empty while every class is at
its first shape."""


def check_upcasters(
    upcasters: Mapping[tuple[str, int], Upcaster], classes: Mapping[str, type[Event]]
) -> None:
    """Raise TypeError unless every older shape of every class has its step, and no step
    is left over."""
    needed = {(name, shape) for name, cls in classes.items() for shape in range(1, cls.shape)}
    missing = sorted(needed - upcasters.keys())
    if missing:
        raise TypeError(f"no upcaster for these older event shapes: {missing}")
    unknown = sorted(upcasters.keys() - needed)
    if unknown:
        raise TypeError(f"upcasters for event shapes that no class has outgrown: {unknown}")


def upcast(name: str, shape: int, fields: Fields, to: int) -> Fields:
    """``fields`` of ``shape``, stepwise brought to the shape ``to``."""
    for step in range(shape, to):
        fields = UPCASTERS[name, step](fields)
    return fields


check_upcasters(UPCASTERS, event_classes())
