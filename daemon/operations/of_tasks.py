"""``task.*`` and ``queue.list``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from daemon.decider.commands import Command, Extend, Log, Report
from daemon.decider.evolve import fold
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.executors.handoff import MissingSecret
from daemon.operations import parameters as p
from daemon.operations.answering import (
    LATER,
    Answer,
    Call,
    WaitingAnswer,
    Written,
    request_id_reused,
)
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.documents import task_document
from daemon.operations.house import House
from daemon.operations.of_jobs import task_key
from daemon.operations.refusals import invalid, refused
from daemon.queues.queue import Poll
from daemon.queues.work_order import WorkOrder
from daemon.reactor.cold import Cold
from daemon.reactor.limits import STREAMS as LIMITS
from daemon.reactor.work import work_order
from eventstore.events import (
    Event,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskLogged,
    TaskProgressed,
    TaskStarted,
    TaskStatus,
)
from eventstore.store import Recorded
from projections.task_queries import TaskFilter
from projections.times import iso_or_none

_WORDS = {status: status.value for status in TaskStatus}
_REPORTS = {
    _WORDS[status]: status
    for status in (
        TaskStatus.IN_PROGRESS,
        TaskStatus.COMPLETED,
        TaskStatus.FAILED,
        TaskStatus.FAILED_WITH_TERMINAL_ERROR,
        TaskStatus.CANCELED,
    )
}


def poll(house: House, call: Call, asked: p.TaskPoll) -> Answer:
    begin_poll(house, call, asked, WorkOrder.document)
    return LATER


def begin_poll(
    house: House, call: Call, asked: p.TaskPoll, shown: Callable[[WorkOrder], Any]
) -> None:
    """Replies with the tasks as they are ``shown``."""
    _within("count", asked.count, house.bounds.max_poll_count)
    _within("waitSeconds", asked.wait_seconds, house.bounds.max_poll_wait_seconds)
    earlier = _waiting_copy(house, call)
    session = call.peer.session if asked.session is None else asked.session
    if session:
        house.sessions.speaks(call.peer.session, session)
    wish = Poll(
        task_type=asked.task_type,
        domain=asked.domain,
        worker=asked.worker_id,
        session=session,
        actor=call.peer.actor,
        count=asked.count,
        deliver=lambda tasks, position: _deliver(
            house, call, wish, [shown(one) for one in tasks], position
        ),
        request=call.request,
        connection=call.peer.session,
    )
    if earlier is not None:
        house.polls.take_over(earlier, wish)
    house.polls.add(wish)
    house.handout.wait(wish, asked.wait_seconds)


def _waiting_copy(house: House, call: Call) -> Poll | None:
    """The poll that waits under the request id of this one."""
    if call.request is None:
        return None
    earlier = house.polls.asked(call.peer.actor, call.request.request_id)
    if earlier is not None and earlier.request != call.request:
        raise request_id_reused(call.request.request_id, call.method)
    return earlier


def _within(name: str, value: float, limit: float) -> None:
    if value > limit:
        setting = {"count": "max_poll_count", "waitSeconds": "max_poll_wait_seconds"}[name]
        raise invalid(f"/{name}", f"{value:g} is above {limit:g} (workers.{setting})")


def _deliver(house: House, call: Call, wish: Poll, tasks: list[Any], position: int) -> None:
    house.polls.discard(wish)
    if tasks:
        house.ledger.when_durable(position, WaitingAnswer(call.reply, {"tasks": tasks}))
    else:
        call.reply({"tasks": []})


async def polled_before(house: House, call: Call, events: Sequence[Recorded]) -> Result:
    """The tasks that a poll with this request id got the first time. Whoever asks again holds
    what is still in those hands."""
    first = events[0]
    tasks: list[dict[str, Any]] = []
    after = first.position - 1
    while page := await house.store.read_all(after=after, limit=house.bounds.max_limit):
        for one in page:
            if one.stream.startswith(LIMITS):
                continue
            same = one.request == first.request and one.actor == first.actor
            if not same or not isinstance(one.event, TaskStarted):
                return {"tasks": tasks}
            state = fold(await house.store.read(one.stream, limit=one.sequence))
            assert state is not None, "an event of a job that there is"
            if house.sessions.holder((state.job_id, one.event.task)) == one.event.session:
                house.sessions.speaks(call.peer.session, one.event.session)
            order = await _order(house, state, one.event.task)
            if order is not None:
                tasks.append(order)
        after = page[-1].position
    return {"tasks": tasks}


async def _order(house: House, state: JobState, number: int) -> dict[str, Any] | None:
    """None: it could not be handed out for want of a secret."""
    while True:
        try:
            pinned = house.jobs.pinned(state)
            task = state.tasks[number]
            return work_order(pinned, house.reactor.sources, state, task).document()
        except Cold as cold:
            await cold.load()
        except MissingSecret:
            return None


def update(house: House, call: Call, asked: p.TaskUpdate) -> Written | Result:
    return report(house, call, asked, task_key(asked.task_id, "/taskId"))


def report(
    house: House, call: Call, asked: p.TaskUpdate, task: tuple[str, int]
) -> Written | Result:
    job_id, number = task
    command = _command(number, asked)
    if asked.merge_output and isinstance(command, Report):
        command = replace(command, output=_merged(house, job_id, number, asked.output))
    _speak_for_holder(house, call, job_id, number, asked.worker_id)
    done = house.jobs.execute(job_id, command, call.context)
    if isinstance(done, Refusal):
        return _not_accepted(done)
    return Written(done.position.last, done.events, done.after)


def _speak_for_holder(
    house: House, call: Call, job_id: str, number: int, worker: str | None
) -> None:
    """A worker that came back on another connection is there again. Anybody else may report
    on its task without being taken for it. Raises Cold."""
    state = house.jobs.cell(job_id).tail
    task = None if state is None else state.tasks.get(number)
    holder = house.sessions.holder((job_id, number))
    if holder is not None and task is not None and task.worker == worker:
        house.sessions.speaks(call.peer.session, holder)


def _command(number: int, asked: p.TaskUpdate) -> Command:
    if asked.status is None:
        if not asked.extend_lease:
            raise invalid("/status", "say the status, or extendLease: true")
        return Extend(task=number, worker=asked.worker_id)
    status = _REPORTS.get(asked.status)
    if status is None:
        raise invalid("/status", f"{asked.status!r} is none of {', '.join(_REPORTS)}")
    return Report(
        task=number,
        status=status,
        worker=asked.worker_id,
        output=asked.output,
        reason=asked.reason,
        logs=asked.logs,
        callback_seconds=asked.callback_after_seconds,
    )


def _merged(house: House, job_id: str, number: int, output: Any) -> Any:
    """Raises Cold."""
    state = house.jobs.cell(job_id).tail
    task = None if state is None else state.tasks.get(number)
    before = None if task is None else task.output
    if output is None or not isinstance(before, dict):
        return before if output is None else output
    if not isinstance(output, dict):
        raise invalid("/output", "only an object can be laid over another")
    return {**before, **output}


def _not_accepted(refusal: Refusal) -> Result:
    if refusal.kind in (RefusalKind.TASK_ENDED, RefusalKind.NOT_HELD):
        return {"accepted": False, "status": refusal.status}
    raise refused(refusal)


def updated(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    match event:
        case TaskCompleted() | TaskFailed() | TaskProgressed() | TaskExecuted() | TaskExtended():
            assert state is not None, "an update is about a job's task"
            task = state.tasks.get(event.task)
            status = _as_it_ended(event.task, events) if task is None else task.status
            return {"accepted": True, "status": _WORDS[status]}
    raise TypeError(f"{type(event).__name__} is no update of a task")


def _as_it_ended(number: int, events: Sequence[Event]) -> TaskStatus:
    """Of a task that its loop forgot in the decision that ended it (``keepLastN``)."""
    status = TaskStatus.COMPLETED
    for event in events:
        if isinstance(event, TaskFailed | TaskDecided) and event.task == number:
            status = event.status
    return status


def log(house: House, call: Call, asked: p.TaskLog) -> Answer:
    job_id, number = task_key(asked.task_id, "/taskId")
    done = house.jobs.execute(job_id, Log(task=number, logs=asked.logs), call.context)
    if isinstance(done, Refusal):
        raise refused(done)
    return Written(done.position.last, done.events, done.after)


def logged(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, TaskLogged)
    assert state is not None, "lines are about a job's task"
    return {"taskId": state.task_id(event.task)}


def get(house: House, call: Call, asked: p.TaskGet) -> Answer:
    job_id, number = task_key(asked.task_id, "/taskId")
    state = house.jobs.cell(job_id).durable
    task = None if state is None else state.tasks.get(number)
    if state is None or task is None:
        raise OperationError(ErrorType.NOT_FOUND, f"there is no task {asked.task_id!r}")
    return task_document(state, task)


def list_tasks(house: House, call: Call, asked: p.TaskList) -> Answer:
    if asked.status is not None and asked.status not in TaskStatus.__members__:
        raise invalid("/status", f"{asked.status!r} is none of {', '.join(TaskStatus)}")
    wanted = TaskFilter(
        task_type=asked.task_type,
        statuses=() if asked.status is None else (TaskStatus(asked.status),),
        job_id=asked.job_id,
    )
    return house.read_models.task_list(wanted, limit=asked.limit, cursor=asked.cursor)


def list_queues(house: House, call: Call, asked: p.Nothing) -> Answer:
    return {
        "queues": [
            {
                "taskType": task_type,
                "domain": domain,
                "ready": len(queue) - queue.in_closed_lanes(),
                "waitingForSlot": queue.in_closed_lanes(),
                "held": held,
                "oldest": iso_or_none(queue.oldest()),
                "waitingPolls": sum(1 for one in queue.polls if one.waits),
                "servedInside": task_type in house.inside.task_types,
            }
            for (task_type, domain), queue, held in house.handout.rows()
        ]
    }
