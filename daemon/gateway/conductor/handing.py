"""Tasks as workers get them: each written straight from its record, and what all tasks of a
step have in common only once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import orjson

from daemon.gateway.asking import Ask
from daemon.gateway.conductor.definitions import settings_of, shown_workflow, steps_by_ref
from daemon.gateway.conductor.documents import (
    base_ref,
    domain_of,
    rates_of,
    unknown_step,
    without_nulls,
)
from daemon.queues.work_order import WorkOrder

Json = dict[str, Any]

ROOM = 256
"""Definitions, each with the settings of its task types, whose steps are remembered."""

ALIKE: Json = {
    "status": "IN_PROGRESS",
    "outputData": {},
    "retried": False,
    "executed": False,
    "callbackFromWorker": True,
    "callbackAfterSeconds": 0,
    "endTime": 0,
    "firstStartTime": 0,
    "startDelayInSeconds": 0,
    "subworkflowChanged": False,
}
"""What every task is as it leaves for a worker."""


class Steps:
    """Of definitions that jobs run, as they stand in their tasks: encoded, and without the
    braces around them."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], _OfOne] = OrderedDict()

    def find(self, order: WorkOrder) -> _OfOne | None:
        key = (order.frame.definition, order.frame.pins)
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found

    def keep(self, order: WorkOrder, definition: Json, task_types: Json) -> _OfOne:
        kept = self._known[order.frame.definition, order.frame.pins] = _OfOne(
            definition, task_types
        )
        if len(self._known) > ROOM:
            self._known.popitem(last=False)
        return kept


class _OfOne:
    def __init__(self, definition: Json, task_types: Json) -> None:
        self._task_types = task_types
        self._steps = steps_by_ref(shown_workflow(definition, task_types))
        self._encoded: dict[str, bytes] = {}

    def encoded(self, order: WorkOrder) -> bytes:
        ref = order.task.ref
        return self._encoded.get(ref) or self._encode(order, ref)

    def _encode(self, order: WorkOrder, ref: str) -> bytes:
        """Of a step in a loop only once for all iterations, of one that was made up while its
        workflow ran each time."""
        base = ref if ref in self._steps else base_ref(ref)
        found = self._encoded.get(base)
        if found is None:
            step = self._steps.get(base)
            found = _encoded(
                step or unknown_step(order.task.name, base, order.task.kind), self._task_types
            )
            if step is not None:
                self._encoded[base] = found
        return found


def _encoded(step: Json, task_types: Json) -> bytes:
    settings = step.get("taskDefinition") or settings_of(step, task_types)
    common = {**ALIKE, **rates_of(settings), "workflowTask": step, "taskDefinition": settings}
    return orjson.dumps(without_nulls(common))[1:-1]


async def handed_out(ask: Ask, order: WorkOrder) -> bytes:
    """The task as JSON."""
    steps = ask.kept(Steps)
    of_one = steps.find(order)
    if of_one is None:
        pinned = await ask.inside("job.definition", jobId=order.frame.job_id)
        of_one = steps.keep(order, pinned["definition"], pinned["taskTypes"])
    return b"%b,%b}" % (orjson.dumps(_own(order))[:-1], of_one.encoded(order))


def _own(order: WorkOrder) -> Json:
    """What differs from task to task."""
    frame, task = order.frame, order.task
    made = task.made
    scheduled = round(task.scheduled_at / 1000)
    started = round((task.started_at or task.updated_at) / 1000)
    iteration = made.iteration
    document = {
        "taskId": f"{frame.job_id}.{task.number}",
        "taskType": made.task_type,
        "taskDefName": made.name or made.task_type,
        "referenceTaskName": task.ref,
        "workflowInstanceId": frame.job_id,
        "workflowType": frame.workflow,
        "workflowPriority": frame.priority,
        "iteration": iteration,
        "loopOverTask": iteration > 0,
        "seq": task.number,
        "inputData": order.input or {},
        "retryCount": made.attempt,
        "pollCount": task.poll_count,
        "workerId": task.worker,
        "responseTimeoutSeconds": _seconds(task.respond_by, task.updated_at),
        "scheduledTime": scheduled,
        "startTime": started,
        "updateTime": started,
        "queueWaitTime": started - scheduled,
    }
    if frame.correlation_id is not None:
        document["correlationId"] = frame.correlation_id
    if made.domain is not None and (domain := domain_of(made.domain)) is not None:
        document["domain"] = domain
    if order.told:
        document["runtimeMetadata"] = order.told.get("runtimeMetadata", {})
    return document


def _seconds(by: int | None, since: int) -> int:
    return 0 if by is None else round((by - since) / 1_000_000)
