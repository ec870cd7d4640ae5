"""What operations work with: the parts of a running daemon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from anyio.abc import TaskGroup

from daemon.clock import Entropy
from daemon.dialects.plan import Known
from daemon.operations.masking import Masking
from daemon.operations.polls import Polls
from daemon.operations.subscriptions import Subscriptions
from daemon.operations.waits import Waits
from daemon.queues.handout import HandOut
from daemon.queues.sessions import Sessions
from daemon.reactor.catalog import Catalog
from daemon.reactor.handlers import Handlers
from daemon.reactor.inside import Inside
from daemon.reactor.jobs import Jobs
from daemon.reactor.ledger import Ledger
from daemon.reactor.limits import Limits
from daemon.reactor.messages import Messages
from daemon.reactor.pools import Pools
from daemon.reactor.reactor import Reactor
from daemon.reactor.recovery import Recovery
from daemon.reactor.schedules import Schedules
from daemon.reactor.schemas import Schemas
from daemon.reactor.secrets import Secrets
from daemon.reactor.shelf import Shelf
from daemon.reactor.starts import Starts
from daemon.reactor.syntax import Syntax
from daemon.reactor.tokens import Tokens
from daemon.timers.heap import Timers
from eventstore.store import EventStore
from projections.read_models import ReadModels


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that operations themselves look at."""

    queued_bytes: int = 64 * 1024 * 1024
    max_depth: int = 64
    """Of JSON, in levels."""
    max_definition_bytes: int = 1024 * 1024
    """Of a job's input (reference conductor.md §3.16)."""
    max_poll_wait_seconds: float = 60
    max_poll_count: int = 1_000
    max_job_wait_seconds: float = 3_600
    default_limit: int = 100
    max_limit: int = 1_000
    searched_values: int = 1_000
    """Newest jobs or tasks in whose values free text is looked for."""
    scan_events: int = 20_000
    """Events that one ``events.read`` looks at for those it was asked for."""
    replay_steps: int = 1_000
    """Events that one ``replay.job`` walks through."""
    max_differences: int = 1_000
    max_subscriptions: int = 64
    pool_jobs: int = 0
    """The most that the limits of all pools may come to; 0: any number."""
    max_secret_bytes: int = 64 * 1024
    max_secrets: int = 1_000
    known: Known = Known()


class House(msgspec.Struct, frozen=True, kw_only=True):
    store: EventStore
    ledger: Ledger
    catalog: Catalog
    schemas: Schemas
    limits: Limits
    pools: Pools
    tokens: Tokens
    handlers: Handlers
    messages: Messages
    secrets: Secrets
    schedules: Schedules
    shelf: Shelf
    syntax: Syntax
    jobs: Jobs
    starts: Starts
    handout: HandOut
    sessions: Sessions
    timers: Timers
    inside: Inside
    reactor: Reactor
    recovery: Recovery
    read_models: ReadModels
    masking: Masking
    polls: Polls
    waits: Waits
    subscriptions: Subscriptions
    entropy: Entropy
    tasks: TaskGroup
    bounds: Bounds
    counters: Counter[str]
    facts: Callable[[], dict[str, Any]]
    """What only the composition knows: version, paths, start, connections."""
