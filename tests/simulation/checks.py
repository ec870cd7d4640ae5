"""What must be true of every world, whatever was done to it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from daemon.decider.evolve import fold
from daemon.decider.on_timer import deadlines
from daemon.decider.state import JobState, TaskState
from daemon.decider.waiting import Waiting, waiting_for
from daemon.operations.house import House
from daemon.queues.queue import TaskKey
from daemon.reactor.reactions import asks_failure_job
from daemon.timers.heap import JOB
from eventstore.events import (
    ActionEnded,
    CachedOutputFound,
    HandlerMatched,
    JobStatus,
    JobSubmitted,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskFailed,
    TaskProgressed,
    TaskReturned,
    TaskStarted,
    TaskStatus,
    TaskTimedOut,
)
from eventstore.store import Recorded
from projections.dump import dump
from tests.simulation.checks_of_caching import outputs_are_kept
from tests.simulation.checks_of_limits import limits_are_kept
from tests.simulation.clients import Client
from tests.simulation.world import World

ENDS = TaskCompleted | TaskFailed | TaskDecided | TaskTimedOut | TaskCanceled | CachedOutputFound


async def check(world: World, results: list[tuple[str, str]] | None = None) -> None:
    """Everything below, of a world in which nothing is on its way any more. ``results``:
    what workers were told is accepted."""
    life = await world.alive()
    house = life.daemon.house
    await life.store.durable(life.store.next_position - 1)
    events = await life.store.read_all(limit=1_000_000)
    assert [one.position for one in events] == list(range(1, len(events) + 1))
    hands_out_once(events)
    acknowledged(events, results or [])
    acts_once(events)
    outputs_are_kept(events)
    assert await life.store.open_streams(prefix="message/") == [], "a message is left undone"
    jobs = await _folded(house, events)
    for state in jobs.values():
        says_what_it_waits_for(house, state)
        await row_finds_it_again(house, state)
        knows_its_family(state, jobs)
    await limits_are_kept(house, events, jobs)
    _no_ghosts(house, jobs)
    await _clean_projections(world, house)


def hands_out_once(events: list[Recorded]) -> None:
    """One hand-out per attempt unless it came back, and none after the end."""
    held: set[tuple[str, int]] = set()
    ended: set[tuple[str, int]] = set()
    for one in events:
        event: Any = one.event
        key = (one.stream, getattr(event, "task", None) or 0)
        match event:
            case TaskStarted():
                assert key not in held, f"{key} was handed out twice, again at {one.position}"
                assert key not in ended, f"{key} runs again at {one.position}"
                held.add(key)
            case TaskReturned() | TaskProgressed():
                held.discard(key)
            case TaskCompleted() | TaskFailed():
                assert key not in ended, f"{key} has two results, again at {one.position}"
                ended.add(key)
            case _ if isinstance(event, ENDS):
                ended.add(key)


def acts_once(events: list[Recorded]) -> None:
    """Every action of every handler that a message met ended once, and asked one thing of one
    job at most."""
    wanted: set[tuple[str, str, int]] = set()
    ended: set[tuple[str, str, int]] = set()
    asked: set[str] = set()
    for one in events:
        event: Any = one.event
        match event:
            case HandlerMatched():
                wanted |= {(one.stream, event.handler, number) for number in range(event.actions)}
            case ActionEnded():
                key = (one.stream, event.handler, event.action)
                assert key not in ended, f"{key} ended twice, again at {one.position}"
                ended.add(key)
            case _ if event.fact and one.cause is not None and one.stream.startswith("job/"):
                cause = events[one.cause - 1]
                if isinstance(cause.event, HandlerMatched):
                    assert one.request is not None
                    assert one.request not in asked, f"{one.request} is done again"
                    asked.add(one.request)
    assert wanted == ended


async def _folded(house: House, events: list[Recorded]) -> dict[str, JobState]:
    """Every job of the log; what the daemon has in memory is the same."""
    streams: dict[str, list[Recorded]] = defaultdict(list)
    for one in events:
        if one.stream.startswith("job/"):
            streams[one.stream.removeprefix("job/")].append(one)
    jobs: dict[str, JobState] = {}
    for job_id, own in streams.items():
        state = fold(own)
        assert state is not None
        assert isinstance(own[0].event, JobSubmitted)
        await house.jobs.load(job_id)
        cell = house.jobs.cell(job_id)
        assert cell.on_the_way == 0, f"{job_id} has decisions on their way"
        assert cell.tail == state, f"{job_id}: the tail is not the fold"
        assert cell.durable == state, f"{job_id}: the durable state is not the fold"
        jobs[job_id] = state
    return jobs


def says_what_it_waits_for(house: House, state: JobState) -> None:
    """And what it says is so: in the queue, in the hands of somebody, armed."""
    waiting = waiting_for(state, house.inside.task_types, house.reactor.lanes.places(state))
    assert bool(waiting) is not state.has_ended, f"job {state.job_id} waits for nothing"
    assert asks_failure_job(state) is None, f"{state.job_id} still asks for its failure job"
    assert not state.messages, f"{state.job_id} still wants messages published"
    for one in waiting:
        _is_so(house, state, one)
    if state.has_ended:
        assert not _armed(house, (state.job_id, JOB)), "an ended job has a timer"
        return
    for timer, due in state.timers.items():
        if "/" not in timer:
            assert _armed(house, (state.job_id, JOB)).get(timer) == due
    for task in state.open_tasks():
        _deadlines_are_armed(house, state, task)


def knows_its_family(state: JobState, jobs: dict[str, JobState]) -> None:
    """Each job that a task waits for is there and waited for, and no longer than it runs; no
    job runs on for a task that was given up."""
    assert not state.terminations, f"{state.job_id} still asks for the end of other jobs"
    for task in state.open_tasks():
        assert task.child is None, f"{state.task_id(task.number)} still asks for a job"
        child = None if task.child_job is None else jobs.get(task.child_job)
        assert child is not None or not task.starts_job or task.wants_job, f"no job for {task}"
        assert child is None or not child.has_ended, f"{task.child_job} has not told its end"
    if state.parent_job is None or state.has_ended:
        return
    parent = jobs[state.parent_job]
    asked = next((one for one in parent.in_order() if one.child_job == state.job_id), None)
    orphan = asked is not None and asked.status is TaskStatus.CANCELED and parent.has_ended
    assert not orphan, f"{state.job_id} runs on after {parent.job_id} was given up"


def _is_so(house: House, state: JobState, one: Waiting) -> None:
    number = int((one.task_id or ".0").rpartition(".")[2])
    key = (state.job_id, number)
    match one.kind:
        case "worker":
            assert in_queue(house, key), f"{one} is in no queue"
        case "result":
            task = state.tasks[number]
            watched = bool(task.session) and _is_watched(house, key, str(task.session))
            assert watched or task.respond_by or task.end_by, f"nobody watches {one}"
            assert not in_queue(house, key), f"{one} is in a queue as well"
        case "executor":
            assert in_queue(house, key) or key in house.inside._held, f"no executor has {one}"
        case "timer":
            assert one.at in _armed(house, key).values(), f"{one} is not armed"
        case "operator":
            assert state.status is JobStatus.PAUSED
        case "outsideEvent":
            assert one.ids
        case "job":
            assert one.job_id
        case "slot":
            assert one.limit
            assert number == 0 or in_queue(house, key), f"{one} is in no queue"
        case _:
            raise AssertionError(f"unknown kind: {one}")


def _is_watched(house: House, key: TaskKey, session: str) -> bool:
    """Its session is there, or its grace period runs."""
    sessions = house.sessions
    there = session in sessions._speakers or session in sessions._leaving
    return there and sessions.holder(key) == session


def acknowledged(events: list[Recorded], results: list[tuple[str, str]]) -> None:
    """What a worker was told is accepted (task id, status) stands in the log."""
    recorded = {
        (f"{one.stream.removeprefix('job/')}.{one.event.task}", _RESULTS[type(one.event)])
        for one in events
        if isinstance(one.event, TaskCompleted | TaskFailed | TaskProgressed | TaskExecuted)
    }
    for task_id, status in results:
        kind = status if status in ("COMPLETED", "IN_PROGRESS") else "FAILED"
        assert (task_id, kind) in recorded, f"the accepted {status} of {task_id} is lost"


_RESULTS = {
    TaskCompleted: "COMPLETED",
    TaskExecuted: "COMPLETED",
    TaskFailed: "FAILED",
    TaskProgressed: "IN_PROGRESS",
}


def _deadlines_are_armed(house: House, state: JobState, task: TaskState) -> None:
    armed = _armed(house, (state.job_id, task.number))
    now = house.store.now()
    for timer, due in deadlines(task):
        if due > now:
            assert armed.get(timer) == due, f"{timer} of {state.job_id} is not armed: {armed}"


def in_queue(house: House, key: TaskKey) -> bool:
    where = house.handout._where.get(key)
    return where is not None and key in house.handout._queues[where]._present


def _armed(house: House, key: TaskKey) -> dict[str, int]:
    return house.timers._armed.get(key, {})


def _no_ghosts(house: House, jobs: dict[str, JobState]) -> None:
    """No queue, timer or session knows of a task that is not open."""
    alive = {(job_id, number) for job_id, state in jobs.items() for number in state.open}
    of_jobs = {(job_id, JOB) for job_id, state in jobs.items() if not state.has_ended}
    queued = {key for queue in house.handout._queues.values() for key in queue._present}
    assert queued <= alive, f"in a queue, but not open: {queued - alive}"
    of_limits = {(limit, JOB) for limit in house.reactor.lanes._lanes}
    assert set(house.timers._armed) <= alive | of_jobs | of_limits, "a timer of what is not open"
    assert set(house.sessions._holder) <= alive, "a session holds what is not open"
    assert set(house.handout._in_hands) <= alive, "in hands, but not open"


async def row_finds_it_again(house: House, state: JobState) -> None:
    """The index of open streams leads a start to every job that still has to go on."""
    row = await house.store.stream_row(f"job/{state.job_id}")
    assert row is not None
    assert row.sequence == state.sequence
    assert row.open or state.has_ended, f"{state.job_id} is not open in the index"
    due = [at for task in state.open_tasks() for _, at in deadlines(task)]
    due += [task.ready_at for task in state.open_tasks() if task.ready_at is not None]
    due += [] if state.has_ended else state.timers.values()
    if due:
        assert row.due_at is not None, f"{state.job_id} has timers, but is not in the index"
        assert row.due_at <= min(due), f"{state.job_id} is due earlier than the index says"


async def _clean_projections(world: World, house: House) -> None:
    auditor = Client(world, "auditor")
    verdict = await auditor.read("audit.verify")
    assert verdict["ok"], verdict
    verdict = await auditor.read("replay.verify")
    assert verdict["ok"], verdict["differences"]
    before = await house.read_models.read(dump)
    await auditor.read("projections.rebuild")
    after = await house.read_models.read(dump)
    assert before == after, "the rebuilt rows differ"
