"""Resource pools: all of them in memory, as few as they are (compare ``tokens``)."""

from __future__ import annotations

from daemon.decider.pools import DEFAULT, Pool, evolve_pool, pool_for
from daemon.reactor.catalog import Changed
from daemon.reactor.cell import Cell, Change
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from daemon.reactor.limits import STREAMS as LIMITS
from eventstore.events import Event, UnderLimit
from eventstore.store import Batch, Entry, EventStoreError

STREAMS = "pool/"
OF_POOLS = f"{LIMITS}pool/"
WEIGHT_BYTES = 512
"""About what one change of a pool takes of the log."""


class Pools:
    """``default_jobs``: the limit of the default pool until somebody changes it; 0: none."""

    def __init__(self, ledger: Ledger, *, page_events: int, default_jobs: int) -> None:
        self._ledger = ledger
        self._page = page_events
        self._default_jobs = default_jobs
        self._cells: dict[str, Cell[Pool]] = {}
        self._tails: tuple[Pool, ...] = ()
        """As decided so far, the oldest first."""

    async def load(self) -> None:
        """Fold every pool of the log; the default one is there without being in it."""
        store = self._ledger.store
        first = await store.read_all(limit=1)
        began = first[0].at if first else store.now()
        self._cells[DEFAULT] = Cell(f"{STREAMS}{DEFAULT}", self._default(began))
        after = 0
        while events := await store.read_all(after=after, limit=self._page, streams=STREAMS):
            for one in events:
                cell = self._cell(one.stream.removeprefix(STREAMS))
                cell.tail = cell.durable = evolve_pool(
                    cell.tail, one.event, one.at, one.position, one.actor
                )
            after = events[-1].position
        self._changed()

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
        cell = self._cells.get(pool_id)
        found = None if cell is None else cell.durable
        return None if found is None or found.deleted else found

    def cell(self, pool_id: str) -> Cell[Pool] | None:
        """Of a pool that is not deleted, as decided so far."""
        cell = self._cells.get(pool_id)
        return None if cell is None or cell.tail is None or cell.tail.deleted else cell

    def all(self) -> list[Pool]:
        """Durable ones, newest first; the default pool is the oldest."""
        found = [cell.durable for cell in self._cells.values()]
        return [one for one in reversed(found) if one is not None and not one.deleted]

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
        cell = self._cell(pool_id)
        store = self._ledger.store
        now = store.now()
        expected = 0 if cell.tail is None else cell.tail.sequence
        try:
            appended = self._ledger.append(
                Batch(
                    entries=(Entry(stream=cell.stream, expected=expected, events=(event,)),),
                    at=now,
                    actor=context.actor,
                    cause=context.cause,
                    request=context.request,
                    trace=context.trace,
                    weight=WEIGHT_BYTES + context.weight,
                )
            )
        except EventStoreError:
            self.undo(cell)
            raise
        state = evolve_pool(cell.tail, event, now, appended.first, context.actor)
        cell.decided(state)
        self._changed()
        self._ledger.when_durable(appended.last, Change(cell, state, self.undo))
        return Changed((event,), appended)

    def undo(self, cell: Cell[Pool]) -> None:
        """The log lost what was decided: go back to what is durable."""
        cell.tail = cell.durable
        cell.on_the_way = 0
        if cell.durable is None:
            self._cells.pop(cell.stream.removeprefix(STREAMS), None)
        self._changed()

    def _cell(self, pool_id: str) -> Cell[Pool]:
        return self._cells.setdefault(pool_id, Cell(f"{STREAMS}{pool_id}", None))

    def _changed(self) -> None:
        tails = (cell.tail for cell in self._cells.values())
        self._tails = tuple(one for one in tails if one is not None and not one.deleted)
