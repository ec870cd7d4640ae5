"""Lists in pages. A cursor is the key of the last item seen, bound to its query: method
and filters, so that a cursor of another query is refused instead of answered wrongly."""

from __future__ import annotations

import heapq
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2s
from itertools import islice
from typing import Any, TypeVar

import msgspec
import orjson

from projections.errors import BadCursor, BadLimit

K = TypeVar("K", int, str)
Row = tuple[Any, ...]

NEWEST = 2**63 - 1
"""Above every position: where a list that begins with the newest begins."""

_DIGEST_BYTES = 8


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list is asked for."""

    limit: int
    cursor: str | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many items a page has."""

    default: int = 100
    maximum: int = 1_000

    def page(self, limit: int | None, cursor: str | None) -> Page:
        """Raises BadLimit."""
        wanted = self.default if limit is None else limit
        if not 1 <= wanted <= self.maximum:
            raise BadLimit(wanted, self.maximum)
        return Page(limit=wanted, cursor=cursor)


class Listing:
    """One page of one query."""

    def __init__(self, method: str, filters: Mapping[str, Any], page: Page) -> None:
        named = orjson.dumps([method, filters], option=orjson.OPT_SORT_KEYS)
        self._digest = blake2s(named, digest_size=_DIGEST_BYTES).digest()
        self._cursor = page.cursor
        self.limit = page.limit

    def after(self, first: K) -> K:
        """The key that the page comes after; ``first`` without a cursor. Raises BadCursor."""
        if self._cursor is None:
            return first
        key = self._decoded(self._cursor)
        if type(key) is not type(first):
            raise BadCursor("it is damaged")
        return key

    def _decoded(self, cursor: str) -> Any:
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii"))
            key = orjson.loads(raw[_DIGEST_BYTES:])
        except ValueError as error:
            raise BadCursor("it was not given by this daemon") from error
        if raw[:_DIGEST_BYTES] != self._digest:
            raise BadCursor("it belongs to another query")
        return key

    def result(
        self, name: str, rows: Sequence[Row], item: Callable[[Row], dict[str, Any]]
    ) -> dict[str, Any]:
        """``rows`` begin with their key; one more than ``limit`` says that there are more."""
        shown = rows[: self.limit]
        more = self._encoded(shown[-1][0]) if len(rows) > self.limit else None
        return {name: [item(row) for row in shown], "cursor": more}

    def _encoded(self, key: int | str) -> str:
        return urlsafe_b64encode(self._digest + orjson.dumps(key)).decode("ascii")


def newest_first(
    connection: sqlite3.Connection, sql: str, parameters: Iterable[Sequence[Any]], limit: int
) -> list[Row]:
    """The first ``limit + 1`` rows over several runs of one ordered statement. One seek in
    an index for each value of a filter beats an IN, which SQLite sorts."""
    runs = [connection.execute(sql, values) for values in parameters]
    merged = heapq.merge(*runs, key=_key, reverse=True)
    return list(islice(merged, limit + 1))


def _key(row: Row) -> Any:
    return row[0]
