"""What an interface of this process asks in the name of a worker, beside the table: tasks come
as records, for the interface to write as its workers read them."""

from __future__ import annotations

from daemon.operations import of_tasks
from daemon.operations import parameters as p
from daemon.operations.answering import LATER, Answer, Call, Operation, WaitingAnswer, Written
from daemon.operations.house import House
from daemon.operations.of_jobs import task_key
from daemon.queues.handout import QueueKey
from daemon.queues.queue import Poll, TaskKey
from daemon.queues.work_order import WorkOrder
from eventstore.events import TaskStatus


def take(house: House, call: Call, asked: p.TaskPoll) -> Answer:
    of_tasks.begin_poll(house, call, asked, _as_it_is)
    return LATER


def _as_it_is(order: WorkOrder) -> WorkOrder:
    return order


def exchange(house: House, call: Call, asked: p.TaskExchange) -> Answer:
    """A report, and what is ready in the queue that its task came from: both share one commit.
    Nothing is taken before the task has ended, but what ended earlier is as good."""
    key = task_key(asked.task_id, "/taskId")
    queue = _queue_of(house, key)
    answer = of_tasks.report(house, call, asked, key)
    position = 0
    if isinstance(answer, Written):
        position = answer.position
        answer = of_tasks.updated(answer.events, answer.state)
    tasks: list[WorkOrder] = []
    if queue is not None and asked.status not in (None, TaskStatus.IN_PROGRESS.value):
        tasks, taken = _ready(house, call, queue, asked.worker_id or call.peer.actor)
        position = taken or position
    result = {**answer, "tasks": tasks}
    if position:
        house.ledger.when_durable(position, WaitingAnswer(call.reply, result))
    else:
        call.reply(result)
    return LATER


def _queue_of(house: House, key: TaskKey) -> QueueKey | None:
    """Raises Cold."""
    state = house.jobs.cell(key[0]).tail
    task = None if state is None else state.tasks.get(key[1])
    return None if task is None else house.handout.queue_of(key, task.task_type, task.domain)


def _ready(house: House, call: Call, queue: QueueKey, worker: str) -> tuple[list[WorkOrder], int]:
    """One task or none, of no session, and the position behind it."""
    found: list[WorkOrder] = []
    position = 0

    def deliver(tasks: list[WorkOrder], behind: int) -> None:
        nonlocal position
        found.extend(tasks)
        position = behind

    task_type, domain = queue
    wish = Poll(
        task_type=task_type,
        domain=domain,
        worker=worker,
        session="",
        actor=call.peer.actor,
        count=1,
        deliver=deliver,
        connection=call.peer.session,
    )
    house.handout.wait(wish, 0)
    return found, position


TAKE = Operation(
    name="task.poll",
    summary="Take up to count tasks of a type",
    parameters=p.TaskPoll,
    result=dict,
    handler=take,
)
EXCHANGE = Operation(
    name="task.update",
    summary="Report a result and take the next task of the same type",
    parameters=p.TaskExchange,
    result=dict,
    handler=exchange,
)
"""For their permissions they are the operations of the table whose names they have."""
