"""Runs workers until they are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket as sockets
from collections.abc import Iterator
from pathlib import Path

from playhead.client import Client
from playhead.errors import PlayheadError
from playhead.workers.definition import Worker
from playhead.workers.persistence import persistently
from playhead.workers.poller import Poller

WAIT_SECONDS = 20.0
DRAIN_SECONDS = 30.0


async def run_workers(
    *workers: Worker,
    socket: Path | str | None = None,
    worker_id: str | None = None,
    wait_seconds: float = WAIT_SECONDS,
    drain_seconds: float = DRAIN_SECONDS,
    stop: asyncio.Event | None = None,
) -> None:
    """Do tasks until SIGTERM, SIGINT or ``stop``, which replaces the signals.

    Waits for a daemon that is not there yet, and outlives its restarts: tasks in hand are
    kept, and their results delivered once it is back. To stop is to take no more tasks,
    to give running ones ``drain_seconds``, and to leave the rest to other workers. Raises
    RpcError when the daemon refuses the polls themselves.
    """
    name = worker_id or f"{sockets.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    session = f"{name}-{secrets.token_hex(6)}"
    client = Client(socket)
    pollers = [
        Poller(client, each, worker_id=name, session=session, wait_seconds=wait_seconds)
        for each in workers
    ]
    with _stopped_by_signals(stop) as stopping:
        try:
            await _serve(client, pollers, stopping, drain_seconds)
        finally:
            await client.close()


async def _serve(
    client: Client, pollers: list[Poller], stopping: asyncio.Event, drain_seconds: float
) -> None:
    presence = asyncio.create_task(_stay_present(client, pollers))
    polling = [asyncio.create_task(each.run()) for each in pollers]
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({stopped, *polling}, return_when=asyncio.FIRST_COMPLETED)
        for each in pollers:
            each.stop()
        ends = await asyncio.gather(*polling, return_exceptions=True)
        await asyncio.gather(*(each.finish(drain_seconds) for each in pollers))
        for end in ends:
            if isinstance(end, BaseException):
                raise end
    finally:
        for task in (presence, stopped, *polling):
            task.cancel()
        await asyncio.wait({presence, stopped, *polling})


async def _stay_present(client: Client, pollers: list[Poller]) -> None:
    """Come back as soon as the daemon does, so that it leaves us the tasks in our hands:
    whoever reports on one of them speaks for the session that holds them all."""
    while True:
        connection = await persistently(client.connect)
        held = [attempt for each in pollers for attempt in each.attempts]
        with contextlib.suppress(PlayheadError):
            for attempt in held:
                if await attempt.heartbeat():
                    break
        await connection.lost.wait()


@contextlib.contextmanager
def _stopped_by_signals(stop: asyncio.Event | None) -> Iterator[asyncio.Event]:
    if stop is not None:
        yield stop
        return
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for each in signals:
        loop.add_signal_handler(each, stopping.set)
    try:
        yield stopping
    finally:
        for each in signals:
            loop.remove_signal_handler(each)
