"""The daemon process: what is opened and started in which order, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import platform
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import structlog
from anyio.abc import TaskStatus

from config import logging as log_setup
from config.settings import Settings
from config.version import VERSION
from daemon.assembly import Daemon
from daemon.clock import Clock, SystemClock, system_entropy
from daemon.executors.cloud import ExtraMissing
from daemon.rpc.server import RpcServer
from daemon.rpc.socket_file import UnusableSocketPath
from daemon.serving import UnusableSetting, serving_of
from daemon.vault import VaultError
from eventstore.settings import StoreSettings
from eventstore.sqlite import SqliteEventStore
from eventstore.store import EventStoreError
from projections.paging import Limits
from projections.read_models import ReadModels
from projections.runner import Pace
from projections.times import iso

if TYPE_CHECKING:
    from daemon.gateway.server import HttpServer

_log = structlog.get_logger("daemon")

LOG_FILE = "log.db"
PROJECTIONS_FILE = "projections.db"
DIRECTORY_MODE = 0o700

Announce = Callable[[str], None]

OK, FAILED = 0, 1

_REFUSALS = (
    EventStoreError,
    UnusableSocketPath,
    UnusableSetting,
    ExtraMissing,
    VaultError,
    OSError,
    sqlite3.Error,
)
"""Why a daemon does not start, each with a sentence for people."""


def run(settings: Settings, *, announce: Announce) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. ``announce`` gets one line when ready,
    or one that says why it could not start."""
    log_setup.set_up(settings.log)
    code = OK
    try:
        asyncio.run(serve(settings, announce=announce))
    except* _REFUSALS as group:
        for error in _leaves(group):
            announce(f"playhead did not start: {error}")
        code = FAILED
    return code


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def serve(
    settings: Settings,
    *,
    announce: Announce,
    clock: Clock | None = None,
    stop: anyio.Event | None = None,
) -> None:
    """As ``run``, within a running loop. ``stop`` ends it like a signal does."""
    clock = clock or SystemClock()
    stop = stop or anyio.Event()
    data_dir = settings.paths.data_dir
    data_dir.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    store = SqliteEventStore(
        data_dir / LOG_FILE,
        clock=clock.now,
        settings=store_settings(settings),
        random_bytes=system_entropy,
    )
    await store.start()
    try:
        await _serve(settings, store, clock, stop, announce)
    finally:
        with anyio.CancelScope(shield=True):
            await store.close()


async def _serve(
    settings: Settings,
    store: SqliteEventStore,
    clock: Clock,
    stop: anyio.Event,
    announce: Announce,
) -> None:
    read_models = ReadModels(
        settings.paths.data_dir / PROJECTIONS_FILE,
        store,
        pace=pace_of(settings),
        limits=Limits(default=settings.lists.default_limit, maximum=settings.lists.max_limit),
        told=ProjectionsLog(),
    )
    started_at = clock.now()
    async with anyio.create_task_group() as tasks:
        servers: list[RpcServer] = []
        gateways: list[HttpServer] = []

        def facts() -> dict[str, Any]:
            return {
                **_facts(settings, started_at),
                "rpc": {name: value for one in servers for name, value in one.counters().items()},
                "http": next((one.facts() for one in gateways), None),
            }

        serving = serving_of(settings, os.environ)
        daemon = Daemon(store, read_models, settings, clock, system_entropy, tasks, facts, serving)
        await daemon.start()
        log_setup.mask_lines(daemon.house.secrets.masked_line)
        server = RpcServer(daemon.service, settings.paths.socket, settings.rpc)
        servers.append(server)
        try:
            await server.start()
            served = await _serve_http(daemon, server, settings, clock, gateways)
            _settle_memory()
            # Before anybody is told: a stop that comes at once must find its handler.
            await tasks.start(_until_signal, stop)
            announce(f"playhead is ready on {server.path}{served}")
            _log.info("ready", socket=str(server.path), position=store.head.position)
            await stop.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await _stop(daemon, server, gateways, settings)
            tasks.cancel_scope.cancel()


async def _serve_http(
    daemon: Daemon,
    server: RpcServer,
    settings: Settings,
    clock: Clock,
    gateways: list[HttpServer],
) -> str:
    """What the ready line says of it; the server that was started is in ``gateways``."""
    if settings.http.serve == "off":
        return ""
    from daemon.gateway.opening import http_server

    gateway = http_server(
        daemon.service,
        settings,
        clock,
        system_entropy,
        guard=daemon,
        has_tokens=daemon.has_tokens(),
    )
    try:
        await gateway.start()
    except OSError as error:
        if error.errno != errno.EADDRINUSE or settings.http.serve != "if-free":
            raise
        where = f"{settings.http.host}:{settings.http.port}"
        return f"; HTTP is not served, since {where} is taken (http.port is another)"
    gateways.append(gateway)
    server.http = gateway.adopt
    return f" and {gateway.url}"


async def _stop(
    daemon: Daemon, server: RpcServer, gateways: list[HttpServer], settings: Settings
) -> None:
    """Within ``stop.stop_seconds``, whatever hangs."""
    _log.info("stopping")
    with anyio.move_on_after(settings.stop.stop_seconds) as limit:
        await daemon.stop()
        for gateway in gateways:
            await gateway.close(grace_seconds=settings.http.drain_seconds)
        await server.close(grace_seconds=settings.rpc.drain_seconds)
    if limit.cancelled_caught:
        _log.warning("not everything ended in time", seconds=settings.stop.stop_seconds)


async def _until_signal(
    stop: anyio.Event, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            _log.info("signal", number=int(number))
            stop.set()
            return


def _settle_memory() -> None:
    """What is there after the start stays: let the collector look at it no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _facts(settings: Settings, started_at: int) -> dict[str, Any]:
    data_dir: Path = settings.paths.data_dir
    return {
        "version": VERSION,
        "pid": os.getpid(),
        "startedAt": iso(started_at),
        "dataDir": str(data_dir),
        "socket": str(settings.paths.socket),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


class ProjectionsLog:
    """What the read models tell, written to the daemon's log."""

    def begun_anew(self, why: str) -> None:
        _log.info("the read models are made anew", why=why)

    def failed(self, error: Exception) -> None:
        _log.error(
            "the read models cannot follow the log", error=f"{type(error).__name__}: {error}"
        )


def store_settings(settings: Settings) -> StoreSettings:
    store = settings.store
    return StoreSettings(
        group_events=store.group_events,
        group_bytes=store.group_bytes,
        spill_above_bytes=store.spill_above_bytes,
        known_streams=store.known_streams,
        follow_events=store.follow_events,
        page_events=store.page_events,
        verify_tail_events=store.verify_tail_events,
        checkpoint_pages=store.checkpoint_pages,
        cache_kib=store.cache_kib,
        busy_seconds=store.busy_seconds,
        scrub_retry_seconds=store.scrub_retry_seconds,
        require_local_disk=store.require_local_disk,
    )


def pace_of(settings: Settings) -> Pace:
    projections = settings.projections
    return Pace(
        flush_seconds=projections.flush_seconds,
        batch_events=projections.batch_events,
        backlog_events=projections.backlog_events,
        retry_seconds=projections.retry_seconds,
        retry_limit_seconds=projections.retry_limit_seconds,
    )
