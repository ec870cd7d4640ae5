"""What is registered through Conductor's interface is shown by it again, field by field."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from daemon.dialects.task_types import TaskSettings
from daemon.dialects.tasks.definition import WorkflowDef, WorkflowTask
from tests.daemon.definitions import unique
from tests.dialects.tasks.definitions import task
from tests.dialects.tasks.test_every_field import OF_A_TYPE, TASK, WORKFLOW, Verdict
from tests.gateway.http import Http

Json = dict[str, Any]

INNER = [task("inner")]
JOIN = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["inner"]}

OF_OPERATORS: dict[str, list[Json]] = {
    "SWITCH": [
        {
            "inputParameters": {"c": "${workflow.input.c}"},
            "evaluatorType": "value-param",
            "expression": "c",
            "decisionCases": {"a": INNER},
            "defaultCase": [task("other")],
        }
    ],
    "DECISION": [
        {"caseValueParam": "c", "inputParameters": {"c": 1}, "decisionCases": {"1": INNER}},
        {"caseExpression": "$.c", "inputParameters": {"c": 1}, "decisionCases": {"1": INNER}},
    ],
    "FORK_JOIN": [{"forkTasks": [INNER]}],
    "FORK_JOIN_DYNAMIC": [
        {
            "dynamicForkTasksParam": "tasks",
            "dynamicForkTasksInputParamName": "inputs",
            "inputParameters": {"tasks": [], "inputs": {}},
        },
        {"dynamicForkJoinTasksParam": "all", "inputParameters": {"all": {"dynamicTasks": []}}},
    ],
    "DO_WHILE": [
        {"loopCondition": "false", "loopOver": INNER, "evaluatorType": "javascript"},
        {"loopCondition": "false", "loopOver": INNER, "items": "${workflow.input.items}"},
    ],
    "DYNAMIC": [{"dynamicTaskNameParam": "n", "inputParameters": {"n": "x"}}],
    "SUB_WORKFLOW": [
        {"subWorkflowParam": {"name": "s", "version": 2, "taskToDomain": {"x": "d"}}},
    ],
    "EVENT": [{"sink": "conductor:q", "inputParameters": {"a": 1}}],
    "LAMBDA": [{"scriptExpression": "1", "inputParameters": {"scriptExpression": "return 1"}}],
    "SIMPLE": [{"inputExpression": {"expression": "workflow.input", "type": "JSON_PATH"}}],
}
"""Fields that only some types of task have."""

AFTER: dict[str, list[Json]] = {"FORK_JOIN": [JOIN], "FORK_JOIN_DYNAMIC": [{**JOIN, "joinOn": []}]}
JOINS: list[Json] = [
    {**JOIN, "joinMode": "SYNC"},
    {**JOIN, "type": "EXCLUSIVE_JOIN", "defaultExclusiveJoinTask": ["inner"]},
]


def registered(http: Http, definition: Json) -> Json:
    """As it is shown."""
    answer = http.post("/api/metadata/workflow", definition)
    assert answer.status == 200, answer.text
    found: Json = http.get(f"/api/metadata/workflow/{definition['name']}").json
    (listed,) = [
        one for one in http.get("/api/metadata/workflow").json if one["name"] == definition["name"]
    ]
    assert listed == found
    return found


def whole(**more: Any) -> Json:
    return {"name": unique("shown"), "version": 1, "tasks": [task("t")], **more}


def holds(shown: Any, given: Any) -> bool:
    """Whether ``shown`` says all that ``given`` does; defaults may stand beside it."""
    if isinstance(given, dict):
        return isinstance(shown, dict) and all(
            name in shown and holds(shown[name], value) for name, value in given.items()
        )
    if isinstance(given, list):
        return (
            isinstance(shown, list) and len(shown) == len(given) and all(map(holds, shown, given))
        )
    return bool(shown == given)


def accepted(table: dict[str, tuple[Verdict, Any]]) -> list[Any]:
    return [pytest.param(name, value, id=name) for name, (_, value) in table.items()]


@pytest.mark.parametrize(("field", "value"), accepted(WORKFLOW))
def test_of_a_workflow(http: Http, field: str, value: Any) -> None:
    if field == "name":
        value = unique("named")
    assert holds(registered(http, whole(**{field: value})), {field: value})


@pytest.mark.parametrize(("field", "value"), accepted(TASK))
def test_of_a_task(http: Http, field: str, value: Any) -> None:
    given = {**task("t"), field: value}
    assert holds(registered(http, whole(tasks=[given]))["tasks"], [given])


@pytest.mark.parametrize(
    ("kind", "fields"),
    [(kind, fields) for kind, all_ in OF_OPERATORS.items() for fields in all_],
)
def test_of_a_type_of_task(http: Http, kind: str, fields: Json) -> None:
    tasks = [{**task("t"), "type": kind, **fields}, *AFTER.get(kind, ())]
    assert holds(registered(http, whole(tasks=tasks))["tasks"], tasks)


@pytest.mark.parametrize("join", JOINS)
def test_of_a_join(http: Http, join: Json) -> None:
    tasks = [{**task("f"), "type": "FORK_JOIN", "forkTasks": [INNER]}, JOIN]
    if join["type"] == "JOIN":
        tasks[1] = join
    else:
        tasks.append({**join, "taskReferenceName": "x"})
    assert holds(registered(http, whole(tasks=tasks))["tasks"], tasks)


@pytest.mark.parametrize(("field", "value"), accepted(OF_A_TYPE))
def test_of_a_task_type(http: Http, field: str, value: Any) -> None:
    given = {"name": unique("type"), "ownerEmail": "a@b.c", field: value}
    if field == "name":
        given["name"] = unique("named")
    answer = http.post("/api/metadata/taskdefs", [given])
    assert answer.status == 200, answer.text
    shown = http.get(f"/api/metadata/taskdefs/{given['name']}").json
    assert holds(shown, given)
    assert shown in http.get("/api/metadata/taskdefs").json


SPELLED = {
    "ref": "taskReferenceName",
    "sub_workflow": "subWorkflowParam",
    "listener_enabled": "workflowStatusListenerEnabled",
    "listener_sink": "workflowStatusListenerSink",
    "rate_limit": "rateLimitConfig",
    "rate_limit_frequency_seconds": "rateLimitFrequencyInSeconds",
}
OF_OUR_OWN = {"path", "masked_objects"}


def spelled(record: type[msgspec.Struct]) -> set[str]:
    return {
        SPELLED.get(name) or re.sub("_(.)", lambda found: found[1].upper(), name)
        for name in record.__struct_fields__
        if name not in OF_OUR_OWN
    }


def test_the_tables_leave_no_field_out() -> None:
    of_operators = {field for all_ in OF_OPERATORS.values() for one in all_ for field in one}
    of_joins = {field for one in JOINS for field in one}
    assert spelled(WorkflowDef) <= set(WORKFLOW)
    assert spelled(WorkflowTask) <= {*TASK, *of_operators, *of_joins}
    assert spelled(TaskSettings) <= set(OF_A_TYPE)
