"""Random histories of a log: events that may follow each other, and every kind of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256

from daemon.decider.evolve import evolve
from daemon.decider.state import JobState, TaskState
from eventstore.events import (
    Event,
    FailureJobRefused,
    FailureJobRequested,
    FailureJobStarted,
    JobCompleted,
    JobFailed,
    JobHeld,
    JobPaused,
    JobRerun,
    JobRestarted,
    JobResumed,
    JobRetried,
    JobSubmitted,
    JobTerminated,
    JobTimedOut,
    JobTimeoutAlerted,
    NameTaken,
    OutsideEventReceived,
    RequestNoted,
    TagMoved,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskProgressed,
    TaskReturned,
    TaskScheduled,
    TaskSkipped,
    TasksSuperseded,
    TaskStarted,
    TaskStatus,
    TaskTimedOut,
    TaskTypeDefined,
    TaskTypeDeleted,
    TerminationRequested,
    TimerFired,
    TimerSet,
    ValuesErased,
    VariablesSet,
    VersionAdded,
    WorkflowRegistered,
)
from eventstore.store import Batch, Entry, EventStore, Recorded, Request

ACTORS = ("uid:1000/alice", "uid:1001/bob", "daemon")
START = 1_767_225_600_000_000


class History:
    """Writes records as a log would have them, and knows the jobs in it."""

    def __init__(self) -> None:
        self.records: list[Recorded] = []
        self.jobs: dict[str, JobState] = {}
        self.versions: dict[str, list[str]] = {}
        self._sequences: dict[str, int] = {}

    def add(self, stream: str, event: Event, actor: str = "uid:1000/alice") -> Recorded:
        position = len(self.records) + 1
        sequence = self._sequences[stream] = self._sequences.get(stream, 0) + 1
        at = START + position // 2 * 1_000_000
        digest = sha256(f"{position} {stream} {event}".encode()).digest()
        recorded = Recorded(
            position, stream, sequence, event, at, actor, None, None, None, 1, 1, digest
        )
        self.records.append(recorded)
        if stream.startswith("job/"):
            job_id = stream[4:]
            self.jobs[job_id] = evolve(self.jobs.get(job_id), event, at, position, actor)
        return recorded

    def workflow(self, name: str) -> str:
        workflow_id = f"w-{name}"
        self.add(f"workflow/{workflow_id}", WorkflowRegistered(workflow_id=workflow_id, name=name))
        self.add(f"name/workflow/{name}", NameTaken(name=name, workflow_id=workflow_id))
        self.versions[workflow_id] = []
        return workflow_id

    def version(self, workflow_id: str, *, number: int | None = None) -> str:
        versions = self.versions[workflow_id]
        version_id = f"{workflow_id}-v{len(versions) + 1}"
        event = VersionAdded(
            workflow_id=workflow_id,
            version_id=version_id,
            version_number=number or len(versions) + 1,
            dialect="steps",
            definition="d" * 8,
            revision=number is not None,
        )
        versions.append(version_id)
        self.add(f"workflow/{workflow_id}", event)
        return version_id

    def tag(self, workflow_id: str, tag: str, version_id: str, actor: str = ACTORS[0]) -> Recorded:
        event = TagMoved(workflow_id=workflow_id, tag=tag, version_id=version_id, version_number=1)
        return self.add(f"workflow/{workflow_id}", event, actor)

    def submit(
        self, workflow_id: str, *, correlation_id: str | None = None, actor: str = ACTORS[0]
    ) -> str:
        job_id = f"j{len(self.jobs) + 1:04}"
        event = JobSubmitted(
            job_id=job_id,
            workflow_id=workflow_id,
            workflow=workflow_id[2:],
            version_id=f"{workflow_id}-v1",
            version_number=1,
            dialect="steps",
            definition="d",
            pins="p",
            seed="s",
            correlation_id=correlation_id,
            input={"secret": "canary"},
        )
        self.add(f"job/{job_id}", event, actor)
        return job_id

    def job(self, job_id: str, *events: Event, actor: str = ACTORS[0]) -> None:
        for event in events:
            self.add(f"job/{job_id}", event, actor)


def scheduled(number: int, task_type: str = "greet", **more: object) -> TaskScheduled:
    fields = {"ref": f"s{number}", "name": task_type, "kind": "SIMPLE", **more}
    return TaskScheduled(task=number, task_type=task_type, **fields)  # type: ignore[arg-type]


def started(number: int, worker: str = "w1") -> TaskStarted:
    return TaskStarted(task=number, worker=worker, session="c1")


def random_history(seed: int, length: int) -> History:
    """At least ``length`` events, decided by ``seed`` alone."""
    rng = random.Random(seed)
    history = History()
    history.version(history.workflow("first"))
    while len(history.records) < length:
        if rng.random() < 0.15:
            _catalogue(history, rng)
        elif rng.random() < 0.15 or not history.jobs:
            correlation = rng.choice((None, "order-1", "order-2"))
            workflow_id = rng.choice(list(history.versions))
            history.submit(workflow_id, correlation_id=correlation, actor=rng.choice(ACTORS))
        else:
            _job_step(history, rng)
    return history


def _catalogue(history: History, rng: random.Random) -> None:
    name = rng.choice(("greet", "ship", "bill"))
    workflow_id = rng.choice(list(history.versions))
    versions = history.versions[workflow_id]
    match rng.randrange(6):
        case 0:
            history.version(history.workflow(f"wf{len(history.versions)}"))
        case 1:
            history.version(workflow_id, number=rng.choice((None, 1)))
        case 2:
            tag = rng.choice(("$LIVE", "$BETA"))
            history.tag(workflow_id, tag, rng.choice(versions), rng.choice(ACTORS))
        case 3:
            event = TaskTypeDefined(name=name, settings={"retryCount": rng.randrange(5)})
            history.add(f"task-type/{name}", event, rng.choice(ACTORS))
        case 4:
            history.add(f"task-type/{name}", TaskTypeDeleted(name=name))
        case 5:
            noted = RequestNoted(method="tag.set", answer={})
            history.add(f"workflow/{workflow_id}", noted, rng.choice(ACTORS))


def _job_step(history: History, rng: random.Random) -> None:
    job_id = rng.choice(list(history.jobs))
    state = history.jobs[job_id]
    if state.has_ended and rng.random() < 0.7:
        return
    task = rng.choice(list(state.tasks.values())) if state.tasks else None
    if rng.random() < 0.3 or task is None:
        events = _job_events(state, rng)
    elif task.is_open:
        events = (rng.choice(_task_events(task)),)
    else:
        events = _next_task(state, task, rng)
    history.job(job_id, *events, actor=rng.choice(ACTORS))


def _next_task(state: JobState, task: TaskState, rng: random.Random) -> Sequence[Event]:
    number = state.next_number
    if rng.random() < 0.3:
        return [scheduled(number, task.task_type, retry_of=task.number, attempt=task.attempt + 1)]
    return [scheduled(number, rng.choice(("greet", "ship")), offered=rng.random() < 0.8)]


def _task_events(task: TaskState) -> Sequence[Event]:
    n = task.number
    return [
        started(n),
        TaskReturned(task=n, why="the session is gone"),
        TaskExtended(task=n, worker="w2", respond_by=START),
        TaskProgressed(task=n, worker="w3", output={"half": True}),
        TaskProgressed(task=n),
        TaskExecuted(task=n, awaits=("paid",), worker="w4"),
        TaskCompleted(task=n, worker="w5", output={"ok": "canary"}),
        TaskCompleted(task=n),
        TaskFailed(task=n, status=TaskStatus.FAILED, reason="canary"),
        TaskFailed(task=n, status=TaskStatus.FAILED_WITH_TERMINAL_ERROR, worker="w6"),
        TaskDecided(task=n, status=TaskStatus.COMPLETED_WITH_ERRORS),
        TaskTimedOut(task=n, why="response"),
        TaskCanceled(task=n),
        TimerFired(timer=f"response/{n}", due_at=START, task=n),
    ]


def _job_events(state: JobState, rng: random.Random) -> Sequence[Event]:
    number = state.next_number
    job_id = state.job_id
    tasks = sorted(state.tasks)
    skipped = TaskSkipped(task=number, ref="late", name="late", task_type="greet", kind="SIMPLE")
    again = JobRestarted(
        use_latest=True,
        version_id=f"{state.frame.workflow_id}-v1",
        version_number=rng.randrange(1, 4),
        dialect="steps",
        definition="d",
        pins="p",
    )
    rerun: Sequence[Event] = [JobRerun(correlation_id="another")]
    if tasks:
        from_task = rng.choice(tasks)
        gone = tuple(n for n in tasks if n >= from_task)
        rerun = [JobRerun(task=from_task), TasksSuperseded(tasks=gone)]
    choices: list[Sequence[Event]] = [
        [scheduled(number)],
        [scheduled(number, "ship"), started(number)],
        [skipped],
        [JobPaused(reason="lunch")],
        [JobHeld()],
        [JobResumed()],
        [JobCompleted(output={"result": "canary"})],
        [JobFailed(reason="canary")],
        [JobTimedOut()],
        [TerminationRequested(), JobTerminated()],
        [JobRetried()],
        [again],
        rerun,
        [JobRerun()],
        [JobTimeoutAlerted(elapsed_seconds=9, timeout_seconds=5)],
        [VariablesSet(variables={"a": 1})],
        [TimerSet(timer="timeout", due_at=START, why="the job's timeout")],
        [OutsideEventReceived(event_id="paid")],
        [FailureJobRequested(job_id="f1", workflow="first")],
        [FailureJobStarted(job_id="f1")],
        [FailureJobRefused(job_id="f1")],
        [ValuesErased(stream=f"job/{job_id}", through=state.sequence, why="asked")],
    ]
    return rng.choice(choices)


async def append(store: EventStore, records: Sequence[Recorded]) -> None:
    """Give ``store`` the events of ``records``, one batch each, and wait until durable."""
    last = 0
    for recorded in records:
        entry = Entry(
            stream=recorded.stream, expected=recorded.sequence - 1, events=(recorded.event,)
        )
        request = Request(request_id=f"r{recorded.position}", indexed=False)
        batch = Batch(entries=(entry,), at=recorded.at, actor=recorded.actor, request=request)
        last = store.append(batch).last
    await store.durable(last)
