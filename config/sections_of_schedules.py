"""Settings of schedules."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from config.sections import Section


class Schedules(Section, frozen=True, kw_only=True):
    """Jobs that start by the clock."""

    max_catch_up: Annotated[
        int,
        Meta(
            ge=0,
            description="Most jobs in a row that a schedule starts for times that were over, as "
            "after a stop of the daemon.",
        ),
    ]
