"""How every list is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playhead.cli.exits import Exit
from playhead.cli.output import Column
from playhead.cli.session import Session


def show_page(
    session: Session, page: dict[str, Any], key: str, columns: Sequence[Column], *, empty: str
) -> int:
    """A page of rows, and how to see the next one."""
    if session.output.as_json:
        session.output.json(page)
        return Exit.OK
    session.output.table(page[key], columns, empty=empty)
    if page.get("cursor"):
        session.output.line(f"More: the same with --cursor {page['cursor']}")
    return Exit.OK
