"""The settings of limits (see ``config.sections``)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from config.sections import Section


class Limits(Section, frozen=True, kw_only=True):
    """How many tasks and jobs may run at a time."""

    cached_limits: Annotated[
        int, Meta(ge=1, description="Limits that nobody holds or waits for kept in memory.")
    ]
