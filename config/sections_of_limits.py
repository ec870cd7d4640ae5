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
    default_pool_jobs: Annotated[
        int,
        Meta(
            ge=0,
            description="Jobs under no other pool that run at a time, until the default pool is "
            "changed; 0: any number.",
        ),
    ]
    max_pool_jobs: Annotated[
        int,
        Meta(ge=0, description="The most that the limits of all pools may come to; 0: any number."),
    ]
