from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstore import upcasters
from eventstore.codec import decode, decode_stored, encode, erased_values, known_class
from eventstore.events import Event, JobPaused, TaskFailed, TaskStatus, event_classes
from eventstore.store import Damaged, LogNewer
from tests.eventstore.golden import fields_of, golden
from tests.eventstore.samples import drawn

CLASSES = sorted(event_classes().values(), key=lambda cls: cls.__name__)
REWRITE = "run `python -m tests.eventstore.golden` (its docstring says when)"


def back(event: Event, spill_above: int = 16_384) -> Event:
    payload, values, spilled = encode(event, spill_above=spill_above)
    text = None if values is None else values.decode()
    return decode(type(event).__name__, event.shape, payload.decode(), text, spilled)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_event_comes_back_equal(cls: type[Event]) -> None:
    @settings(max_examples=30, deadline=None)
    @given(event=drawn(cls), spill_above=st.sampled_from([0, 10, 16_384]))
    def check(event: Event, spill_above: int) -> None:
        assert back(event, spill_above) == event
        assert encode(event) == encode(event)

    check()


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_golden_line_holds_every_field(cls: type[Event]) -> None:
    entry = golden().get((cls.__name__, cls.shape))
    assert entry is not None, REWRITE
    assert fields_of(entry) == set(cls.__struct_fields__), REWRITE
    assert set(entry["values"] or {}) == set(cls.values)


@pytest.mark.parametrize("key", sorted(golden()), ids=lambda key: f"{key[0]} {key[1]}")
def test_every_golden_line_is_still_read(key: tuple[str, int]) -> None:
    entry = golden()[key]
    payload = json.dumps(entry["payload"])
    values = entry["values"] and json.dumps(entry["values"])
    event = decode(*key, payload, values)
    assert type(event) is event_classes()[entry["type"]]
    if event.shape == entry["shape"]:
        encoded, with_values, _ = encode(event)
        assert json.loads(encoded) == entry["payload"]
        assert (with_values and json.loads(with_values)) == entry["values"]


def test_defaults_take_no_room() -> None:
    assert encode(JobPaused()) == (b"{}", None, {})
    payload, values, _ = encode(TaskFailed(task=1, status=TaskStatus.FAILED, reason="no"))
    assert payload == b'{"task":1,"status":"FAILED"}'
    assert values == b'{"reason":"no"}'


def test_a_large_value_leaves_its_row() -> None:
    event = TaskFailed(task=1, status=TaskStatus.FAILED, output="x" * 20, reason="no")
    _, values, spilled = encode(event, spill_above=20)
    assert values == b'{"reason":"no"}'
    assert spilled == {"output": b'"%b"' % (b"x" * 20)}
    assert encode(event, spill_above=60)[2] == {}


def test_what_is_large_in_an_object_leaves_it_alone() -> None:
    scan = {"a/b~": "x" * 60, "small": 1}
    event = TaskFailed(task=1, status=TaskStatus.FAILED, output={"scan": scan, "n": 1})
    _, values, spilled = encode(event, spill_above=60)
    assert values == b'{"output":{"scan":{"a/b~":null,"small":1},"n":1}}'
    assert spilled == {"output/scan/a~1b~0": b'"%b"' % (b"x" * 60)}
    again = back(event, 60)
    assert isinstance(again, TaskFailed)
    assert again == event
    assert list(again.output) == ["scan", "n"]


def test_an_object_that_is_large_without_its_large_parts_is_stored_apart_from_them() -> None:
    output = {"large": "x" * 20, **{f"key {number}": number for number in range(9)}}
    event = TaskFailed(task=1, status=TaskStatus.FAILED, output=output)
    _, values, spilled = encode(event, spill_above=20)
    assert values == b"{}"
    assert list(spilled) == ["output", "output/large"]
    assert back(event, 20) == event
    assert erased_values("{}", dict.fromkeys(spilled, "digest"), 9) == '{"output":{"$erased":9}}'


def test_erased_values_name_the_fields_that_were_set() -> None:
    _, values, _ = encode(TaskFailed(task=1, status=TaskStatus.FAILED, reason="no"))
    assert values is not None
    marks = erased_values(values.decode(), {"output": "digest"}, 9)
    assert json.loads(marks) == {"reason": {"$erased": 9}, "output": {"$erased": 9}}
    event = decode("TaskFailed", 1, '{"task":1,"status":"FAILED"}', marks)
    assert event == TaskFailed(
        task=1, status=TaskStatus.FAILED, output={"$erased": 9}, reason={"$erased": 9}
    )


@pytest.mark.parametrize("bad", [{1, 2}, object(), "\ud800", {1: 2}, 2**64])
def test_what_json_cannot_carry(bad: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode(JobPaused(reason=bad))


def test_a_later_release_wrote_this() -> None:
    with pytest.raises(LogNewer, match="type JobTeleported"):
        known_class("JobTeleported", 1)
    with pytest.raises(LogNewer, match="JobPaused events of shape 99"):
        known_class("JobPaused", 99)


def test_a_text_that_is_no_event_is_damage() -> None:
    with pytest.raises(Damaged, match="position 7: TaskFailed cannot be read"):
        decode_stored(7, "TaskFailed", 1, '{"task":"one"}', None)


class Renamed(Event, frozen=True, kw_only=True):
    shape = 3
    title: str


def test_upcasters_have_no_gap() -> None:
    classes: dict[str, type[Event]] = {"Renamed": Renamed}
    steps = {("Renamed", 1): dict, ("Renamed", 2): dict}
    upcasters.check_upcasters(steps, classes)
    with pytest.raises(TypeError, match=r"no upcaster .*\('Renamed', 2\)"):
        upcasters.check_upcasters({("Renamed", 1): dict}, classes)
    with pytest.raises(TypeError, match=r"no class has outgrown.*\('Renamed', 3\)"):
        upcasters.check_upcasters({**steps, ("Renamed", 3): dict}, classes)


def test_an_older_shape_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        upcasters.UPCASTERS, ("Renamed", 1), lambda fields: {"label": fields["name"]}
    )
    monkeypatch.setitem(
        upcasters.UPCASTERS, ("Renamed", 2), lambda fields: {"title": fields["label"].upper()}
    )
    fields = upcasters.upcast("Renamed", 1, {"name": "a"}, 3)
    assert msgspec.convert(fields, Renamed) == Renamed(title="A")
    assert upcasters.upcast("Renamed", 3, {"title": "A"}, 3) == {"title": "A"}
