"""Definitions as typed records: defaults, null, wrong kinds, nested tasks."""

from typing import Any

import pytest

from daemon.dialects.fields import Fields
from daemon.dialects.plan import Problem
from daemon.dialects.tasks.definition import (
    IdempotencyStrategy,
    JoinMode,
    WorkflowDef,
    WorkflowTask,
    WorkflowTimeoutPolicy,
)
from daemon.dialects.tasks.reading import read_workflow


def read(definition: dict[str, Any]) -> tuple[WorkflowDef, list[Problem]]:
    problems: list[Problem] = []
    return read_workflow(Fields(definition, "", problems)), problems


def read_well(definition: dict[str, Any]) -> WorkflowDef:
    workflow, problems = read(definition)
    assert problems == []
    return workflow


def one_task(**fields: Any) -> WorkflowTask:
    return read_well({"tasks": [fields]}).tasks[0]


def test_defaults_of_a_workflow() -> None:
    workflow = read_well({})
    assert workflow.name == ""
    assert workflow.version == 1
    assert workflow.tasks == ()
    assert workflow.output_parameters == {}
    assert workflow.failure_workflow is None
    assert workflow.failure_workflow_version is None
    assert workflow.schema_version == 2
    assert workflow.restartable
    assert not workflow.listener_enabled
    assert workflow.owner_email is None
    assert workflow.timeout_policy is WorkflowTimeoutPolicy.TIME_OUT_WF
    assert workflow.timeout_seconds == 0
    assert workflow.variables == {}
    assert workflow.input_template == {}
    assert workflow.enforce_schema


def test_defaults_of_a_task() -> None:
    task = one_task()
    assert task.type == "SIMPLE"
    assert task.path == "/tasks/0"
    assert task.input_parameters == {}
    assert task.input_expression is None
    assert task.start_delay == 0
    assert task.retry_count is None
    assert task.task_definition is None
    assert task.join_mode is JoinMode.ASYNC
    assert not task.optional
    assert not task.permissive
    assert not task.async_complete
    assert task.decision_cases == {}
    assert task.fork_tasks == ()


def test_null_is_the_default_but_zero_or_false_for_a_plain_number_or_flag() -> None:
    workflow = read_well(
        {
            "restartable": None,
            "timeoutSeconds": None,
            "version": None,
            "timeoutPolicy": None,
            "tasks": [{"inputParameters": None, "joinOn": None, "optional": None, "type": None}],
        }
    )
    assert not workflow.restartable
    assert workflow.version == 0
    assert workflow.timeout_policy is WorkflowTimeoutPolicy.TIME_OUT_WF
    assert workflow.tasks[0].input_parameters == {}
    assert workflow.tasks[0].type == "SIMPLE"


def test_unknown_members_are_passed_over() -> None:
    assert read_well({"name": "n", "nobodyKnows": [1], "tasks": [{"neither": {}}]}).name == "n"


def test_values_that_mean_the_same_are_taken() -> None:
    workflow = read_well(
        {
            "name": 5,
            "version": "7",
            "timeoutSeconds": 3.0,
            "restartable": "false",
            "ownerEmail": True,
        }
    )
    assert workflow.name == "5"
    assert workflow.version == 7
    assert workflow.timeout_seconds == 3
    assert not workflow.restartable


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "HTTP"}, "HTTP"),
        ({"taskType": "HTTP"}, "HTTP"),
        ({"type": None, "taskType": "HTTP"}, "HTTP"),
        ({"type": "SIMPLE", "taskType": "HTTP"}, "SIMPLE"),
        ({"type": ""}, ""),
        ({}, "SIMPLE"),
    ],
)
def test_task_type_is_another_word_for_type(fields: dict[str, Any], expected: str) -> None:
    assert one_task(**fields).type == expected


def test_an_input_expression() -> None:
    expression = one_task(inputExpression={"expression": "workflow.input"}).input_expression
    assert expression is not None
    assert expression.expression == "workflow.input"
    assert expression.type == "JSON_PATH"
    assert expression.path == "/tasks/0/inputExpression"


def test_nested_tasks_know_where_they_stand() -> None:
    leaf = {"taskReferenceName": "leaf"}
    loop = {"type": "DO_WHILE", "taskReferenceName": "loop", "loopOver": [leaf]}
    fork = {"type": "FORK_JOIN", "taskReferenceName": "fork", "forkTasks": [[], [loop]]}
    switch = {
        "type": "SWITCH",
        "taskReferenceName": "switch",
        "decisionCases": {"a/b": [fork]},
        "defaultCase": [{"taskReferenceName": "default"}],
    }
    workflow = read_well({"tasks": [switch, {"taskReferenceName": "after"}]})
    assert {task.ref: task.path for task in workflow.every_task()} == {
        "switch": "/tasks/0",
        "fork": "/tasks/0/decisionCases/a~1b/0",
        "loop": "/tasks/0/decisionCases/a~1b/0/forkTasks/1/0",
        "leaf": "/tasks/0/decisionCases/a~1b/0/forkTasks/1/0/loopOver/0",
        "default": "/tasks/0/defaultCase/0",
        "after": "/tasks/1",
    }


