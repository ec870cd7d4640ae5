"""Every setting: its name, type and range, and what it means. Defaults: ``default.toml``.

Units stand last in names. A limit beyond which something is refused begins with ``max_``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Section(msgspec.Struct, frozen=True):
    """One table of the settings file."""


Level = Literal["debug", "info", "warning", "error", "critical"]
RetryLogic = Literal["FIXED", "LINEAR_BACKOFF", "EXPONENTIAL_BACKOFF"]


class Paths(Section, frozen=True, kw_only=True):
    """Where things lie. Relative paths start at the working directory, `~` is the home."""

    data_dir: Annotated[
        Path,
        Meta(description="Folder of the log and all else; empty: the platform's data folder."),
    ]
    socket: Annotated[
        Path,
        Meta(description="The Unix socket, at most 107 bytes; empty: playhead.sock in `data_dir`."),
    ]


class Log(Section, frozen=True, kw_only=True):
    """What the daemon says on standard error."""

    level: Annotated[Level, Meta(description="The least important lines that are written.")]
    format: Annotated[
        Literal["console", "json"],
        Meta(description="`console` for people, `json` for machines: one object a line."),
    ]


class Store(Section, frozen=True, kw_only=True):
    """The event log."""

    group_events: Annotated[
        int, Meta(ge=1, description="About the most events that one transaction commits.")
    ]
    group_bytes: Annotated[
        int, Meta(ge=1, description="About the most bytes of events that one transaction commits.")
    ]
    queued_bytes: Annotated[
        int,
        Meta(
            ge=1,
            description="Beyond so many bytes waiting for the disk, changes are refused as `busy`.",
        ),
    ]
    spill_above_bytes: Annotated[
        int, Meta(ge=0, description="Longer values are stored once, apart from their event.")
    ]
    known_streams: Annotated[int, Meta(ge=1, description="Streams whose end is kept in memory.")]
    follow_events: Annotated[
        int, Meta(ge=1, description="Events a follower may lag behind before it is cut off.")
    ]
    page_events: Annotated[
        int, Meta(ge=1, description="Events that one step of a longer read fetches.")
    ]
    verify_tail_events: Annotated[
        int, Meta(ge=0, description="Events at the end of the log that are verified before ready.")
    ]
    checkpoint_pages: Annotated[
        int,
        Meta(
            ge=1,
            description="Pages of 4 KiB in the write-ahead file before they go to the log file.",
        ),
    ]
    cache_kib: Annotated[int, Meta(ge=64, description="Page cache of the writing connection.")]
    busy_seconds: Annotated[
        float, Meta(ge=0, description="How long to wait for another program that locks the file.")
    ]
    scrub_retry_seconds: Annotated[
        float,
        Meta(gt=0, description="How often a reader in the way of erased bytes is waited for."),
    ]
    require_local_disk: Annotated[
        bool,
        Meta(
            description="Refuse a data folder on a network file system, where SQLite is not safe."
        ),
    ]


class Rpc(Section, frozen=True, kw_only=True):
    """JSON-RPC on the socket."""

    max_line_bytes: Annotated[
        int, Meta(ge=1024, description="Longest request line, a whole batch included.")
    ]
    max_depth: Annotated[
        int, Meta(ge=4, le=512, description="Deepest nesting of arrays and objects in a request.")
    ]
    max_batch: Annotated[int, Meta(ge=1, description="Most requests in one batch.")]
    max_connections: Annotated[int, Meta(ge=1, description="Most clients connected at a time.")]
    max_unread_bytes: Annotated[
        int, Meta(ge=1024, description="A client that leaves more output unread is cut off.")
    ]
    max_in_flight: Annotated[
        int,
        Meta(ge=1, description="Unanswered requests of one client before no more are read."),
    ]
    pause_unread_bytes: Annotated[
        int, Meta(ge=1024, description="A client that leaves more output unread has to wait.")
    ]
    half_closed_check_seconds: Annotated[
        float, Meta(gt=0, description="How often a client that sends no more is looked for.")
    ]
    backlog: Annotated[int, Meta(ge=1, description="Connections that may wait to be accepted.")]
    max_subscriptions: Annotated[
        int, Meta(ge=1, description="Most event subscriptions of one connection.")
    ]
    drain_seconds: Annotated[
        float, Meta(ge=0, description="How long a closing connection may take to read its answers.")
    ]


class Http(Section, frozen=True, kw_only=True):
    """HTTP: JustWorkflowIt's and Conductor's own interfaces."""

    serve: Annotated[
        Literal["off", "on", "if-free"],
        Meta(
            description="Whether HTTP is served. `if-free`: a port that is taken is said, and "
            "only the socket is served."
        ),
    ]
    host: Annotated[
        str,
        Meta(
            min_length=1,
            description="Address to listen on. Beyond loopback every request needs a token.",
        ),
    ]
    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port; 0 takes any free one.")]
    socket: Annotated[
        Path, Meta(description="A Unix socket that speaks only HTTP; empty: there is none.")
    ]
    require_tokens: Annotated[
        bool, Meta(description="Ask for a token on loopback as well; Unix sockets need none.")
    ]
    allowed_hosts: Annotated[
        str,
        Meta(
            description="Names, parted by blanks, that `Host` may have beside `localhost` and "
            "plain addresses; `*` is any."
        ),
    ]
    allowed_origins: Annotated[
        str,
        Meta(
            description="Origins, parted by blanks, whose pages may call, as "
            "`https://console.example`, and read the answers; the daemon's own always may, and "
            "those of loopback may call it there."
        ),
    ]
    organization: Annotated[
        str, Meta(min_length=1, description="Id of the one organization (JustWorkflowIt).")
    ]
    any_organization: Annotated[
        bool, Meta(description="Take every id in `/organizations/{id}/…` for that one.")
    ]
    max_head_bytes: Annotated[
        int, Meta(ge=1024, description="Longest request line and headers together.")
    ]
    max_headers: Annotated[int, Meta(ge=8, description="Most headers of a request.")]
    max_body_bytes: Annotated[int, Meta(ge=1024, description="Longest body of a request.")]
    known_heads: Annotated[
        int,
        Meta(
            ge=0,
            description="Heads of requests that are remembered, so that one which comes again "
            "need not be read again.",
        ),
    ]
    max_connections: Annotated[int, Meta(ge=1, description="Most clients connected at a time.")]
    max_unread_bytes: Annotated[
        int, Meta(ge=1024, description="A client that leaves more of its answers unread waits.")
    ]
    head_seconds: Annotated[
        float, Meta(gt=0, description="How long a client may take to send the head of a request.")
    ]
    body_seconds: Annotated[float, Meta(gt=0, description="How long it may take to send the body.")]
    answer_seconds: Annotated[
        float, Meta(gt=0, description="How long it may take to read an answer.")
    ]
    idle_seconds: Annotated[
        float, Meta(gt=0, description="How long a connection without a request stays open.")
    ]
    check_seconds: Annotated[float, Meta(gt=0, description="How often these times are looked at.")]
    backlog: Annotated[int, Meta(ge=1, description="Connections that may wait to be accepted.")]
    drain_seconds: Annotated[
        float, Meta(ge=0, description="How long requests under way may take when the daemon stops.")
    ]
    test_seconds: Annotated[float, Meta(gt=0, description="Longest pause in a workflow's test.")]


class Lists(Section, frozen=True, kw_only=True):
    """Operations that answer a page of a list, or walk through the log."""

    default_limit: Annotated[int, Meta(ge=1, description="Entries without a `limit`.")]
    max_limit: Annotated[int, Meta(ge=1, description="Highest `limit`.")]
    searched_values: Annotated[
        int,
        Meta(
            ge=0,
            description="Newest jobs, or tasks, in whose input, output and reason the free text "
            "of a search is looked for; 0: in none.",
        ),
    ]
    scan_events: Annotated[
        int,
        Meta(
            ge=1, description="Events that one `events.read` looks at for those it was asked for."
        ),
    ]
    replay_steps: Annotated[
        int, Meta(ge=1, description="Events that one `replay.job` walks through.")
    ]
    max_differences: Annotated[
        int, Meta(ge=1, description="Differences that one `replay.verify` lists.")
    ]


class Jobs(Section, frozen=True, kw_only=True):
    """Deciding about jobs. Those marked *pinned* hold for a job as they were at its submit."""

    contracts: Annotated[
        Literal["enforce", "warn", "off"],
        Meta(description="What a broken step contract does. *Pinned.*"),
    ]
    max_tasks: Annotated[
        int,
        Meta(
            ge=1, description="Tasks a job may schedule before it waits for an operator. *Pinned.*"
        ),
    ]
    max_decision_moves: Annotated[
        int,
        Meta(
            ge=1,
            description="Moves of one decision before the job waits for an operator. *Pinned.*",
        ),
    ]
    max_depth: Annotated[
        int, Meta(ge=1, description="Longest chain of jobs that start one another. *Pinned.*")
    ]
    step_retry_delay_seconds: Annotated[
        float, Meta(ge=0, description="Before a step with `retries` is tried again. *Pinned.*")
    ]
    step_retry_logic: Annotated[
        RetryLogic, Meta(description="How that delay grows from attempt to attempt. *Pinned.*")
    ]
    step_max_retry_delay_seconds: Annotated[
        float, Meta(ge=0, description="The most it grows to; 0 is no limit. *Pinned.*")
    ]
    step_retry_jitter_ms: Annotated[
        int, Meta(ge=0, description="Most milliseconds added to it by chance. *Pinned.*")
    ]
    cached_jobs: Annotated[int, Meta(ge=1, description="Folded jobs kept in memory.")]
    cached_plans: Annotated[int, Meta(ge=1, description="Compiled definitions kept in memory.")]
    max_input_bytes: Annotated[int, Meta(ge=1024, description="Longest input of a job. *Pinned.*")]
    max_wait_seconds: Annotated[float, Meta(ge=0, description="Longest wait of a `job.wait`.")]


class Workers(Section, frozen=True, kw_only=True):
    """Programs that poll for tasks."""

    worker_grace_seconds: Annotated[
        float,
        Meta(ge=0, description="After a worker's session is gone, before its tasks are returned."),
    ]
    active_poller_seconds: Annotated[
        float, Meta(gt=0, description="How long after its last poll a worker counts as there.")
    ]
    max_poll_wait_seconds: Annotated[
        float, Meta(ge=0, description="Highest `waitSeconds` of a poll.")
    ]
    max_poll_count: Annotated[int, Meta(ge=1, description="Highest `count` of a poll.")]


class Reactor(Section, frozen=True, kw_only=True):
    """What follows from events."""

    retry_seconds: Annotated[
        float,
        Meta(gt=0, description="Before an effect that failed for a passing reason is tried again."),
    ]
    recovery_batch_jobs: Annotated[
        int, Meta(ge=1, description="Open jobs that one step of a start takes up again.")
    ]
    longest_sleep_seconds: Annotated[
        float,
        Meta(gt=0, description="How often timers look at the clock at least, in case it jumps."),
    ]


class Projections(Section, frozen=True, kw_only=True):
    """The read models behind lists, search and audit."""

    flush_seconds: Annotated[
        float, Meta(ge=0, description="Longest wait before new rows are written, if nobody reads.")
    ]
    batch_events: Annotated[int, Meta(ge=1, description="Events that one transaction takes.")]
    backlog_events: Annotated[
        int, Meta(ge=1, description="Live events kept in memory for read models that are behind.")
    ]
    retry_seconds: Annotated[
        float,
        Meta(gt=0, description="Before a failed write is tried again the first time; it doubles."),
    ]
    retry_limit_seconds: Annotated[
        float, Meta(gt=0, description="The most that this wait grows to.")
    ]


class Definitions(Section, frozen=True, kw_only=True):
    """What a definition must keep to be registered."""

    require_owner_email: Annotated[
        bool, Meta(description="Refuse a `tasks` definition without `ownerEmail`.")
    ]
    require_task_types: Annotated[
        bool, Meta(description="Refuse a definition that names a task type nobody defined.")
    ]
    max_definition_bytes: Annotated[int, Meta(ge=1024, description="Longest definition.")]


class Stop(Section, frozen=True, kw_only=True):
    """How the daemon ends."""

    stop_seconds: Annotated[
        float, Meta(gt=0, description="Most time between a stop signal and the end.")
    ]
