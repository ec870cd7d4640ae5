"""How the parts of the daemon fit together, whatever carries its clock and its log.

Used by ``daemon.app`` on the system's clock and by the simulation on a virtual one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from anyio.abc import TaskGroup

from config.settings import Settings
from daemon.clock import Clock, Entropy
from daemon.dialects.plan import Contracts, Known, Policy, RetryLogic
from daemon.operations.house import Bounds, House
from daemon.operations.masking import Masking
from daemon.operations.of_tokens import permits
from daemon.operations.polls import Polls
from daemon.operations.service import OperationsService
from daemon.operations.subscriptions import Subscriptions
from daemon.operations.table import OPERATIONS
from daemon.operations.waits import Waits
from daemon.queues.handout import HandOut
from daemon.queues.sessions import Sessions
from daemon.reactor.actions import Actions
from daemon.reactor.broken_contracts import BrokenContracts
from daemon.reactor.caching import Caching
from daemon.reactor.catalog import Catalog
from daemon.reactor.counting import Counting
from daemon.reactor.evaluating import Evaluating
from daemon.reactor.family import Family
from daemon.reactor.handlers import Handlers
from daemon.reactor.inside import Inside
from daemon.reactor.jobs import Jobs
from daemon.reactor.keys import Keys
from daemon.reactor.lanes import Lanes
from daemon.reactor.ledger import Ledger
from daemon.reactor.limits import Limits
from daemon.reactor.line import Line
from daemon.reactor.listening import Listening, Wanted
from daemon.reactor.messages import Messages
from daemon.reactor.pools import Pools
from daemon.reactor.publishing import Publishing
from daemon.reactor.reactor import Reactor
from daemon.reactor.recovery import Recovery
from daemon.reactor.schedules import Schedules
from daemon.reactor.schemas import Schemas
from daemon.reactor.secrets import Secrets
from daemon.reactor.shelf import Shelf
from daemon.reactor.starts import Starts
from daemon.reactor.syntax import Syntax
from daemon.reactor.task_callbacks import wanted_statuses
from daemon.reactor.tokens import ACTOR as TOKEN_ACTOR
from daemon.reactor.tokens import Tokens
from daemon.serving import Serving
from daemon.timers.heap import Timers
from daemon.vault import MemoryDrawer, Vault, at_once
from eventstore.store import EventStore, EventStoreError
from projections.read_models import ReadModels


class Daemon:
    """Everything but the sockets. ``start`` after the store was started; ``stop`` before it
    is closed."""

    def __init__(
        self,
        store: EventStore,
        read_models: ReadModels,
        settings: Settings,
        clock: Clock,
        entropy: Entropy,
        tasks: TaskGroup,
        facts: Callable[[], dict[str, Any]],
        serving: Serving | None = None,
    ) -> None:
        self.store = store
        self.read_models = read_models
        self._tasks = tasks
        parts = _Parts(store, settings, clock, entropy, serving or Serving())
        self.reactor = parts.reactor
        self.house = House(
            store=store,
            ledger=parts.ledger,
            catalog=parts.catalog,
            schemas=parts.schemas,
            limits=parts.limits,
            pools=parts.pools,
            tokens=parts.tokens,
            handlers=parts.handlers,
            messages=parts.reactor.messages,
            secrets=parts.secrets,
            schedules=parts.reactor.schedules,
            shelf=parts.shelf,
            syntax=parts.syntax,
            jobs=parts.jobs,
            starts=parts.starts,
            handout=parts.handout,
            sessions=parts.reactor.sessions,
            timers=parts.reactor.timers,
            inside=parts.reactor.inside,
            reactor=parts.reactor,
            recovery=parts.recovery,
            read_models=read_models,
            masking=Masking(read_models.masks_of, known_jobs=settings.jobs.cached_jobs),
            polls=Polls(parts.handout),
            waits=Waits(parts.jobs, parts.reactor.watches, parts.reactor.run),
            subscriptions=Subscriptions(),
            entropy=entropy,
            tasks=tasks,
            bounds=bounds_of(settings, (serving or Serving()).configs),
            counters=parts.counters,
            facts=facts,
        )
        store.listen(self.house.masking)
        self.service = OperationsService(self.house, OPERATIONS)

    def bearer(self, secret: str) -> str | None:
        """The actor of a token's secret; None for one that is not good."""
        token = self.house.tokens.bearer(secret, self.store.now())
        return None if token is None else f"{TOKEN_ACTOR}{token.token_id}"

    def permit(self, actor: str, what: str, scope: str) -> bool:
        """Whether the actor may do what no operation stands for; a refusal is recorded."""
        return permits(self.house, actor, what, scope)

    def has_tokens(self) -> bool:
        """Somebody holds a token that is good."""
        return any(one.is_good(self.store.now()) for one in self.house.tokens.all())

    async def start(self) -> None:
        """Load the catalog, then serve; open jobs are taken up meanwhile."""
        self.house.masking.begin(self.store.head.position)
        await self.house.catalog.load()
        await self.house.schemas.load()
        await self.house.tokens.load()
        await self.house.pools.load()
        await self.house.handlers.load()
        await self.house.secrets.load(self._tasks)
        self.reactor.start(self._tasks)
        await self.house.schedules.load()
        self._tasks.start_soon(self.read_models.run)
        self._tasks.start_soon(self.house.recovery.run)
        self._tasks.start_soon(self.reactor.line.recover)

    async def stop(self) -> None:
        """Take no more changes, answer who waits, and let what was decided become durable."""
        self.service.stopping = True
        self.house.polls.end_all()
        self.house.waits.end_all()
        self.house.timers.stop()
        self.house.sessions.stop()
        await self._settled()
        await self.house.inside.aclose()
        if self.reactor.listening is not None:
            await self.reactor.listening.aclose()
        await self.read_models.close()

    async def _settled(self) -> None:
        """What is on its way to the log is written or lost; who waits hears which."""
        last = self.store.next_position - 1
        if last > self.store.head.position:
            with suppress(EventStoreError):
                await self.store.durable(last)