def test_tasks_in_fields_that_the_type_does_not_use_are_no_part_of_it() -> None:
    workflow = read_well({"tasks": [{"type": "SIMPLE", "loopOver": [{"taskReferenceName": "x"}]}]})
    assert len(list(workflow.every_task())) == 1


def test_a_sub_workflow() -> None:
    params = one_task(
        subWorkflowParam={
            "name": "child",
            "version": "2",
            "taskToDomain": {"*": "d"},
            "idempotencyKey": "k",
            "idempotencyStrategy": "RETURN_EXISTING",
            "priority": "${workflow.input.p}",
            "workflowDefinition": {"name": "child", "tasks": []},
        }
    ).sub_workflow
    assert params is not None
    assert (params.name, params.version) == ("child", 2)
    assert params.idempotency_strategy is IdempotencyStrategy.RETURN_EXISTING
    assert params.definition == {"name": "child", "tasks": []}
    assert params.priority == "${workflow.input.p}"


def test_a_sub_workflow_given_by_an_expression() -> None:
    params = one_task(subWorkflowParam={"workflowDefinition": "${t.output.d}"}).sub_workflow
    assert params is not None
    assert params.definition == "${t.output.d}"
    assert params.idempotency_strategy is None


@pytest.mark.parametrize(
    ("definition", "path", "message"),
    [
        ({"name": {}}, "/name", "name has to be a string, not an object"),
        ({"version": "x"}, "/version", "version has to be a whole number, not 'x'"),
        ({"version": 1.5}, "/version", "version has to be a whole number, not 1.5"),
        ({"version": True}, "/version", "version has to be a whole number, not true"),
        ({"version": "9" * 99}, "/version", f"version has to be a whole number, not '{'9' * 60}…'"),
        ({"restartable": 0}, "/restartable", "restartable has to be true or false, not 0"),
        ({"restartable": "no"}, "/restartable", "restartable has to be true or false, not 'no'"),
        (
            {"timeoutPolicy": "NEVER"},
            "/timeoutPolicy",
            "timeoutPolicy has to be one of TIME_OUT_WF, ALERT_ONLY, not 'NEVER'",
        ),
        ({"variables": []}, "/variables", "variables has to be an object, not a list"),
        ({"tasks": {}}, "/tasks", "tasks has to be a list, not an object"),
        ({"tasks": [5]}, "/tasks/0", "has to be an object, not 5"),
        ({"inputParameters": ["a", None]}, "/inputParameters/1", "has to be a string, not null"),
        (
            {"failureWorkflowVersion": []},
            "/failureWorkflowVersion",
            "failureWorkflowVersion has to be a whole number, not a list",
        ),
        (
            {"tasks": [{"decisionCases": []}]},
            "/tasks/0/decisionCases",
            "decisionCases has to be an object, not a list",
        ),
        (
            {"tasks": [{"decisionCases": {"a": {}}}]},
            "/tasks/0/decisionCases/a",
            "a has to be a list, not an object",
        ),
        (
            {"tasks": [{"forkTasks": [{}]}]},
            "/tasks/0/forkTasks/0",
            "a branch has to be a list of tasks",
        ),
        (
            {"tasks": [{"inputExpression": "workflow.input"}]},
            "/tasks/0/inputExpression",
            "inputExpression has to be an object, not 'workflow.input'",
        ),
        (
            {"tasks": [{"subWorkflowParam": {"workflowDefinition": "child"}}]},
            "/tasks/0/subWorkflowParam/workflowDefinition",
            "workflowDefinition is a string, but not a valid DSL string",
        ),
        (
            {"tasks": [{"subWorkflowParam": {"workflowDefinition": 5}}]},
            "/tasks/0/subWorkflowParam/workflowDefinition",
            "workflowDefinition has to be an object",
        ),
    ],
)
def test_what_is_of_the_wrong_kind_is_noted(
    definition: dict[str, Any], path: str, message: str
) -> None:
    _, (problem,) = read(definition)
    assert (problem.path, problem.message) == (path, message)


def test_every_mistake_is_noted() -> None:
    _, problems = read({"name": [], "version": {}, "tasks": [{"optional": 3}, 7, {"joinOn": "x"}]})
    assert [problem.path for problem in problems] == [
        "/name",
        "/version",
        "/tasks/0/optional",
        "/tasks/1",
        "/tasks/2/joinOn",
    ]
