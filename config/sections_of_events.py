"""Settings of messages, event handlers and what is told of jobs (compare ``sections``)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from config.sections import Section


class Events(Section, frozen=True, kw_only=True):
    """Messages and the event handlers that act upon them."""

    concurrency: Annotated[int, Meta(ge=1, description="Messages that are worked on at a time.")]
    waiting_messages: Annotated[
        int,
        Meta(ge=1, description="Ids of waiting messages kept in memory; more stay in the log."),
    ]
