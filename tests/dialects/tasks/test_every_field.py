"""Every field of definitions (reference conductor.md §1.1 to §1.3): none is passed over in
silence. It is in effect, documentation only, said to be without effect, or refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from daemon.dialects.task_types import check
from tests.dialects.tasks.definitions import findings, task, workflow


class Verdict(StrEnum):
    EFFECT = "in effect"
    TEXT = "documentation only"
    WARNED = "without effect, with a warning"


SCHEMA = {"name": "s", "type": "JSON", "data": {"type": "object"}}
E, T, W = Verdict

WORKFLOW: dict[str, tuple[Verdict, Any]] = {
    "name": (E, "n"),
    "description": (T, "d"),
    "version": (E, 3),
    "tasks": (E, [task("t")]),
    "inputParameters": (T, ["a"]),
    "outputParameters": (E, {"a": 1}),
    "failureWorkflow": (E, "f"),
    "failureWorkflowVersion": (E, 2),
    "schemaVersion": (E, 2),
    "restartable": (E, False),
    "workflowStatusListenerEnabled": (E, True),
    "workflowStatusListenerSink": (E, "conductor:queue"),
    "ownerEmail": (T, "a@b.c"),
    "timeoutPolicy": (E, "ALERT_ONLY"),
    "timeoutSeconds": (E, 5),
    "variables": (E, {"a": 1}),
    "inputTemplate": (E, {"a": 1}),
    "rateLimitConfig": (E, {"rateLimitKey": "k", "concurrentExecLimit": 1}),
    "inputSchema": (E, SCHEMA),
    "outputSchema": (E, SCHEMA),
    "enforceSchema": (E, True),
    "metadata": (T, {"classifier": "c"}),
    "cacheConfig": (W, {"key": "k", "ttlInSecond": 5}),
    "maskedFields": (E, ["ssn"]),
    "ownerApp": (T, "app"),
    "createTime": (T, 1),
    "updateTime": (T, 1),
    "createdBy": (T, "me"),
    "updatedBy": (T, "me"),
}

TASK: dict[str, tuple[Verdict, Any]] = {
    "name": (E, "do_t"),
    "taskReferenceName": (E, "t"),
    "description": (T, "d"),
    "inputParameters": (E, {"a": 1}),
    "type": (E, "SIMPLE"),
    "startDelay": (E, 3),
    "optional": (E, True),
    "permissive": (E, True),
    "taskDefinition": (E, {"name": "do_t", "retryCount": 1}),
    "asyncComplete": (E, True),
    "retryCount": (E, 2),
    "onStateChange": (E, {"onStart": [{"type": "q"}]}),
    "joinStatus": (W, "x"),
    "cacheConfig": (E, {"key": "k", "ttlInSecond": 5}),
    "rateLimited": (W, True),
    "metadata": (T, {"x": 1}),
}

OF_A_TYPE: dict[str, tuple[Verdict, Any]] = {
    "name": (E, "x"),
    "description": (T, "d"),
    "retryCount": (E, 1),
    "timeoutSeconds": (E, 4000),
    "inputKeys": (T, ["a"]),
    "outputKeys": (T, ["a"]),
    "runtimeMetadata": (E, ["SECRET"]),
    "timeoutPolicy": (E, "RETRY"),
    "retryLogic": (E, "LINEAR_BACKOFF"),
    "retryDelaySeconds": (E, 1),
    "responseTimeoutSeconds": (E, 30),
    "concurrentExecLimit": (E, 1),
    "inputTemplate": (E, {"a": 1}),
    "rateLimitPerFrequency": (E, 1),
    "rateLimitFrequencyInSeconds": (E, 1),
    "isolationGroupId": (T, "g"),
    "executionNameSpace": (T, "n"),
    "ownerEmail": (T, "a@b.c"),
    "pollTimeoutSeconds": (E, 1),
    "backoffScaleFactor": (E, 2),
    "maxRetryDelaySeconds": (E, 5),
    "backoffJitterMs": (E, 5),
    "totalTimeoutSeconds": (E, 5000),
    "baseType": (T, "b"),
    "taskStatusListenerEnabled": (E, True),
    "inputSchema": (E, SCHEMA),
    "outputSchema": (E, SCHEMA),
    "enforceSchema": (E, True),
}


def said_of(definition: dict[str, Any], path: str) -> tuple[int, int]:
    """How many errors and warnings there are about it."""
    found = findings(definition)
    about = [
        sum(one.path.startswith(path) for one in some) for some in (found.errors, found.warnings)
    ]
    return about[0], about[1]


def expected(verdict: Verdict) -> tuple[int, int]:
    """Nothing is an error."""
    return 0, int(verdict is W)


@pytest.mark.parametrize("field", WORKFLOW)
def test_fields_of_a_workflow(field: str) -> None:
    verdict, value = WORKFLOW[field]
    given: dict[str, Any] = {"workflowStatusListenerEnabled": True, field: value}
    assert said_of({**workflow(), **given}, f"/{field}") == expected(verdict)


@pytest.mark.parametrize("field", TASK)
def test_fields_of_a_task(field: str) -> None:
    verdict, value = TASK[field]
    assert said_of(workflow({**task("t"), field: value}), f"/tasks/0/{field}") == expected(verdict)


@pytest.mark.parametrize("field", OF_A_TYPE)
def test_fields_of_a_task_type(field: str) -> None:
    verdict, value = OF_A_TYPE[field]
    given = {"name": "x", field: value}
    about = [one.path.startswith(f"/{field}") for one in check(given)]
    assert about.count(True) == sum(expected(verdict))
