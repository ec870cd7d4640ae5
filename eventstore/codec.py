"""Events to the bytes of the log and back.

``payload`` is a JSON object of the structural fields, ``values`` one of the user data that
is set; defaults are left out of both. The stored text is the canonical form: it is hashed
and decoded as it lies, never encoded again. A value above ``spill_above`` bytes
leaves ``values`` and is stored apart by the digest of its content; what is large inside an
object leaves it alone, so that a document handed from task to task, each time among other
things, lies there once.
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

_LEVELS = 4
"""How deep inside objects large values are looked for."""

Encoded = tuple[bytes, bytes | None, Mapping[str, bytes]]
"""(payload, values, spilled): values is None when no user data is set; spilled is place to
JSON of what is too large to lie in the row. A place is a field, or below it a JSON pointer
whose end shows null in the object that it was taken from: ``input``, ``input/order/scan``."""

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
    spilled: dict[str, bytes] = {}
    fields = {
        name: _lightened(value, name, above, spilled, _LEVELS)
        for name, value in _set_fields(event).items()
    }
    return dumps({name: value for name, value in fields.items() if name not in spilled}), spilled


def _lightened(value: Any, place: str, above: int, spilled: dict[str, bytes], levels: int) -> Any:
    """``value`` without what is large in it, or None when it is large itself. An object comes
    into ``spilled`` before what was taken out of it."""
    content = dumps(value)
    if len(content) <= above:
        return value
    inside: dict[str, bytes] = {}
    if levels and isinstance(value, dict):
        value = {
            key: _lightened(member, f"{place}/{_escaped(key)}", above, inside, levels - 1)
            for key, member in value.items()
        }
        content = dumps(value)
    if len(content) > above:
        spilled[place] = content
        value = None
    spilled.update(inside)
    return value


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _put_back(field: Any, place: str, content: bytes) -> None:
    """What was taken out of the value of a field, at its old place."""
    *path, last = (key.replace("~1", "/").replace("~0", "~") for key in place.split("/")[1:])
    for key in path:
        field = field[key]
    field[last] = msgspec.json.decode(content)


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
    inside: dict[str, bytes] = {}
    for place, content in spilled.items():
        if "/" in place:
            inside[place] = content
        else:
            whole = _joined(whole, f'{{"{place}":{content.decode()}}}')
    if shape == cls.shape:
        event = _DECODERS[cls].decode(whole)
        for place, content in inside.items():
            _put_back(getattr(event, place.partition("/")[0]), place, content)
        return event
    fields = msgspec.json.decode(whole)
    for place, content in inside.items():
        _put_back(fields[place.partition("/")[0]], place, content)
    return msgspec.convert(upcast(name, shape, fields, cls.shape), cls)


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
    apart = (place.partition("/")[0] for place in spilled)
    names = dict.fromkeys((*orjson.loads(values), *apart))
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
