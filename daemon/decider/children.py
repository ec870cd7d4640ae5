"""Jobs that do the work of a task: asking for them, ending them."""

from __future__ import annotations

from hashlib import sha256

import orjson

from daemon.decider.identity import derived_job_id
from daemon.decider.schedule import end_with
from daemon.decider.state import TaskState
from daemon.decider.turn import Turn
from daemon.dialects.plan import ChildJob, Fault
from eventstore.events import ChildRequested, ChildTerminationRequested


def ask_for_child(turn: Turn, task: TaskState) -> None:
    wanted = turn.plan.child(turn.state, task)
    if isinstance(wanted, Fault):
        end_with(turn, task.number, wanted)
        return
    state = turn.state
    turn.emit(
        ChildRequested(
            task=task.number,
            job_id=derived_job_id(state.frame.seed, state.sequence + 1, turn.now),
            workflow=wanted.workflow,
            version_number=wanted.version_number,
            version_id=wanted.version_id,
            tag=wanted.tag,
            definition=_kept(turn, wanted),
            correlation_id=wanted.correlation_id,
            priority=wanted.priority,
            domains=dict(wanted.domains or state.frame.domains),
            attached=wanted.attached,
            idempotency_key=wanted.idempotency_key,
            idempotency_strategy=wanted.idempotency_strategy,
            output_key=wanted.output_key,
            input=wanted.input,
        )
    )


def _kept(turn: Turn, wanted: ChildJob) -> str | None:
    """The digest of a definition that only the child uses; it is stored with the intent."""
    if wanted.definition is None:
        return None
    document = orjson.dumps(wanted.definition)
    digest = sha256(document).hexdigest()
    turn.documents[digest] = document
    return digest


def end_child(turn: Turn, task: TaskState, reason: str) -> None:
    """Ask for the end of the job that works for ``task``, which has just been ended, unless
    that job is to go on with nobody waiting for it."""
    if task.child_job is None or not task.is_open:
        return
    if turn.plan.rules(turn.state, task).ends_child:
        turn.emit(ChildTerminationRequested(task=task.number, job_id=task.child_job, reason=reason))
