"""Starts with an idempotency key: of many with one key, one starts a job (conductor.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from daemon.decider.commands import Submit
from daemon.decider.turn import Pinned, Refusal, RefusalKind
from daemon.reactor.jobs import Context, Done, Jobs
from daemon.reactor.keys import Holder, Keys, entry
from eventstore.store import Entry


class Strategy(StrEnum):
    """What to do where the key stands for a job of the workflow already."""

    FAIL = "FAIL"
    RETURN_EXISTING = "RETURN_EXISTING"
    FAIL_ON_RUNNING = "FAIL_ON_RUNNING"
    """Start another once that one has ended."""


class Claims:
    def __init__(self, keys: Keys, jobs: Jobs) -> None:
        self._keys = keys
        self._jobs = jobs

    def submit(
        self,
        pinned: Pinned,
        command: Submit,
        strategy: Strategy,
        context: Context,
        guards: tuple[Entry, ...],
        documents: Mapping[str, bytes],
    ) -> Done | Refusal:
        """Take the key in the batch that starts the job. Raises Cold."""
        key = command.idempotency_key
        if key is None:
            return self._jobs.submit(pinned, command, context, guards=guards, documents=documents)
        cell = self._keys.cell(command.workflow, key)
        if cell.tail is not None:
            refusal = self._judge(cell.tail, command, strategy)
            if refusal is not None:
                return refusal
        taking = entry(cell, command.workflow, key, command.job_id)
        done = self._jobs.submit(
            pinned, command, context, guards=(*guards, taking), documents=documents
        )
        if isinstance(done, Done):
            self._keys.taken(cell, command.job_id, done.position)
        return done

    def _judge(self, holder: Holder, command: Submit, strategy: Strategy) -> Refusal | None:
        """Why there is no other job; None: there may be one."""
        state = self._jobs.cell(holder.job_id).tail
        status = None if state is None else state.status
        if strategy is Strategy.FAIL_ON_RUNNING and (state is None or state.has_ended):
            return None
        return Refusal(
            kind=RefusalKind.KEY_TAKEN,
            message=f"workflow {command.workflow!r} was started with the idempotency key "
            f"{command.idempotency_key!r} before: job {holder.job_id}",
            status=status,
            existing=holder.job_id if strategy is Strategy.RETURN_EXISTING else None,
        )
