"""``onStateChange`` of tasks, and the listener of a workflow whose sink is a queue.

The keys of ``onStateChange`` are names of changes, several of them joined by commas; each has
a list of ``{type, payload}``, where ``type`` names a queue as the sink of an EVENT task does,
with or without ``conductor:`` in front.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from daemon.dialects.announcing import JobChange, Listeners, TaskChange
from daemon.dialects.contracts.masking import NOTHING_MASKED, Masks
from daemon.dialects.plan import JobView, Problem, Publish, TaskView
from daemon.dialects.tasks.definition import WorkflowDef, WorkflowTask
from daemon.dialects.tasks.expressions import Resolver, compile_template
from daemon.dialects.tasks.sinks import PREFIX, URLS, refusal_of_sink
from daemon.dialects.tasks.step import Place

Seen = Any
"""From a job to how expressions see it."""

Find = Callable[[JobView, str], Place | None]


class _Wanted(NamedTuple):
    event: str
    payload: Resolver


class Announcements:
    def __init__(self, definition: WorkflowDef, seen: Seen, find: Find | None) -> None:
        """``find``: the step of a task that a dynamic fork made; None: there is no such fork."""
        self._name = definition.name
        self._find = find
        self._sink = listening_queue(definition)
        self._masks = Masks(definition.every_masked_field())
        self._seen = seen
        self._tasks = {
            task.ref: _compiled(definition.name, task)
            for task in definition.every_task()
            if task.on_state_change
        }

    def __bool__(self) -> bool:
        """Whether anything is wanted."""
        return self._sink is not None or bool(self._tasks)

    def of_task(self, job: JobView, task: TaskView, change: TaskChange) -> Iterable[Publish]:
        wanted = self._tasks.get(task.ref) or self._tasks.get(task.ref.partition("__")[0])
        if wanted is None and self._find is not None:
            place = self._find(job, task.ref)
            wanted = None if place is None else _compiled(self._name, place.step.task)
        for event, payload in () if wanted is None else wanted.get(change, ()):
            told = payload(self._seen(job), task.number)
            yield Publish(event=event, payload=told, task=task.number)

    def of_job(self, job: JobView, change: JobChange) -> Iterable[Publish]:
        if self._sink is not None:
            yield Publish(event=self._sink, payload=summary(job, change, self._masks))


def listeners_of(definition: WorkflowDef, seen: Seen, find: Find | None) -> Listeners:
    sink = definition.listener_sink
    announcements = Announcements(definition, seen, find)
    return Listeners(
        publishes=find is not None or bool(announcements),
        announcer=announcements or None,
        forked=None if find is None else announcements,
        status=definition.listener_enabled,
        sink=sink if sink is not None and sink.startswith(URLS) else None,
    )


def listening_queue(definition: WorkflowDef) -> str | None:
    """The event of messages about the workflow's jobs, where its listener is a queue."""
    sink = definition.listener_sink
    if definition.listener_enabled and sink is not None and sink.startswith(PREFIX):
        return sink
    return None


def summary(job: JobView, change: JobChange, masks: Masks = NOTHING_MASKED) -> dict[str, Any]:
    """Conductor's WorkflowSummary; input and output are whole instead of texts, but for what
    is masked."""
    ended, began = job.ended_at, job.started_at
    return {
        "callback": change.value,
        "workflowType": job.workflow,
        "version": job.version_number,
        "workflowId": job.job_id,
        "correlationId": job.correlation_id,
        "startTime": began // 1000,
        "endTime": None if ended is None else ended // 1000,
        "executionTime": 0 if ended is None else (ended - began) // 1000,
        "status": job.status.value,
        "input": masks.of(job.input),
        "output": masks.of(job.output),
        "reasonForIncompletion": job.reason,
    }


def _compiled(workflow: str, task: WorkflowTask) -> dict[str, list[_Wanted]]:
    found: dict[str, list[_Wanted]] = {}
    for key, entries in task.on_state_change.items():
        for entry in entries:
            payload = compile_template(entry.get("payload") or {})
            wanted = _Wanted(f"{PREFIX}{workflow}:{_queue(entry['type'])}", payload)
            for name in _names(key):
                found.setdefault(name, []).append(wanted)
    return found


def _names(key: str) -> list[str]:
    return [name.strip() for name in key.split(",")]


def _queue(sink: str) -> str:
    return sink.removeprefix(PREFIX)


def problems(task: WorkflowTask) -> Iterator[Problem]:
    """What is wrong with the ``onStateChange`` of ``task``."""
    known = [change.value for change in TaskChange]
    for key, entries in task.on_state_change.items():
        path = f"{task.path}/onStateChange/{key}"
        unknown = [name for name in _names(key) if name not in known]
        if unknown:
            message = f"'{unknown[0]}' is no change of state; there are {', '.join(known)}"
            yield Problem(path=path, message=message)
        if not isinstance(entries, list):
            yield Problem(path=path, message="has to be a list of {type, payload}")
            continue
        for place, entry in enumerate(entries):
            yield from _of_entry(entry, f"{path}/{place}")


def _of_entry(entry: Any, path: str) -> Iterator[Problem]:
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str) or not entry["type"]:
        yield Problem(path=f"{path}/type", message="type is missing: the queue to tell")
        return
    sink = entry["type"]
    wrong = refusal_of_sink(sink if ":" in sink else PREFIX + sink)
    if wrong is not None:
        yield Problem(path=f"{path}/type", message=wrong, kind="unsupportedSink")
    if not isinstance(entry.get("payload"), dict | None):
        yield Problem(path=f"{path}/payload", message="payload has to be an object")
