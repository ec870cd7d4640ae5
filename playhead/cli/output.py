"""Tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Column = tuple[str, str | Callable[[Row], Any]]
"""Its heading, and the key of its value or a function of the row."""

COLORS = {
    "COMPLETED": "32",
    "RUNNING": "36",
    "IN_PROGRESS": "36",
    "SCHEDULED": "36",
    "PAUSED": "33",
    "COMPLETED_WITH_ERRORS": "33",
    "SKIPPED": "33",
    "FAILED": "31",
    "FAILED_WITH_TERMINAL_ERROR": "31",
    "TIMED_OUT": "31",
    "TERMINATED": "31",
    "CANCELED": "31",
    "ok": "32",
    "warn": "33",
    "FAIL": "31",
}


class Output:
    """Writes to standard output; ``as_json`` is the choice of ``-o``."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def json(self, value: Any) -> None:
        """One document, readable."""
        print(json.dumps(value, indent=2, ensure_ascii=False))

    def json_line(self, value: Any) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)

    def line(self, text: str = "") -> None:
        print(text, flush=True)

    def table(self, rows: Sequence[Row], columns: Sequence[Column], *, empty: str) -> None:
        """``empty`` is said when there are no rows."""
        if not rows:
            print(empty)
            return
        cells = [[shown(_value(row, source)) for _, source in columns] for row in rows]
        heads = [head for head, _ in columns]
        widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
        for texts in (heads, *cells):
            print(self._joined(texts, widths))

    def fields(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Names and values, one a line; those without a value are left out."""
        known = [(name, value) for name, value in pairs if value is not None]
        width = max((len(name) for name, _ in known), default=0)
        for name, value in known:
            print(f"{name:<{width}}  {self.painted(shown(value))}")

    def painted(self, text: str) -> str:
        color = COLORS.get(text.strip())
        return f"\x1b[{color}m{text}\x1b[0m" if self._colored and color else text

    def _joined(self, texts: Sequence[str], widths: Sequence[int]) -> str:
        padded = [f"{text:<{width}}" for text, width in zip(texts, widths, strict=True)]
        padded[-1] = padded[-1].rstrip()
        return "  ".join(map(self.painted, padded)).rstrip()


def _value(row: Row, source: str | Callable[[Row], Any]) -> Any:
    return row.get(source) if isinstance(source, str) else source(row)


def shown(value: Any) -> str:
    """A value in one line: text as it is, everything else as JSON."""
    match value:
        case None:
            return "-"
        case str():
            return " ".join(value.split()) if "\n" in value else value
        case _:
            return json.dumps(value, ensure_ascii=False)
