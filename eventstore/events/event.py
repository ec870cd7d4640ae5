"""What an event is: a frozen, past-tense record that the log keeps for ever.

Each class is a *fact* (it came from outside: submitted, completed by a worker,
timer fired) or a *consequence* (what the decider made of a fact). A batch of the
log begins with its fact; the consequences that follow name it as their cause.

A class name is the ``type`` column of the log and never changes its meaning. When
the payload changes its form, ``shape`` grows and an upcaster is registered
(``eventstore.codec``). ``values`` names the fields that carry user data; they are
stored apart from the structure and can be erased, after which a reader sees
``{"$erased": position}`` in their place. So every value field is typed ``Any``.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

import msgspec

Value = Any
"""A JSON value of a user: inputs, outputs, variables, reasons, logs."""

E = TypeVar("E", bound="type[Event]")


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record of the log, without its envelope. Times are UTC microseconds."""

    shape: ClassVar[int] = 1
    fact: ClassVar[bool] = False
    values: ClassVar[tuple[str, ...]] = ()


_CLASSES: dict[str, type[Event]] = {}


def recorded(cls: E) -> E:
    """Class decorator: make ``cls`` part of the log's vocabulary."""
    name = cls.__name__
    if name in _CLASSES:
        raise TypeError(f"two event classes are called {name}")
    unknown = set(cls.values) - set(cls.__struct_fields__)
    if unknown:
        raise TypeError(f"{name}.values names fields it does not have: {sorted(unknown)}")
    _CLASSES[name] = cls
    return cls


def event_class(name: str) -> type[Event] | None:
    """The class that ``name`` stands for, or None when this release has none."""
    return _CLASSES.get(name)


def event_classes() -> dict[str, type[Event]]:
    """Every event class by its name."""
    return dict(_CLASSES)
