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

from eventstore.events import Event, event_class, event_classes
from eventstore.store import Damaged, LogNewer
from eventstore.upcasters import upcast

SPILL_ABOVE = 16 * 1024


Encoded = tuple[bytes, bytes | None, Mapping[str, bytes]]
"""(payload, values, spilled): values is None when no user data is set; spilled is field to
JSON of what is too large to lie in the row."""

NOTHING_SPILLED: Mapping[str, bytes] = {}


def document_digest(content: bytes) -> str:
    """The name of a stored document: the SHA-256 of its bytes, in hexadecimal."""
    return sha256(content).hexdigest()


def encode(event: Event, *, spill_above: int = SPILL_ABOVE) -> Encoded:
    """Raises TypeError or ValueError for user data that JSON cannot carry."""
    form = _FORMS[type(event)]
    fields = form.values_of(event)
    if not fields:
        return form.encode(event), None, NOTHING_SPILLED
    payload = form.encode(form.structure(*form.structure_of(event)))
    values = orjson.dumps(fields)
    if len(values) <= spill_above:
        return payload, values, NOTHING_SPILLED
    return payload, *_spill(fields, spill_above)


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
        return _FORMS[cls].decoder.decode(whole)
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


def _spill(fields: dict[str, Any], above: int) -> tuple[bytes, Mapping[str, bytes]]:
    encoded = {name: orjson.dumps(value) for name, value in fields.items()}
    spilled = {name: content for name, content in encoded.items() if len(content) > above}
    kept = {name: value for name, value in fields.items() if name not in spilled}
    return orjson.dumps(kept), spilled


def _joined(one: str, other: str | None) -> str:
    """One JSON object out of two that share no field, by their texts."""
    if other is None or other == "{}":
        return one
    return other if one == "{}" else f"{one[:-1]},{other[1:]}"


class _Form:
    """What encoding and decoding one event class needs, prepared once."""

    def __init__(self, cls: type[Event]) -> None:
        self.encode = msgspec.json.Encoder().encode
        self.decoder = msgspec.json.Decoder(cls)
        self.values_of = _value_getter(cls.values)
        names = tuple(name for name in cls.__struct_fields__ if name not in cls.values)
        self.structure_of = _tuple_getter(names)
        self.structure = msgspec.defstruct(
            cls.__name__,
            [_structural(field) for field in msgspec.structs.fields(cls) if field.name in names],
            omit_defaults=True,
        )


def _structural(field: msgspec.structs.FieldInfo) -> Any:
    if field.required:
        return (field.name, Any)
    if field.default_factory is not msgspec.NODEFAULT:
        return (field.name, Any, msgspec.field(default_factory=field.default_factory))
    return (field.name, Any, field.default)


def _value_getter(names: tuple[str, ...]) -> Callable[[Event], dict[str, Any]]:
    """The user data that is set, by field; an event has one to three such fields."""
    getters = [(name, attrgetter(name)) for name in names]

    def values_of(event: Event) -> dict[str, Any]:
        fields = {}
        for name, get in getters:
            if (value := get(event)) is not None:
                fields[name] = value
        return fields

    return values_of


def _tuple_getter(names: tuple[str, ...]) -> Any:
    """Like ``attrgetter``, but a tuple for one name and for none, too."""
    match names:
        case ():
            return lambda _: ()
        case (name,):
            get = attrgetter(name)
            return lambda event: (get(event),)
        case _:
            return attrgetter(*names)


_FORMS = {cls: _Form(cls) for cls in event_classes().values()}


def decode_stored(position: int, name: str, shape: int, *stored: Any) -> Event:
    """``decode`` of a stored row. Raises Damaged with the row's position."""
    try:
        return decode(name, shape, *stored)
    except (ValueError, TypeError) as error:
        raise Damaged(position, f"{name} cannot be read: {error}") from error
