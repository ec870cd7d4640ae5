"""Resource pools: all of them in memory, as few as they are (compare ``tokens``)."""

from __future__ import annotations

from daemon.decider.pools import DEFAULT, Pool, evolve_pool, pool_for
from daemon.reactor.cell import Cell
from daemon.reactor.changing import Changed
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from daemon.reactor.limits import STREAMS as LIMITS
from daemon.reactor.roll import Roll
from eventstore.events import Event, UnderLimit

STREAMS = "pool/"
OF_POOLS = f"{LIMITS}pool/"


class Pools:
    """``default_jobs``: the limit of the default pool until somebody changes it; 0: none."""

    def __init__(self, ledger: Ledger, *, page_events: int, default_jobs: int) -> None:
        self._store = ledger.store
        self._roll: Roll[Pool] = Roll(
            ledger, STREAMS, evolve_pool, page_events=page_events, moved=self._moved
        )
        self._default_jobs = default_jobs
        self._tails: tuple[Pool, ...] = ()
        """As decided so far, the oldest first."""

    async def load(self) -> None:
        """Fold every pool of the log; the default one is there without being in it."""
        first = await self._store.read_all(limit=1)
        began = first[0].at if first else self._store.now()
        self._roll.cells[DEFAULT] = Cell(f"{STREAMS}{DEFAULT}", self._default(began))
        await self._roll.load()
        self._moved()

    def _default(self, began: int) -> Pool:
        return Pool(
            pool_id=DEFAULT,
            name=DEFAULT,
            most=self._default_jobs,
            targets_all=True,
            workflow_ids=(),
            created_at=began,
            updated_at=began,
        )

    def find(self, pool_id: str) -> Pool | None:
        """Durable and not deleted."""
        found = self._roll.durable(pool_id)
        return None if found is None or found.deleted else found

    def cell(self, pool_id: str) -> Cell[Pool] | None:
        """Of a pool that is not deleted, as decided so far."""
        cell = self._roll.cells.get(pool_id)
        return None if cell is None or cell.tail is None or cell.tail.deleted else cell

    def all(self) -> list[Pool]:
        """Durable ones, newest first; the default pool is the oldest."""
        found = [*self._roll.all_durable()]
        return [one for one in reversed(found) if not one.deleted]

    def all_jobs(self, *, but: str | None = None) -> int:
        """The sum of all limits, as decided so far."""
        return sum(pool.most for pool in self._tails if pool.pool_id != but)

    def limit_of(self, workflow_id: str) -> UnderLimit | None:
        """What a job of the workflow, submitted now, is under."""
        pool = pool_for(self._tails, workflow_id)
        if pool is None or pool.most <= 0:
            return None
        return UnderLimit(limit=f"{OF_POOLS}{pool.pool_id}", most=pool.most)

    def change(self, pool_id: str, event: Event, context: Context) -> Changed:
        """Raises EventStoreError."""
        return self._roll.append(self._roll.cell(pool_id), event, context)

    def _moved(self) -> None:
        tails = (cell.tail for cell in self._roll.cells.values())
        self._tails = tuple(one for one in tails if one is not None and not one.deleted)
