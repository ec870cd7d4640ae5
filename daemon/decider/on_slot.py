"""A limit has a slot for a job that waited for one."""

from __future__ import annotations

from daemon.decider.commands import Admit
from daemon.decider.follow import begin
from daemon.decider.on_job import start, start_clock
from daemon.decider.on_retry import rerun_from, retry_all
from daemon.decider.turn import Refusal, RefusalKind, Turn
from eventstore.events import JobAdmitted, JobRerun, JobRestarted, JobRetried


def admit(turn: Turn, command: Admit) -> Refusal | None:
    before = turn.state
    admission = before.admission
    if admission is None or before.has_ended or admission.awaits != command.limit:
        return Refusal(
            kind=RefusalKind.NOT_EXPECTED,
            message=f"job {before.job_id} waits for no slot of {command.limit}",
            status=before.status,
        )
    postponed = admission.postponed
    goes_on = command.awaits is None
    begins = goes_on and not isinstance(postponed, JobRetried | JobRerun)
    turn.emit(JobAdmitted(limit=command.limit, awaits=command.awaits, begins=begins))
    if not goes_on:
        return None
    match postponed:
        case None:
            start(turn)
        case JobRestarted():
            start_clock(turn)
            begin(turn)
        case JobRetried():
            retry_all(turn, before)
        case JobRerun():
            rerun_from(turn, before, postponed)
    return None
