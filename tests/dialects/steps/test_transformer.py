"""Fieldsets: inputs made from execution data."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.dialects.steps.transformer import Fieldset, TransformError, fieldset_problems

SOURCE = {
    "order": {
        "id": "o-1",
        "total": 0,
        "paid": False,
        "note": "",
        "gift": None,
        "day": "2026-02-03",
        "sent": "2026-02-03T23:30:00-05:00",
        "lines": [
            {"sku": "a", "count": 2, "tags": ["x"]},
            {"sku": "b", "count": 0, "tags": ["x", "y"]},
        ],
        "odd-name": 1,
    },
    "nested": {"deep": {"lines": ["inner"]}},
    "kind": "colour",
}


def mapped(*items: dict[str, Any]) -> dict[str, Any]:
    assert [*fieldset_problems(list(items), "")] == []
    return Fieldset(list(items)).map(SOURCE)


@pytest.mark.parametrize(
    ("item", "made"),
    [
        ({"from": "order.id"}, {"order": {"id": "o-1"}}),
        ({"from": "order.id", "to": "a"}, {"a": "o-1"}),
        ({"from": "order.id", "to": "a.b.c"}, {"a": {"b": {"c": "o-1"}}}),
        ({"from": "order.odd-name", "to": "a"}, {"a": 1}),
        ({"from": "order.lines.1.sku", "to": "a"}, {"a": "b"}),
        ({"from": "order.lines[1].tags[0]", "to": "a"}, {"a": "x"}),
        ({"from": "order.total", "to": "a"}, {"a": 0}),
        ({"from": "order.paid", "to": "a"}, {"a": False}),
        ({"from": "order.note", "to": "a"}, {"a": ""}),
        ({"from": "order.gift", "to": "a"}, {"a": None}),
        ({"from": "order.gift", "to": "a.b"}, {"a": {"b": None}}),
        ({"from": "order.id", "to": "a", "toArray": True}, {"a": ["o-1"]}),
        ({"from": "kind", "valueToKey": True, "withValueFrom": "order.total"}, {"colour": 0}),
        ({"from": "", "to": "a"}, {}),
        ({"withTemplate": "plain", "to": "a"}, {"a": "plain"}),
        ({"withTemplate": "plain", "withValueFrom": "a"}, {"a": "plain"}),
        ({"withTemplate": "${kind}/${order.id}/${kind}", "to": "a"}, {"a": "colour/o-1/colour"}),
        ({"withTemplate": "${order.total}${order.paid}", "to": "a"}, {"a": "0false"}),
        ({"withTemplate": "${order.gift}|${order.note}|", "to": "a"}, {"a": "null||"}),
        (
            {"withTemplate": "${order.lines.1.tags} ${order}", "to": "a"},
            {"a": "x,y [object Object]"},
        ),
        (
            {"withTemplate": "{{kind}} ${ kind } $kind", "to": "a"},
            {"a": "{{kind}} ${ kind } $kind"},
        ),
        ({"fromArray": ["order.id", "order.gift"], "to": "a"}, {"a": ["o-1", None]}),
        (
            {
                "fromArray": ["order.note", "gone", "order.gift", "kind"],
                "to": "a",
                "skipEmpty": True,
            },
            {"a": ["colour"]},
        ),
        (
            {
                "fromArray": ["order.lines.0.tags", "order.lines.1.tags", "kind"],
                "to": "a",
                "flatten": True,
                "unique": True,
            },
            {"a": ["x", "y", "colour"]},
        ),
        ({"fromEach": {"field": "nested.deep.lines"}}, {"nested.deep.lines": ["inner"]}),
        ({"fromEach": {"field": "deep.lines", "to": "a"}}, {"a": ["inner"]}),
        ({"fromEach": {"field": "kind", "to": "a"}}, {"a": ["colour"]}),
        (
            {"fromEach": {"field": "order.lines", "to": "a", "fieldset": [{"from": "count"}]}},
            {"a": [{"count": 2}, {"count": 0}]},
        ),
        (
            {
                "fromEach": {
                    "field": "order.lines",
                    "to": "a",
                    "fieldset": [{"withTemplate": "${sku}:${count}", "to": "t"}],
                }
            },
            {"a": [{"t": "a:2"}, {"t": "b:0"}]},
        ),
        (
            {
                "fromEach": {
                    "field": "order.lines",
                    "to": "a",
                    "flatten": True,
                    "fieldset": [{"from": "sku"}, {"fromEach": {"field": "tags", "to": "t"}}],
                }
            },
            {"a": ["x", "x", "y"]},
        ),
        (
            {
                "from": "order.day",
                "to": "a",
                "via": {"type": "date", "sourceFormat": "yyyy-MM-dd", "format": "EEE d MMM"},
            },
            {"a": "Tue 3 Feb"},
        ),
        (
            {
                "withTemplate": "at ${order.sent}",
                "to": "a",
                "via": {
                    "type": "date",
                    "sourceFormat": "yyyy-MM-dd'T'HH:mm:ssXXX",
                    "format": "d.M. HH:mm",
                },
            },
            {"a": "at 4.2. 04:30"},
        ),
    ],
)
def test_an_item_makes_its_part(item: dict[str, Any], made: dict[str, Any]) -> None:
    assert mapped(item) == made


@pytest.mark.parametrize(
    ("items", "made"),
    [
        ([("one", "a"), ("two", "a")], {"a": "one"}),
        ([("one", "a.b"), ("two", "a.b")], {"a": {"b": "two"}}),
        ([("one", "a.b"), ("two", "a.c")], {"a": {"b": "one", "c": "two"}}),
    ],
)
def test_a_plain_target_is_written_once_and_a_dotted_one_again(
    items: list[tuple[str, str]], made: dict[str, Any]
) -> None:
    assert mapped(*({"withTemplate": text, "to": to} for text, to in items)) == made


def test_a_falsy_value_gives_way() -> None:
    again = {"withTemplate": "none", "to": "a"}
    assert mapped({"from": "order.note", "to": "a"}, again) == {"a": "none"}


def test_two_lists_with_one_target_are_one() -> None:
    each = {"fromEach": {"field": "order.lines.0.tags", "to": "a"}}
    more = {"fromEach": {"field": "order.lines.1.tags", "to": "a"}}
    assert mapped(each, more) == {"a": ["x", "x", "y"]}


def test_a_list_can_be_written_into() -> None:
    made = mapped(
        {"from": "order.lines", "to": "a"},
        {"withTemplate": "z", "to": "a.0.sku"},
        {"withTemplate": "last", "to": "a.2"},
    )
    assert [made["a"][0]["sku"], made["a"][1]["sku"], made["a"][2]] == ["z", "b", "last"]


@pytest.mark.parametrize(
    ("items", "where", "message"),
    [
        ([{"from": "order.gone"}], "/fieldset/0/from", "Missing expected field 'order.gone'"),
        ([{"from": "order.id.x"}], "/fieldset/0/from", "Missing expected field 'order.id.x'"),
        (
            [{"from": "kind"}, {"withTemplate": "${a.b}", "to": "t"}],
            "/fieldset/1/withTemplate",
            "Missing expected field 'a.b' in execution data",
        ),
        (
            [{"fromArray": ["kind", "gone"], "to": "a"}],
            "/fieldset/0/fromArray/1",
            "Missing expected field 'gone'",
        ),
        (
            [{"fromEach": {"field": "gone", "to": "a"}}],
            "/fieldset/0/fromEach/field",
            "Missing expected field 'gone'",
        ),
        (
            [{"fromEach": {"field": "order.lines", "to": "a", "fieldset": [{"from": "gone"}]}}],
            "/fieldset/0/fromEach/fieldset/0/from",
            "Missing expected field 'gone'",
        ),
        (
            [{"from": "kind", "valueToKey": True, "withValueFrom": "gone"}],
            "/fieldset/0/withValueFrom",
            "Missing expected field 'gone'",
        ),
        (
            [{"from": "order.total", "valueToKey": True, "withValueFrom": "kind"}],
            "/fieldset/0/from",
            "valueToKey needs a text",
        ),
        (
            [{"from": "kind", "to": "a"}, {"from": "kind", "to": "a.b"}],
            "/fieldset/1",
            "'a.b' cannot be written: there is no object before 'b'",
        ),
        (
            [{"from": "kind", "to": "a"}, {"fromEach": {"field": "order.lines", "to": "a"}}],
            "/fieldset/1/fromEach",
            "'a' already holds something else than a list",
        ),
        (
            [
                {
                    "from": "kind",
                    "via": {"type": "date", "sourceFormat": "yyyy", "format": "yy"},
                }
            ],
            "/fieldset/0/via",
            "Invalid time value error occured when trying to format colour with yy",
        ),
    ],
)
def test_what_cannot_be_made_is_told_with_its_place(
    items: list[dict[str, Any]], where: str, message: str
) -> None:
    with pytest.raises(TransformError) as raised:
        mapped(*items)
    assert raised.value.where == where
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("items", "path", "beginning"),
    [
        ([], "/f", "instance.fieldset does not meet minimum length of 1"),
        ([{"to": "x"}], "/f/0", "instance.fieldset[0] is not any of [subschema 0],[subschema 1],"),
        ([{"from": "a", "withTemplate": "t", "to": "x"}], "/f/0", "instance.fieldset[0] is not"),
        ([{"withTemplate": "t"}], "/f/0", "instance.fieldset[0] is not any of"),
        ([{"from": "a"}, {"fromArray": ["a"]}], "/f/1", "instance.fieldset[1] is not any of"),
        ([{"from": "a", "valueToKey": True}], "/f/0", "instance.fieldset[0] has 'valueToKey'"),
        ([{"from": ".a"}], "/f/0/from", "instance.fieldset[0] has the path '.a'"),
        ([{"fromArray": [""], "to": "x"}], "/f/0/fromArray/0", "instance.fieldset[0] has"),
        ([{"fromEach": {"field": ""}}], "/f/0/fromEach/field", "instance.fieldset[0] has"),
        (
            [{"from": "a", "via": {"type": "date"}}],
            "/f/0/via",
            "instance.fieldset[0].via is not any of [subschema 0],[subschema 1]",
        ),
        ([{"from": "a", "via": {"type": "commands"}}], "/f/0/via", "instance.fieldset[0].via is"),
        (
            [
                {
                    "from": "a",
                    "via": {"type": "date", "sourceFormat": "YYYY", "format": "yyyy"},
                }
            ],
            "/f/0/via/sourceFormat",
            "Use `yyyy` instead of `YYYY` in 'YYYY'",
        ),
        (
            [{"fromEach": {"field": "a", "fieldset": [{"to": "x"}]}}],
            "/f/0/fromEach/fieldset/0",
            "instance.fieldset[0].fromEach.fieldset[0] is not any of",
        ),
    ],
)
def test_a_fieldset_that_cannot_work_is_refused_at_once(
    items: list[dict[str, Any]], path: str, beginning: str
) -> None:
    [found] = fieldset_problems(items, "/f")
    assert found.path == path
    assert found.message.startswith(beginning)


PATHS = st.sampled_from(
    ["order", "order.id", "order.lines", "order.lines.0", "order.total", "nested.deep", "kind"]
)
TARGETS = st.sampled_from(["a", "a.b", "a.b.c", "order.lines", "order.lines.0.sku", "a.0"])
ITEMS = st.one_of(
    st.fixed_dictionaries({"from": PATHS, "to": TARGETS}),
    st.fixed_dictionaries({"fromArray": st.lists(PATHS, max_size=2), "to": TARGETS}),
    st.fixed_dictionaries({"fromEach": st.fixed_dictionaries({"field": PATHS, "to": TARGETS})}),
    st.fixed_dictionaries({"withTemplate": st.just("${kind}"), "to": TARGETS}),
)


@settings(deadline=None)
@given(items=st.lists(ITEMS, min_size=1, max_size=6))
def test_what_is_read_is_never_changed(items: list[dict[str, Any]]) -> None:
    source = copy.deepcopy(SOURCE)
    try:
        Fieldset(items).map(source)
    except TransformError:
        assert source == SOURCE
    assert source == SOURCE
