"""One run of the whole daemon: its lives, its disk, its clock and the people around it.

A *life* is one process: it is killed by losing everything but the disk, and another one is
started on that. What clients hold (connections, answers on their way) breaks with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import anyio
import orjson
import structlog
from msgspec import structs

from config.settings import Settings, load
from daemon.app import pace_of, store_settings
from daemon.assembly import Daemon
from daemon.vault import Vault
from projections.paging import Limits
from projections.read_models import ReadModels
from tests.simulation.disk import Disk
from tests.simulation.engines import serving
from tests.simulation.loop import VirtualLoop

EPOCH = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z in microseconds: when every run begins."""
SECOND = 1_000_000


class Clock:
    """The daemon's clock. ``skew`` is what somebody set the wall clock wrong by."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.skew = 0

    def now(self) -> int:
        return EPOCH + self._loop.microseconds + self.skew


@cache
def settings(**flags: Any) -> Settings:
    """Defaults, with ``section__key=value`` set otherwise."""
    return load(flags={name.replace("__", "."): value for name, value in flags.items()})


class Life:
    """One process of the daemon. ``dead``: nothing it says is heard any more."""

    def __init__(self, world: World) -> None:
        self.dead = False
        self.unanswered: dict[asyncio.Future[Any], Any] = {}
        """Calls that somebody waits for, by connection. Cancelled: no answer will come."""
        self.store = world.disk.store(world.clock.now, store_settings(world.settings))
        self.read_models = ReadModels(
            world.disk.folder / "projections.db",
            self.store,
            inline=True,
            pace=pace_of(world.settings),
            limits=Limits(default=100, maximum=1000),
        )
        self.daemon: Daemon
        self._world = world
        self._ready = asyncio.Event()
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._live(), name="a life of the daemon")

    @property
    def serves(self) -> bool:
        return self._ready.is_set() and not self.dead

    async def begun(self) -> None:
        waiting = asyncio.create_task(self._ready.wait())
        await asyncio.wait([waiting, self._task], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._task.done():
            self._task.result()

    async def _live(self) -> None:
        world = self._world
        await self.store.start()
        async with anyio.create_task_group() as tasks:
            self.daemon = Daemon(
                self.store,
                self.read_models,
                world.settings,
                world.clock,
                world.entropy,
                tasks,
                dict,
                structs.replace(serving(), vault=self._vault(world)),
            )
            await self.daemon.start()
            self._ready.set()
            await self._over.wait()
            tasks.cancel_scope.cancel()

    def _vault(self, world: World) -> Vault:
        disk = world.disk
        return Vault(disk.key, disk.sealed, world.entropy, run=disk.write_vault)

    def cut(self) -> None:
        """Whatever it says from now on is lost."""
        self.dead = True
        for waiting in self.unanswered:
            waiting.cancel()

    async def kill(self) -> None:
        """As ``kill -9`` would: what is not on the disk is lost without a word."""
        self.cut()
        abandoned = asyncio.create_task(self.store.abandon())
        await asyncio.sleep(0)
        await self._end()
        await abandoned

    async def stop(self) -> None:
        """In good order, as on SIGTERM."""
        await self.daemon.stop()
        self.cut()
        await self._end()
        await self.store.close()

    async def _end(self) -> None:
        if self._ready.is_set():
            self.daemon.house.timers.stop()
            self.daemon.house.sessions.stop()
        self._over.set()
        if not self._ready.is_set():
            self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()


class World:
    def __init__(self, loop: VirtualLoop, seed: int, disk: Disk, settings: Settings) -> None:
        self.loop = loop
        self.clock = Clock(loop)
        self.disk = disk
        self.settings = settings
        self.seed = seed
        self.entropy = Random(f"{seed}/entropy").randbytes
        self.observed: list[Any] = []
        """What clients saw, in order: part of the trace."""
        self.slowest_network = 0.0
        self.life: Life | None = None
        self._reborn = asyncio.Event()
        disk.on_crash = self._cut

    def random(self, purpose: str) -> Random:
        """A generator of its own, so that one part's draws do not move another's."""
        return Random(f"{self.seed}/{purpose}")

    @property
    def now(self) -> int:
        """Microseconds since the run began."""
        return self.loop.microseconds

    async def boot(self) -> Life:
        life = Life(self)
        self.life = life
        await life.begun()
        self._reborn.set()
        return life

    async def kill(self) -> None:
        if self.life is not None:
            life, self.life = self.life, None
            self._reborn.clear()
            await life.kill()

    async def reboot(self) -> Life:
        await self.kill()
        return await self.boot()

    async def stop(self) -> None:
        if self.life is not None:
            life, self.life = self.life, None
            self._reborn.clear()
            await life.stop()

    async def alive(self) -> Life:
        """The running daemon, as soon as there is one."""
        while self.life is None or not self.life.serves:
            self._reborn.clear()
            await self._reborn.wait()
        return self.life

    def _cut(self) -> None:
        if self.life is not None:
            self.life.cut()

    def trace(self) -> str:
        """A hash over all that is in the log and all that clients saw."""
        assert self.life is not None, "a log is read through a life"
        seen = orjson.dumps(self.observed, option=orjson.OPT_SORT_KEYS)
        return sha256(self.life.store.head.hash + seen).hexdigest()


Act = Callable[[World], Awaitable[None]]


def simulate(
    act: Act,
    *,
    seed: int,
    folder: Path,
    backend: str = "memory",
    shuffled: bool = True,
    slowest_commit: float = 0,
    flags: dict[str, Any] | None = None,
) -> World:
    """Run ``act`` in a new world. Fails on whatever the daemon logged as an error, except
    commits that the run itself made fail."""
    folder.mkdir(exist_ok=True)
    loop = VirtualLoop(Random(f"{seed}/turns") if shuffled else None)
    try:
        with _logged_errors() as errors:
            try:
                world = loop.run_until_complete(
                    _run(loop, act, seed, folder, backend, slowest_commit, flags or {})
                )
            except Exception as error:
                for one in errors:
                    error.add_note(f"the daemon logged: {one}")
                raise
    finally:
        loop.close()
    unexpected = [error for error in errors if error["event"] != "commit failed"]
    assert not unexpected, unexpected
    assert not loop.faults, loop.faults
    return world


async def _run(
    loop: VirtualLoop,
    act: Act,
    seed: int,
    folder: Path,
    backend: str,
    slowest_commit: float,
    flags: dict[str, Any],
) -> World:
    disk = Disk(backend, folder, Random(f"{seed}/disk"), slowest=slowest_commit)
    world = World(loop, seed, disk, settings(**flags))
    try:
        await world.boot()
        await act(world)
    finally:
        await world.kill()
    return world


@contextmanager
def _logged_errors() -> Iterator[list[dict[str, Any]]]:
    errors: list[dict[str, Any]] = []

    def keep(_: Any, __: str, event: Any) -> Any:
        errors.append(dict(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, keep],
        wrapper_class=structlog.make_filtering_bound_logger(40),
    )
    try:
        yield errors
    finally:
        structlog.configure(**before)
