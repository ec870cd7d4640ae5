"""Settings of messages, event handlers and what is told of jobs (compare ``sections``)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from config.sections import Section


class Events(Section, frozen=True, kw_only=True):
    """Messages and the event handlers that act upon them."""

    concurrency: Annotated[int, Meta(ge=1, description="Messages that are worked on at a time.")]
    waiting_messages: Annotated[
        int,
        Meta(ge=1, description="Ids of waiting messages kept in memory; more stay in the log."),
    ]


class Listener(Section, frozen=True, kw_only=True):
    """Callbacks of jobs whose definition says `workflowStatusListenerEnabled`, told to webhooks.
    Their addresses must be allowed as those of HTTP tasks (`http_tasks`)."""

    webhook_url: Annotated[str, Meta(description="Who is told; empty: nobody but the sinks.")]
    allowed_sinks: Annotated[
        str,
        Meta(
            description="Beginnings of URLs that definitions may name as their"
            " `workflowStatusListenerSink`, separated by spaces; empty: none."
        ),
    ]
    mode: Annotated[
        Literal["structured", "binary"], Meta(description="The form of the CloudEvents.")
    ]
    secret_file: Annotated[
        str, Meta(description="File with the secret that signs requests; empty: they are not.")
    ]
    task_statuses: Annotated[
        str,
        Meta(
            pattern=r"^(\*|( *(scheduled|inProgress|completed|completedWithErrors|failed"
            r"|failedWithTerminalError|timedOut|canceled|skipped)\b)*)$",
            description="Statuses of tasks that `webhook_url` is told of too, separated by spaces:"
            " `scheduled`, `inProgress`, `completed`, `completedWithErrors`, `failed`,"
            " `failedWithTerminalError`, `timedOut`, `canceled`, `skipped`; `*` is all, empty"
            " none.",
        ),
    ]
    timeout_seconds: Annotated[
        float, Meta(gt=0, description="For the connection, and for the answer.")
    ]
    retry_seconds: Annotated[
        float, Meta(gt=0, description="Before a callback is told again; doubled each time.")
    ]
    retry_limit_seconds: Annotated[
        float, Meta(gt=0, description="The longest time before it is told again.")
    ]
    give_up_seconds: Annotated[
        float,
        Meta(
            ge=0,
            description="A callback that nobody took for so long is dropped; until the URL answers"
            " again each further one is tried once.",
        ),
    ]
    window_callbacks: Annotated[
        int, Meta(ge=1, description="Callbacks told before it is noted how far that got.")
    ]
    waiting_callbacks: Annotated[
        int,
        Meta(ge=1, description="Waiting callbacks kept in memory; more are found in the log."),
    ]
