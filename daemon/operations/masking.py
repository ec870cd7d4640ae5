"""Which fields of which job are masked, for whoever shows events of many jobs.

A document is made of a job's state, which knows its masks; an event is shown without one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from daemon.dialects.contracts.masking import Masks
from eventstore.events import JobRestarted, JobSubmitted
from eventstore.store import EventStoreError, Recorded
from projections.jobs import STREAMS, job_of

Ask = Callable[[Collection[str]], Awaitable[dict[str, tuple[str, ...]]]]


class Masking:
    """Listens to the log. Of jobs submitted before ``begin`` it asks the read models; the
    answers for ``known_jobs`` jobs are kept."""

    def __init__(self, ask: Ask, *, known_jobs: int) -> None:
        self._ask = ask
        self._room = known_jobs
        self._known: OrderedDict[str, Masks] = OrderedDict()
        self._since: int | None = None
        """A job submitted behind this position masks what its submit says, unless more is
        known of it."""
        self._head = 0

    def begin(self, head: int) -> None:
        self._since = self._head = head

    def on_durable(self, events: Sequence[Recorded]) -> None:
        for one in events:
            if isinstance(one.event, JobSubmitted | JobRestarted) and one.event.masked:
                self._keep(job_of(one), Masks(one.event.masked))
        self._head = events[-1].position if events else self._head

    def on_failed(self, first_lost: int, error: EventStoreError) -> None:
        """Nothing of it was told."""

    async def of(self, events: Iterable[Recorded]) -> dict[str, Masks]:
        """By stream, for the jobs that mask anything. Raises what reading the rows raises:
        nothing is shown when it cannot be told what is masked."""
        jobs: dict[str, Masks | None] = {}
        for one in events:
            if one.stream.startswith(STREAMS):
                job = job_of(one)
                jobs[job] = jobs.get(job) or self._told(job, one)
        unknown = [job for job, masks in jobs.items() if masks is None]
        if unknown:
            found = await self._ask(unknown)
            for job in unknown:
                jobs[job] = Masks(found.get(job, ()))
                self._keep(job, Masks(found.get(job, ())))
        return {f"{STREAMS}{job}": masks for job, masks in jobs.items() if masks}

    def _told(self, job: str, one: Recorded) -> Masks | None:
        """What is known of the job, or can be told from its submit; None: nothing."""
        known = self._known.get(job)
        if known is not None:
            return known
        is_new = self._since is not None and one.position > self._since
        if is_new and isinstance(one.event, JobSubmitted):
            return Masks(one.event.masked)
        return None

    def _keep(self, job: str, masks: Masks) -> None:
        self._known[job] = masks
        self._known.move_to_end(job)
        while len(self._known) > self._room:
            if self._known.popitem(last=False)[1]:
                self._since = self._head
