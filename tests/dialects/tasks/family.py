"""Jobs of a definition and the jobs they start, run by the decider, with the test as worker,
script engine and clock.

    family = Family(workflow(fork, join), answers={"a": {"x": 1}, "b": [failed("no"), {}]})
    family.run()
    assert family.tasks() == ["f FORK COMPLETED", ...]

Every decision is held to what is true of all decisions (``tests.decider.laws``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from msgspec.structs import replace

from daemon.decider.commands import (
    Command,
    Facts,
    FireTimer,
    NoteCached,
    NoteChildEnd,
    NoteChildStart,
    NoteEvaluation,
    NoteMessage,
    Report,
    Retry,
    SendEvent,
    Submit,
    Terminate,
)
from daemon.decider.decide import decide
from daemon.decider.on_timer import deadlines
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Decision, Pinned, Refusal
from daemon.dialects.plan import Pins, Policy
from eventstore.events import (
    CachedOutputSought,
    ChildRequested,
    ChildTerminationRequested,
    EvaluationRequested,
    Event,
    JobStatus,
    MessageRequested,
    TaskOutputCached,
    TaskStatus,
)
from tests.decider import laws
from tests.dialects.tasks.definitions import DIALECT

ROOT = "root"
SECOND = 1_000_000
MOST_STEPS = 2_000


class GoesOn(AssertionError):
    """The jobs take more steps than a test has patience for."""


class Failure:
    """How a worker fails."""

    def __init__(self, reason: str | None, status: TaskStatus, output: Any) -> None:
        self.reason = reason
        self.status = status
        self.output = output


def failed(
    reason: str | None = "no",
    status: TaskStatus = TaskStatus.FAILED_WITH_TERMINAL_ERROR,
    output: Any = None,
) -> Failure:
    return Failure(reason, status, output)


class Never:
    """A worker that does not come."""


Answer = Any
"""An output, a Failure, a Never, a list of those (one for each attempt, the last again and
again), or a function of the task that gives one."""


class Family:
    def __init__(
        self,
        definition: Mapping[str, Any],
        *others: Mapping[str, Any],
        given: Any = None,
        answers: Mapping[str, Answer] | None = None,
        scripts: Mapping[str, Callable[[Any], Any]] | None = None,
        task_types: Mapping[str, dict[str, Any]] | None = None,
        policy: Policy | None = None,
        versions: Mapping[str, int] | None = None,
        keeps_laws: bool = True,
    ) -> None:
        """``answers`` by ref, bare ref or task type; {} for every other task. ``scripts`` by
        their text; one that raises fails."""
        self.pins = Pins(
            task_types=dict(task_types or {}),
            policy=policy or Policy(),
            versions=dict(versions or {}),
        )
        self.now = 1_700_000_000 * SECOND
        self.jobs: dict[str, JobState] = {}
        self.written: dict[str, list[tuple[Event, int, int]]] = {}
        """What each job's stream holds: event, time, position."""
        self.evaluated = 0
        self.kept: dict[str, tuple[int, NoteCached]] = {}
        """Until when which output is good, by digest."""
        self.answers_from_outside = False
        self.published: list[MessageRequested] = []
        self._keeps_laws = keeps_laws
        self._answers = dict(answers or {})
        self._scripts = {} if scripts is None else scripts
        self._attempts: dict[str, int] = {}
        self._documents: dict[str, bytes] = {}
        self._definitions = {one["name"]: one for one in (definition, *others)}
        self._pinned: dict[str, Pinned] = {}
        self._effects: deque[tuple[str, Event]] = deque()
        self._position = 0
        self.submit(ROOT, definition, given)

    # --- looking at it ---

    @property
    def state(self) -> JobState:
        return self.jobs[ROOT]

    @property
    def status(self) -> JobStatus:
        return self.state.status

    def tasks(self, job: str = ROOT) -> list[str]:
        """``ref TYPE STATUS`` of every task, in the order of the list."""
        return [f"{t.ref} {t.task_type} {t.status}" for t in self.jobs[job].in_order()]

    def refs(self, job: str = ROOT) -> list[str]:
        return [task.ref for task in self.jobs[job].in_order()]

    def task(self, ref: str, job: str = ROOT) -> TaskState:
        found = self.jobs[job].latest(ref)
        assert found is not None, f"no task {ref} in {self.refs(job)}"
        return found

    def output(self, ref: str) -> Any:
        return self.task(ref).output

    @property
    def children(self) -> list[str]:
        return [job for job in self.jobs if job != ROOT]

    # --- driving it ---

    def submit(
        self, job: str, definition: Mapping[str, Any], given: Any, **fields: Any
    ) -> Refusal | None:
        self._pinned[job] = Pinned(DIALECT.compile(definition, self.pins), self.pins.policy)
        fields = {"seed": f"seed of {job}", "correlation_id": None, **fields}
        command = Submit(
            job_id=job,
            workflow_id=definition["name"],
            workflow=definition["name"],
            version_id="version",
            version_number=definition.get("version", 1),
            dialect="tasks",
            definition="digest",
            pins="digest",
            input=given,
            **fields,
        )
        return self._decide(job, command)

    def ask(self, command: Command, job: str = ROOT) -> None:
        refusal = self._decide(job, command)
        assert refusal is None, refusal
        self.settle()

    def restarted(self) -> None:
        """As after a start of the daemon: nothing but what is written is known."""
        for job, pinned in self._pinned.items():
            plan = DIALECT.compile(self._definition_of(job), self.pins)
            self._pinned[job] = Pinned(plan, pinned.policy)

    def _definition_of(self, job: str) -> Mapping[str, Any]:
        return self._definitions[self.jobs[job].workflow]

    def _decide(self, job: str, command: Command) -> Refusal | None:
        before = self.jobs.get(job)
        facts = Facts(now=self.now, position=self._position + 1)
        answer = decide(self._pinned[job], before, command, facts)
        if isinstance(answer, Refusal):
            return answer
        if self._keeps_laws:
            laws.hold(laws.Made(self._pinned[job], before, facts, answer))
        self._take(job, answer)
        return None

    def _take(self, job: str, answer: Decision) -> None:
        written = self.written.setdefault(job, [])
        for event in answer.events:
            self._position += 1
            written.append((event, self.now, self._position))
        self.jobs[job] = answer.state
        self._documents.update(answer.documents)
        self._effects.extend((job, event) for event in answer.events)

    def settle(self) -> None:
        """Do what the events ask for: start and end other jobs, evaluate scripts."""
        while self._effects:
            self._effect(*self._effects.popleft())

    def _effect(self, job: str, event: Event) -> None:
        match event:
            case ChildRequested():
                self._start_child(job, event)
            case ChildTerminationRequested() if event.job_id in self.jobs:
                self._decide(event.job_id, Terminate(reason=event.reason))
            case EvaluationRequested():
                self._evaluate(job, event)
            case CachedOutputSought():
                self._find(job, event)
            case TaskOutputCached():
                task = self.jobs[job].tasks.get(event.task)
                output = None if task is None else task.output
                found = NoteCached(task=0, source=f"{job}.{event.task}", output=output)
                self.kept[event.digest] = (event.until, found)
            case MessageRequested():
                self.published.append(event)
                self._decide(job, NoteMessage(message_id=event.message_id))
            case _ if type(event).__name__ in _ENDS:
                self._tell_parent(job)

    def _start_child(self, job: str, event: ChildRequested) -> None:
        definition = (
            self._definitions.get(event.workflow or "")
            if event.definition is None
            else orjson.loads(self._documents[event.definition])
        )
        if definition is None:
            reason = f"no workflow is called {event.workflow}"
            note = NoteChildStart(
                task=event.task,
                job_id=event.job_id,
                started=False,
                is_unknown=True,
                reason=reason,
            )
            self._decide(job, note)
            return
        self._definitions[definition["name"]] = definition
        self.submit(
            event.job_id,
            definition,
            event.input,
            cause_job=job,
            parent_task=event.task if event.attached else None,
            correlation_id=event.correlation_id,
            priority=event.priority,
            domains=event.domains,
        )
        self._decide(job, NoteChildStart(task=event.task, job_id=event.job_id, started=True))

    def _tell_parent(self, job: str) -> None:
        state = self.jobs[job]
        if state.parent_job is None or state.parent_task is None:
            return
        self._decide(
            state.parent_job,
            NoteChildEnd(
                task=state.parent_task,
                job_id=job,
                status=state.status,
                output=state.output,
                reason=state.reason,
            ),
        )

    def _find(self, job: str, event: CachedOutputSought) -> None:
        until, found = self.kept.get(event.digest, (0, NoteCached(task=0)))
        if until <= self.now:
            found = NoteCached(task=0)
        self._decide(job, replace(found, task=event.task))

    def _evaluate(self, job: str, event: EvaluationRequested) -> None:
        self.evaluated += 1
        script = self._scripts[str(event.expression)]
        result, error = None, None
        try:
            result = script(event.input)
        except ValueError as problem:
            error = str(problem)
        self._decide(
            job, NoteEvaluation(key=event.key, task=event.task, result=result, error=error)
        )

    # --- the workers and the clock ---

    def run(self, most: int = MOST_STEPS) -> Family:
        """Until nothing more happens by itself."""
        self.settle()
        for _ in range(most):
            if not self._work() and not self._wait():
                return self
            self.settle()
        raise GoesOn(f"the jobs still go on after {most} steps")

    def complete(self, ref: str, output: Any = None, job: str = ROOT) -> None:
        task = self.task(ref, job)
        answer = Report(task=task.number, status=TaskStatus.COMPLETED, output=output or {})
        self.ask(answer, job)

    def fail(self, ref: str, how: Failure | None = None, job: str = ROOT) -> None:
        how = how or failed()
        number = self.task(ref, job).number
        self.ask(Report(task=number, status=how.status, reason=how.reason, output=how.output), job)

    def retry(self, job: str = ROOT) -> None:
        self.ask(Retry(), job)

    def _work(self) -> bool:
        for job, state in list(self.jobs.items()):
            for task in () if state.has_ended else state.open_tasks():
                if task.is_ready and task.is_polled_for and self._answer(job, task):
                    return True
                if task.awaits and self._arrive(job, task):
                    return True
        return False

    def _arrive(self, job: str, task: TaskState) -> bool:
        """Somebody outside answers what waits for him."""
        if not self.answers_from_outside:
            return False
        self._decide(job, SendEvent(event_id=task.awaits[0], payload={"from": "outside"}))
        return True

    def _answer(self, job: str, task: TaskState) -> bool:
        answer = self._found(task)
        if isinstance(answer, list):
            attempt = self._attempts.get(f"{job}/{task.ref}", 0)
            self._attempts[f"{job}/{task.ref}"] = attempt + 1
            answer = answer[min(attempt, len(answer) - 1)]
        if callable(answer):
            answer = answer(task)
        if isinstance(answer, Never):
            return False
        if isinstance(answer, Failure):
            self.fail(task.ref, answer, job)
        else:
            self.complete(task.ref, answer, job)
        return True

    def _found(self, task: TaskState) -> Answer:
        bare = task.ref.partition("__")[0]
        for name in (task.ref, bare, task.task_type):
            if name in self._answers:
                return self._answers[name]
        return {}

    def _wait(self) -> bool:
        """Let time pass until the next timer is due."""
        due = [
            (at, job, timer, number)
            for job, state in self.jobs.items()
            if not state.has_ended
            for at, timer, number in _timers(state)
        ]
        if not due:
            return False
        at, job, timer, number = min(due)
        self.now = max(self.now, at)
        return self._decide(job, FireTimer(timer=timer, due_at=at, task=number)) is None


_ENDS = {"JobCompleted", "JobFailed", "JobTimedOut", "JobTerminated"}


def _timers(state: JobState) -> list[tuple[int, str, int]]:
    found = []
    for task in state.open_tasks():
        found += [(due, timer, task.number) for timer, due in deadlines(task)]
        if task.ready_at is not None:
            found.append((task.ready_at, f"ready/{task.number}", task.number))
    return found
