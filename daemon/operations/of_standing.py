"""Where single tasks stand among those of their job, for an interface that shows them alone.
Beside the table: nobody else asks."""

from __future__ import annotations

from daemon.decider.state import JobState, TaskState
from daemon.operations.answering import Answer, Call, Operation
from daemon.operations.calls import Result
from daemon.operations.house import House
from daemon.operations.of_jobs import no_such_job
from daemon.operations.parameters import Name, Parameters
from eventstore.events import TaskStatus
from projections.times import iso


class Standing(Parameters, frozen=True, kw_only=True):
    job_id: Name
    task_ids: list[Name]


def standing(house: House, call: Call, asked: Standing) -> Answer:
    """Of the tasks asked for: ``places`` (0 for one that was skipped) and ``retriedAt``, when
    the next attempt was scheduled. ``endedLast``: those that ended in the moment in which the
    job did. Costs what the job is long, but little for each task."""
    state = house.jobs.cell(asked.job_id).durable
    if state is None:
        raise no_such_job(asked.job_id)
    return _standing(state, frozenset(asked.task_ids))


def _standing(state: JobState, wanted: frozenset[str]) -> Result:
    places: dict[str, int] = {}
    retried_at: dict[str, str] = {}
    ended_last = []
    place = 0
    for task in state.in_order():
        place += task.status is not TaskStatus.SKIPPED
        task_id = state.task_id(task.number)
        if task_id in wanted:
            places[task_id] = 0 if task.status is TaskStatus.SKIPPED else place
            if task.retried:
                retried_at[task_id] = iso(_next_attempt(state, task).scheduled_at)
        if state.ended_at is not None and task.ended_at == state.ended_at:
            ended_last.append(_short(task_id, task))
    return {"places": places, "retriedAt": retried_at, "endedLast": ended_last}


def _next_attempt(state: JobState, task: TaskState) -> TaskState:
    attempts = (state.tasks[number] for number in state.numbers(task.ref))
    return next((one for one in attempts if one.retry_of == task.number), task)


def _short(task_id: str, task: TaskState) -> dict[str, str]:
    return {
        "taskId": task_id,
        "ref": task.ref,
        "taskType": task.task_type,
        "status": task.status.value,
    }


STANDING = Operation(
    name="job.tasks",
    summary="Where tasks stand in their job",
    parameters=Standing,
    result=dict,
    handler=standing,
)
"""For its permission it is the operation of the table whose name it has."""