class _Parts:
    """What works below the operations, each part told of those it calls back."""

    def __init__(
        self,
        store: EventStore,
        settings: Settings,
        clock: Clock,
        entropy: Entropy,
        serving: Serving,
    ) -> None:
        self.counters: Counter[str] = Counter()
        self.ledger = Ledger(store)
        store.listen(Counting(self.counters))
        self.shelf = Shelf(store, cached_plans=settings.jobs.cached_plans)
        self.catalog = Catalog(self.ledger, page_events=settings.store.page_events)
        self.syntax = Syntax(serving.evaluator, known_scripts=settings.scripts.known_scripts)
        self.schemas = Schemas(self.ledger, page_events=settings.store.page_events)
        self.tokens = Tokens(self.ledger, page_events=settings.store.page_events)
        self.handlers = Handlers(self.ledger, page_events=settings.store.page_events)
        self.limits, self.pools = self._limits(settings)
        self.jobs = Jobs(
            self.ledger, self.shelf, self.limits, cached_jobs=settings.jobs.cached_jobs
        )
        self.secrets = self._secrets(settings, entropy, serving)
        self.jobs.masked = self.secrets.masked
        self.starts = Starts(
            self.ledger,
            self.catalog,
            self.schemas,
            self.shelf,
            self.jobs,
            Keys(self.ledger, cached_keys=settings.jobs.cached_jobs),
            self.pools,
            policy=policy_of(settings),
            entropy=entropy,
        )
        self.handout = HandOut(clock, active_poller_seconds=settings.workers.active_poller_seconds)
        self.reactor = self._reactor(settings, clock, serving)
        self.reactor.schedules = self._schedules(settings, entropy)
        self.jobs.effects = self.reactor
        self.limits.effects = self.reactor.line
        self.catalog.watcher = self.reactor.lanes.settings_changed
        self.handout.desk = self.reactor
        store.before_flush = self.handout.match
        self.recovery = Recovery(
            store,
            self.jobs,
            self.reactor,
            self.reactor.timers,
            batch_jobs=settings.reactor.recovery_batch_jobs,
        )

    def _limits(self, settings: Settings) -> tuple[Limits, Pools]:
        pages, limits = settings.store.page_events, settings.limits
        return (
            Limits(self.ledger, cached_limits=limits.cached_limits, first_page=pages),
            Pools(self.ledger, page_events=pages, default_jobs=limits.default_pool_jobs),
        )

    def _secrets(self, settings: Settings, entropy: Entropy, serving: Serving) -> Secrets:
        return Secrets(
            self.ledger,
            serving.vault or Vault(MemoryDrawer(), MemoryDrawer(), entropy, run=at_once),
            serving.sources,
            entropy=entropy,
            page_events=settings.store.page_events,
            masked_values=settings.secrets.masked_values,
        )

    def _schedules(self, settings: Settings, entropy: Entropy) -> Schedules:
        return Schedules(
            self.ledger,
            self.jobs,
            self.starts,
            self.reactor.timers,
            self.reactor.run,
            entropy=entropy,
            max_catch_up=settings.schedules.max_catch_up,
            retry_seconds=settings.reactor.retry_seconds,
        )

    def _reactor(self, settings: Settings, clock: Clock, serving: Serving) -> Reactor:
        reactor = Reactor(
            self.jobs,
            self.handout,
            BrokenContracts(self.counters),
            retry_seconds=settings.reactor.retry_seconds,
        )
        reactor.family = Family(self.jobs, self.starts, reactor)
        reactor.caching = Caching(self.ledger.store, reactor.send)
        reactor.evaluating = Evaluating(serving.evaluator, reactor.send)
        reactor.messages = self._messages(settings, serving)
        reactor.publishing = Publishing(reactor.messages, reactor)
        if serving.sender is not None:
            wanted = listeners_of(settings)
            reactor.listening = Listening(self.ledger, self.jobs, serving.sender, wanted)
        reactor.sources = self.secrets.sources
        reactor.sessions = Sessions(
            reactor.give_back, grace_seconds=settings.workers.worker_grace_seconds
        )
        reactor.timers = Timers(
            clock, reactor.fire, longest_sleep_seconds=settings.reactor.longest_sleep_seconds
        )
        reactor.lanes = Lanes(
            self.limits, self.handout, reactor.timers, self.ledger.store.now, reactor.run
        )
        reactor.line = Line(
            self.ledger.store,
            self.limits,
            reactor.lanes,
            reactor.send,
            retry_seconds=settings.reactor.retry_seconds,
        )
        reactor.inside = Inside(
            serving.executors,
            self.handout,
            self.ledger,
            reactor.send,
            concurrency=settings.executors.concurrency,
        )
        return reactor

    def _messages(self, settings: Settings, serving: Serving) -> Messages:
        return Messages(
            self.ledger,
            self.handlers,
            self.shelf,
            serving.evaluator,
            Actions(self.ledger.store, self.jobs, self.starts),
            concurrency=settings.events.concurrency,
            waiting=settings.events.waiting_messages,
            retry_seconds=settings.reactor.retry_seconds,
        )


