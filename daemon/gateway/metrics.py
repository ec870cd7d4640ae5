"""``/metrics``: the daemon's counters in the text format of Prometheus, under names of its own
and, where there is one, under the name that Conductor's dashboards ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from daemon.gateway.asking import Ask
from daemon.gateway.messages import Response
from daemon.gateway.own import TABLE
from daemon.gateway.polling import Polled
from daemon.operations.of_durations import DURATIONS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OWN = "playhead_"

_COUNTER = re.compile(r"(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})?")
_LABEL = re.compile(r'(\w+)="?([^",]*)"?')

Labels = tuple[tuple[str, str], ...]


class Family(NamedTuple):
    """All samples of one name."""

    name: str
    kind: str
    help: str
    samples: tuple[tuple[Labels, float], ...]
    parts: Mapping[str, list[tuple[Labels, float]]] = {}
    """Of a summary: its samples by what stands behind the name."""


OF_EVENTS = {
    "JobSubmitted": ("workflow_start", "Workflows started"),
    "JobCompleted": ("workflow_completed", "Workflows completed"),
    "TaskTimedOut": ("task_timeout", "Tasks timed out"),
    "TaskReturned": ("task_requeue", "Tasks given back to their queue"),
}
"""Conductor's names of what is also counted as an event."""


@TABLE.route("GET", "/metrics", "metrics", "Counters and gauges for Prometheus")
async def metrics(ask: Ask) -> Response:
    status = await ask.call("system.status")
    counts = await ask.inside("job.counts")
    told = (await ask.perform(DURATIONS, {}))["durations"]
    found = (*families(status, counts["statuses"]), _of_polls(ask.polled), *_of_durations(told))
    text = "".join(_lines(found))
    return Response(body=text.encode(), content_type=CONTENT_TYPE)


def families(status: dict[str, Any], jobs: dict[str, int]) -> Iterator[Family]:
    yield from _of_counters(status["counters"])
    yield from _of_queues(status["queues"])
    yield _gauge("jobs", "Jobs by status", [((("status", one),), n) for one, n in jobs.items()])
    running = jobs.get("RUNNING", 0) + jobs.get("PAUSED", 0)
    yield Family("workflow_running", "gauge", "Workflows that have not ended", (((), running),))
    log = status["log"]
    yield _gauge("log_position", "Position of the last durable event", [((), log["position"])])
    yield _gauge("log_queued_bytes", "Bytes waiting for the disk", [((), log["queuedBytes"])])
    yield _gauge("log_writable", "1 while changes are recorded", [((), int(log["mode"] == "ok"))])
    yield _gauge("timers_armed", "Timers that wait", [((), status["timers"]["armed"])])
    yield _gauge("waiting_polls", "Polls that wait", [((), status["waitingPolls"])])
    if status["http"] is not None:
        yield from _of_http(status["http"])


class _Timer(NamedTuple):
    name: str
    help: str
    labels: tuple[str, ...]
    more: Labels = ()


TIMERS = {
    "queueWait": _Timer("task_queue_wait_seconds", "From scheduling to the start", ("taskType",)),
    "run": _Timer(
        "task_execution_seconds",
        "From the start to the end of a task",
        ("taskType", "status"),
        (("includeRetries", "false"),),
    ),
    "runWithRetries": _Timer(
        "task_execution_seconds",
        "From the start to the end of a task",
        ("taskType", "status"),
        (("includeRetries", "true"),),
    ),
    "job": _Timer(
        "workflow_execution_seconds",
        "From the start to the end of a completed workflow",
        ("workflowName",),
        (("ownerApp", ""),),
    ),
}
"""Conductor's timers, as Micrometer writes them for Prometheus but for their quantiles."""


def _of_durations(told: list[dict[str, Any]]) -> Iterator[Family]:
    """Measured since the first time that somebody asked for metrics."""
    samples: dict[tuple[str, str], list[tuple[Labels, float]]] = {}
    for one in told:
        timer = TIMERS[one["kind"]]
        labels = (*zip(timer.labels, one["of"], strict=True), *timer.more)
        for part, value in (("count", one["count"]), ("sum", one["seconds"])):
            samples.setdefault((timer.name, part), []).append((labels, value))
    for timer in {one.name: one for one in TIMERS.values()}.values():
        parts = {part: samples.get((timer.name, part), []) for part in ("count", "sum")}
        yield Family(timer.name, "summary", timer.help, (), parts)


def _of_polls(polled: Polled) -> Family:
    samples = [
        ((("taskType", of), ("domain", domain or "")), times)
        for of, domain, times in polled.counts()
    ]
    return Family("task_poll_count", "counter", "Polls over HTTP", tuple(samples))


def _of_counters(counters: dict[str, int]) -> Iterator[Family]:
    found: dict[str, list[tuple[Labels, float]]] = {}
    for name, value in counters.items():
        match = _COUNTER.fullmatch(name)
        if match is not None:
            labels = tuple(_LABEL.findall(match["labels"] or ""))
            found.setdefault(match["name"], []).append((labels, value))
    for name, samples in found.items():
        own = name.startswith("workflow_")
        shown = name if own else f"{OWN}{name}_total"
        yield Family(shown, "counter", f"Counted since the start: {name}", tuple(samples))
    of_events = {dict(labels).get("type"): value for labels, value in found.get("events", ())}
    faults = counters.get("calls_failed", 0)
    yield Family("workflow_server_error", "counter", "Calls that ended in a fault", (((), faults),))
    for event, (name, what) in OF_EVENTS.items():
        yield Family(name, "counter", what, (((), of_events.get(event, 0)),))


def _of_queues(queues: list[dict[str, Any]]) -> Iterator[Family]:
    depth = [
        ((("taskType", one["taskType"]), ("domain", one["domain"] or "")), one["ready"])
        for one in queues
    ]
    yield _gauge("queue_ready", "Tasks ready to be handed out", depth)
    yield Family("task_queue_depth", "gauge", "Tasks ready to be handed out", tuple(depth))


def _of_http(http: dict[str, Any]) -> Iterator[Family]:
    yield _gauge("http_connections", "HTTP clients connected", [((), http["connections"])])
    samples = [((("status", one),), n) for one, n in http["responses"].items()]
    yield Family(
        f"{OWN}http_responses_total", "counter", "HTTP responses by status", tuple(samples)
    )


def _gauge(name: str, what: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    return Family(f"{OWN}{name}", "gauge", what, tuple(samples))


def _lines(families: Iterable[Family]) -> Iterator[str]:
    for one in families:
        written = [*_samples(one.name, one.samples)]
        for part, samples in one.parts.items():
            written += _samples(f"{one.name}_{part}", samples)
        if written:
            yield f"# HELP {one.name} {one.help}\n# TYPE {one.name} {one.kind}\n"
            yield from written


def _samples(name: str, samples: Iterable[tuple[Labels, float]]) -> Iterator[str]:
    for labels, value in samples:
        named = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"{name}{{{named}}} {value}\n" if named else f"{name} {value}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
