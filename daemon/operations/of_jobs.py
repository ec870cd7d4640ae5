"""``job.*``."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.decider.commands import (
    Command,
    Pause,
    Rerun,
    Restart,
    Resume,
    Retry,
    SendEvent,
    SkipTask,
    Terminate,
)
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.operations import parameters as p
from daemon.operations.answering import LATER, Answer, Call, WaitingAnswer, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.descendants import deepest_failed, is_within
from daemon.operations.documents import job_document
from daemon.operations.house import House
from daemon.operations.noting import unchanged
from daemon.operations.of_workflows import selector_of, usable_definition
from daemon.operations.past import job_at
from daemon.operations.refusals import invalid, refused
from daemon.operations.times import time_of
from daemon.reactor.jobs import Done
from daemon.reactor.starts import Wanted
from eventstore.events import (
    Event,
    JobStatus,
    JobSubmitted,
)
from projections.job_queries import JobFilter


def submit(house: House, call: Call, asked: p.JobSubmit) -> Answer:
    wanted = _wanted(house, call, asked)
    selector = selector_of(asked.version, "/version")
    done = house.starts.submit(asked.workflow, selector, wanted, call.context)
    return _submitted(house, call, done)


def submit_definition(house: House, call: Call, asked: p.JobSubmitDefinition) -> Answer:
    """A job of a definition that is kept for it alone and belongs to no workflow."""
    wanted = _wanted(house, call, asked)
    definition = usable_definition(house, asked.definition)
    return _submitted(house, call, house.starts.submit_document(definition, wanted, call.context))


def _submitted(house: House, call: Call, done: Done | Refusal) -> Answer:
    """The job that an idempotency key stands for is told once its start is durable."""
    if not isinstance(done, Refusal) or done.existing is None:
        return _written(done)
    job_id = done.existing
    answer = {"jobId": job_id}
    if call.request is not None:
        return unchanged(call, answer, lambda noted: house.jobs.note(job_id, noted, call.context))
    last = house.store.next_position - 1
    house.ledger.when_durable(last, WaitingAnswer(call.reply, answer))
    return LATER


def _wanted(house: House, call: Call, asked: p.JobSubmit | p.JobSubmitDefinition) -> Wanted:
    return Wanted(
        input=asked.input,
        correlation_id=asked.correlation_id,
        priority=asked.priority,
        domains=asked.task_to_domain,
        idempotency_key=asked.idempotency_key,
        strategy=asked.idempotency_strategy,
    )


def submitted(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, JobSubmitted)
    return {"jobId": event.job_id}


def get(house: House, call: Call, asked: p.JobGet) -> Answer:
    if asked.at is not None:
        return job_at(house, asked.job_id, asked.at, with_tasks=asked.include_tasks)
    state = house.jobs.cell(asked.job_id).durable
    if state is None:
        raise no_such_job(asked.job_id)
    places = house.reactor.lanes.places(state)
    return job_document(state, house.inside.task_types, places, with_tasks=asked.include_tasks)


def no_such_job(job_id: str) -> OperationError:
    return OperationError(ErrorType.NOT_FOUND, f"there is no job {job_id!r}")


def list_jobs(house: House, call: Call, asked: p.JobList) -> Answer:
    if asked.status is not None and asked.status not in JobStatus.__members__:
        raise invalid("/status", f"{asked.status!r} is none of {', '.join(JobStatus)}")
    wanted = JobFilter(
        workflow=asked.workflow,
        statuses=() if asked.status is None else (JobStatus(asked.status),),
        correlation_id=asked.correlation_id,
        created_after=time_of(asked.created_after, "/createdAfter"),
        created_before=time_of(asked.created_before, "/createdBefore"),
    )
    return house.read_models.job_list(wanted, limit=asked.limit, cursor=asked.cursor)


def pause(house: House, call: Call, asked: p.OneJob) -> Answer:
    return _change(house, call, asked.job_id, Pause())


def resume(house: House, call: Call, asked: p.OneJob) -> Answer:
    return _change(house, call, asked.job_id, Resume())


def terminate(house: House, call: Call, asked: p.JobTerminate) -> Answer:
    return _change(house, call, asked.job_id, Terminate(reason=asked.reason))


def retry(house: House, call: Call, asked: p.JobRetry) -> Answer:
    """With ``resumeSubworkflows`` the job below it, at any depth, in which the failure began
    goes on, and its ancestors with it; the answer names that job."""
    command = Retry(resume_subworkflows=asked.resume_subworkflows)
    deep = asked.resume_subworkflows
    job_id = deepest_failed(house.jobs, asked.job_id) if deep else asked.job_id
    return _change(house, call, job_id, command)


def restart(house: House, call: Call, asked: p.JobRestart) -> Answer:
    state = house.jobs.cell(asked.job_id).tail
    if state is None:
        raise no_such_job(asked.job_id)
    frame = state.frame
    if asked.use_latest:
        version = house.starts.latest_of(state)
        if isinstance(version, Refusal):
            raise refused(version)
        pins, document = house.starts.pins_of(version)
        command = Restart(
            use_latest=True,
            version_id=version.version_id,
            version_number=version.number,
            dialect=version.dialect,
            definition=version.definition,
            pins=pins,
        )
        return _change(house, call, asked.job_id, command, {pins: document})
    command = Restart(
        use_latest=False,
        version_id=frame.version_id,
        version_number=frame.version_number,
        dialect=frame.dialect,
        definition=frame.definition,
        pins=frame.pins,
    )
    return _change(house, call, asked.job_id, command)


def rerun(house: House, call: Call, asked: p.JobRerun) -> Answer:
    """A task of a job that works for this one, at any depth, has that job run again from it;
    the answer names that job."""
    number, job_id = None, asked.job_id
    if asked.task_id is not None:
        job_id, number = task_key(asked.task_id, "/taskId")
        _check_within(house, asked, job_id)
    command = Rerun(
        task=number,
        replaces_task_input=asked.task_input is not None,
        replaces_input=asked.input is not None,
        correlation_id=asked.correlation_id,
        task_input=asked.task_input,
        input=asked.input,
    )
    return _change(house, call, job_id, command)


def _check_within(house: House, asked: p.JobRerun, job_id: str) -> None:
    if job_id == asked.job_id:
        return
    if not is_within(house.jobs, job_id, asked.job_id):
        raise invalid("/taskId", f"task {asked.task_id} is not of job {asked.job_id}")
    for path, value in (("/input", asked.input), ("/correlationId", asked.correlation_id)):
        if value is not None:
            raise invalid(
                path, f"task {asked.task_id} is of job {job_id}: only taskInput can be given for it"
            )


def skip_task(house: House, call: Call, asked: p.JobSkipTask) -> Answer:
    command = SkipTask(ref=asked.ref, input=asked.input, output=asked.output)
    return _change(house, call, asked.job_id, command)


def send_event(house: House, call: Call, asked: p.JobSendEvent) -> Answer:
    command = SendEvent(event_id=asked.event_id, payload=asked.payload)
    return _change(house, call, asked.job_id, command)


def changed(events: Sequence[Event], state: JobState | None) -> Result:
    """``jobId, status`` as the events left the job."""
    assert state is not None, "the answer is about a job"
    return {"jobId": state.job_id, "status": state.status.value}


def task_key(task_id: str, path: str) -> tuple[str, int]:
    """Job id and number of a public task id."""
    job_id, dot, number = task_id.rpartition(".")
    if not dot or not job_id or not (number.isascii() and number.isdigit()):
        raise invalid(path, f"{task_id!r} is no task id: they look like <jobId>.<number>")
    return job_id, int(number)


def _change(
    house: House,
    call: Call,
    job_id: str,
    command: Command,
    documents: dict[str, bytes] | None = None,
) -> Answer:
    done = house.jobs.execute(job_id, command, call.context, documents)
    if isinstance(done, Refusal) and done.kind is RefusalKind.NOTHING_TO_CHANGE:
        answer = {"jobId": job_id, "status": done.status}
        return unchanged(call, answer, lambda noted: house.jobs.note(job_id, noted, call.context))
    return _written(done)


def _written(done: Done | Refusal) -> Written:
    if isinstance(done, Refusal):
        raise refused(done)
    return Written(done.position.last, done.events, done.after)
