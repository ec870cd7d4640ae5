"""Events to the bytes of the log and back.

``payload`` is a JSON object of the structural fields, ``values`` one of the user data that
is set; defaults are left out of both. The stored text is the canonical form: it is hashed
and decoded as it lies, never encoded again. A value above ``spill_above`` bytes
leaves ``values`` and is stored apart by the digest of its content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from operator import attrgetter
from typing import Any

import msgspec
import orjson
from msgspec.structs import replace
from orjson import dumps

from eventstore.events import Event, event_class, event_classes
from eventstore.store import Damaged, LogNewer
from eventstore.upcasters import upcast

SPILL_ABOVE = 16 * 1024


Encoded = tuple[bytes, bytes | None, Mapping[str, bytes]]
"""(payload, values, spilled): values is None when no user data is set; spilled is field to
JSON of what is too large to lie in the row."""

Split = Callable[[Event], tuple[bytes, bytes | None]]

NOTHING_SPILLED: Mapping[str, bytes] = {}


def document_digest(content: bytes) -> str:
    """The name of a stored document: the SHA-256 of its bytes, in hexadecimal."""
    return sha256(content).hexdigest()


def encode(event: Event, *, spill_above: int = SPILL_ABOVE) -> Encoded:
    """Raises TypeError or ValueError for user data that JSON cannot carry."""
    payload, values = SPLITTERS[type(event)][2](event)
    if values is None or len(values) <= spill_above:
        return payload, values, NOTHING_SPILLED
    return payload, *spill(event, spill_above)


def spill(event: Event, above: int) -> tuple[bytes, Mapping[str, bytes]]:
    """``values`` and ``spilled`` of an event whose values are together larger than that."""
    fields = _set_fields(event)
    encoded = {name: dumps(value) for name, value in fields.items()}
    spilled = {name: content for name, content in encoded.items() if len(content) > above}
    return dumps({name: fields[name] for name in encoded if name not in spilled}), spilled


def decode(
    name: str,
    shape: int,
    payload: str,
    values: str | None,
    spilled: Mapping[str, bytes] = NOTHING_SPILLED,
) -> Event:
    """The event that ``encode`` took, from its stored text. Raises LogNewer for a type or
    shape that only a later release knows, ValueError for a text that is no such event."""
    cls = known_class(name, shape)
    whole = _joined(payload, values)
    for field, content in spilled.items():
        whole = _joined(whole, f'{{"{field}":{content.decode()}}}')
    if shape == cls.shape:
        return _DECODERS[cls].decode(whole)
    fields = upcast(name, shape, msgspec.json.decode(whole), cls.shape)
    return msgspec.convert(fields, cls)


def known_class(name: str, shape: int) -> type[Event]:
    """Raises LogNewer when this release does not know the type or the shape."""
    cls = event_class(name)
    if cls is None:
        raise LogNewer(f"the log has events of type {name}, which this release does not know")
    if shape > cls.shape:
        raise LogNewer(
            f"the log has {name} events of shape {shape}; this release knows shapes up to "
            f"{cls.shape}: run the release that wrote them, or a later one"
        )
    return cls


def erased_values(values: str, spilled: Mapping[str, str], position: int) -> str:
    """What stands in the place of ``values`` once ``ValuesErased`` at ``position`` erased
    them: the same fields, each ``{"$erased": position}``."""
    names = [*orjson.loads(values), *spilled]
    return orjson.dumps({name: {"$erased": position} for name in names}).decode()


def _joined(one: str, other: str | None) -> str:
    """One JSON object out of two that share no field, by their texts."""
    if other is None or other == "{}":
        return one
    return other if one == "{}" else f"{one[:-1]},{other[1:]}"


class _Decoders(dict[type[Event], "msgspec.json.Decoder[Event]"]):
    """Made when they are first needed: a start needs few of them."""

    def __missing__(self, cls: type[Event]) -> msgspec.json.Decoder[Event]:
        decoder = self[cls] = msgspec.json.Decoder(cls)
        return decoder


_DECODERS = _Decoders()


def _splitter(cls: type[Event]) -> Split:
    """User data is always optional, and what is not set is not written: so the event
    without it is a copy in which it is not set."""
    encode = msgspec.json.Encoder().encode
    if not cls.values:
        return lambda event: (encode(event), None)
    first, *others = cls.values
    first_of: Callable[[Event], Any] = attrgetter(first)
    others_of = _tuple_getter(others)
    unset = (None,) * len(others)
    without = dict.fromkeys(cls.values)

    def split(event: Event) -> tuple[bytes, bytes | None]:
        value, rest = first_of(event), others_of(event)
        if rest == unset:
            if value is None:
                return encode(event), None
            fields = {first: value}
        else:
            fields = _set_fields(event)
        return encode(replace(event, **without)), dumps(fields)

    def split_one(event: Event) -> tuple[bytes, bytes | None]:
        value = first_of(event)
        if value is None:
            return encode(event), None
        return encode(replace(event, **without)), dumps({first: value})

    return split if others else split_one


def _set_fields(event: Event) -> dict[str, Any]:
    """The user data that is set, by field."""
    fields = {name: getattr(event, name) for name in event.values}
    return {name: value for name, value in fields.items() if value is not None}


def _tuple_getter(names: list[str]) -> Callable[[Event], tuple[Any, ...]]:
    """Like ``attrgetter``, but a tuple for one name, too."""
    get = attrgetter(*(names or ["values"]))
    return get if len(names) > 1 else lambda event: (get(event),)


SPLITTERS: Mapping[type[Event], tuple[str, int, Split]] = {
    cls: (cls.__name__, cls.shape, _splitter(cls)) for cls in event_classes().values()
}
"""Name, shape and (event) -> (payload, values) by event class; values None when none is set."""


def decode_stored(position: int, name: str, shape: int, *stored: Any) -> Event:
    """``decode`` of a stored row. Raises Damaged with the row's position."""
    try:
        return decode(name, shape, *stored)
    except (ValueError, TypeError) as error:
        raise Damaged(position, f"{name} cannot be read: {error}") from error
