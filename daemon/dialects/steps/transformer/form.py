"""The rules for fieldsets that go beyond the form of a definition.

They come from the original's mapping library, whose sentences the messages begin with; it
looks at them only where a step can be reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from daemon.dialects.plan import Problem
from daemon.dialects.steps.dates import DateError, read, write
from daemon.dialects.steps.transformer.fieldset import variables
from daemon.dialects.steps.transformer.path import Path, split

_SOME_DAY: Final = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


def fieldset_problems(
    fieldset: list[dict[str, Any]], path: str, name: str = "instance.fieldset"
) -> Iterator[Problem]:
    """``path`` is the JSON pointer of ``fieldset``, ``name`` what the original calls it."""
    if not fieldset:
        yield _problem(path, f"{name} does not meet minimum length of 1")
    for place, item in enumerate(fieldset):
        yield from _item_problems(item, f"{path}/{place}", f"{name}[{place}]")


def _item_problems(item: Mapping[str, Any], path: str, name: str) -> Iterator[Problem]:
    if not _has_source(item):
        yield _problem(
            path,
            f"{name} is not any of [subschema 0],[subschema 1],[subschema 2]: an item needs "
            "either 'from', or 'withTemplate' with 'to' or 'withValueFrom', or 'fromEach', or "
            "'fromArray' with 'to'",
        )
    if item.get("valueToKey") and not item.get("withValueFrom"):
        yield _problem(path, f"{name} has 'valueToKey' and so needs 'withValueFrom'")
    for key, written in _paths(item):
        if written and not split(written):
            yield _problem(f"{path}/{key}", f"{name} has the path '{written}', which names nothing")
    if "via" in item:
        yield from _via_problems(item["via"], f"{path}/via", f"{name}.via")
    inner = item.get("fromEach", {}).get("fieldset")
    if inner is not None:
        yield from fieldset_problems(
            inner, f"{path}/fromEach/fieldset", f"{name}.fromEach.fieldset"
        )


def _has_source(item: Mapping[str, Any]) -> bool:
    if "fromEach" in item or ("fromArray" in item and "to" in item):
        return True
    if "withTemplate" not in item:
        return "from" in item
    return "from" not in item and ("to" in item) != ("withValueFrom" in item)


def _paths(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("from", "withValueFrom"):
        if key in item:
            yield key, item[key]
    for place, written in enumerate(item.get("fromArray", ())):
        yield f"fromArray/{place}", written or "."
    if "fromEach" in item:
        yield "fromEach/field", item["fromEach"]["field"] or "."


def read_by(fieldset: list[dict[str, Any]]) -> Iterator[Path]:
    """Every path that ``fieldset`` reads. For one of the right form."""
    for item in fieldset:
        yield from (split(written) for _, written in _paths(item))
        yield from (split(written) for written in variables(item.get("withTemplate", "")))


def _via_problems(via: Mapping[str, Any], path: str, name: str) -> Iterator[Problem]:
    if via["type"] != "date" or not {"sourceFormat", "format"} <= via.keys():
        yield _problem(
            path,
            f"{name} is not any of [subschema 0],[subschema 1]: it needs the type 'date', "
            "'sourceFormat' and 'format'",
        )
        return
    for key in ("sourceFormat", "format"):
        try:
            pattern = via[key]
            written = write(_SOME_DAY, pattern)
            if key == "sourceFormat":
                read(written, pattern)
        except DateError as error:
            yield _problem(f"{path}/{key}", f"{error} in '{via[key]}'")


def _problem(path: str, message: str) -> Problem:
    return Problem(path=path, message=message, kind="fieldset")