def listeners_of(settings: Settings) -> Wanted:
    listener = settings.listener
    return Wanted(
        webhook_url=listener.webhook_url,
        allowed_sinks=tuple(listener.allowed_sinks.split()),
        task_statuses=wanted_statuses(listener.task_statuses),
        retry_seconds=listener.retry_seconds,
        retry_limit_seconds=listener.retry_limit_seconds,
        give_up_seconds=listener.give_up_seconds,
        window=listener.window_callbacks,
        waiting=listener.waiting_callbacks,
    )


def policy_of(settings: Settings) -> Policy:
    jobs, payloads = settings.jobs, settings.payloads
    return Policy(
        contracts=Contracts(jobs.contracts),
        max_tasks=jobs.max_tasks,
        max_decision_moves=jobs.max_decision_moves,
        max_depth=jobs.max_depth,
        step_retry_delay_seconds=jobs.step_retry_delay_seconds,
        step_retry_logic=RetryLogic(jobs.step_retry_logic),
        step_max_retry_delay_seconds=jobs.step_max_retry_delay_seconds,
        step_retry_jitter_ms=jobs.step_retry_jitter_ms,
        max_input_bytes=jobs.max_input_bytes,
        max_output_bytes=payloads.max_output_bytes,
        max_task_input_bytes=payloads.max_task_input_bytes,
        max_task_output_bytes=payloads.max_task_output_bytes,
        max_variables_bytes=payloads.max_variables_bytes,
    )


def bounds_of(settings: Settings, configs: Mapping[str, Mapping[str, Any]] | None = None) -> Bounds:
    """``configs``: the JSON Schema of a step's config, by task type."""
    return Bounds(
        queued_bytes=settings.store.queued_bytes,
        max_depth=settings.rpc.max_depth,
        max_definition_bytes=settings.definitions.max_definition_bytes,
        max_poll_wait_seconds=settings.workers.max_poll_wait_seconds,
        max_poll_count=settings.workers.max_poll_count,
        max_job_wait_seconds=settings.jobs.max_wait_seconds,
        default_limit=settings.lists.default_limit,
        max_limit=settings.lists.max_limit,
        searched_values=settings.lists.searched_values,
        scan_events=settings.lists.scan_events,
        replay_steps=settings.lists.replay_steps,
        max_differences=settings.lists.max_differences,
        max_subscriptions=settings.rpc.max_subscriptions,
        pool_jobs=settings.limits.max_pool_jobs,
        max_secret_bytes=settings.secrets.max_value_bytes,
        max_secrets=settings.secrets.max_secrets,
        known=Known(
            require_owner_email=settings.definitions.require_owner_email,
            require_task_types=settings.definitions.require_task_types,
            configs=configs or {},
        ),
    )
