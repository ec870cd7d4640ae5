"""What expressions can read of a job and its tasks (reference conductor.md §2.2)."""

from typing import Any

import pytest

from daemon.dialects.tasks.expressions import compile_template
from eventstore.events import JobStatus, TaskStatus
from tests.dialects.tasks.views import Job, Task, done, job

TASK = Task(
    number=7,
    ref="t",
    name="def_name",
    task_type="def_type",
    attempt=2,
    iteration=0,
    status=TaskStatus.FAILED,
    input={"a": 1},
    output={"b": 2},
    reason="why",
    scheduled_at=1_000_000,
    started_at=2_500_999,
    worker="w1",
    poll_count=3,
    callback_seconds=12.0,
)
JOB = job(
    TASK,
    input={"x": [1, {"y": 2}]},
    variables={"v": "w"},
    correlation_id="c",
    reason="because",
    status=JobStatus.FAILED,
)

WORKFLOW = {
    "input": {"x": [1, {"y": 2}]},
    "output": {},
    "status": "FAILED",
    "workflowId": "j",
    "parentWorkflowId": None,
    "parentWorkflowTaskId": None,
    "workflowType": "order",
    "version": 3,
    "correlationId": "c",
    "reasonForIncompletion": "because",
    "schemaVersion": 2,
    "variables": {"v": "w"},
}
OF_TASK = {
    "input": {"a": 1},
    "output": {"b": 2},
    "taskType": "def_type",
    "status": "FAILED",
    "referenceTaskName": "t",
    "retryCount": 2,
    "correlationId": "c",
    "pollCount": 3,
    "taskDefName": "def_name",
    "scheduledTime": 1000,
    "startTime": 2500,
    "endTime": 0,
    "workflowInstanceId": "j",
    "taskId": "j.7",
    "reasonForIncompletion": "why",
    "callbackAfterSeconds": 12,
    "workerId": "w1",
    "iteration": 0,
}


def value(expression: str, of: Job = JOB) -> Any:
    return compile_template(expression)(of, None)


@pytest.mark.parametrize(("field", "expected"), WORKFLOW.items())
def test_a_field_of_the_workflow(field: str, expected: Any) -> None:
    assert value(f"${{workflow.{field}}}") == expected


@pytest.mark.parametrize(("field", "expected"), OF_TASK.items())
def test_a_field_of_a_task(field: str, expected: Any) -> None:
    found = value(f"${{t.{field}}}")
    assert found == expected
    assert type(found) is type(expected)


def test_the_workflow_has_exactly_these_fields() -> None:
    assert value("${workflow}") == WORKFLOW


def test_a_task_has_exactly_these_fields() -> None:
    assert value("${t}") == OF_TASK


@pytest.mark.parametrize(
    "expression",
    [
        "${workflow.priority}",
        "${workflow.createTime}",
        "${workflow.taskToDomain}",
        "${t.updateTime}",
        "${t.subWorkflowId}",
        "${unknown}",
        "${unknown.output}",
        "${unknown.output.x}",
        "${workflow[0]}",
        "${t[0]}",
    ],
)
def test_nothing_else_is_there(expression: str) -> None:
    assert value(expression) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("${workflow.input.x[1].y}", 2),
        ("${workflow['input']['x'][0]}", 1),
        ("${workflow.input..y}", [2]),
        ("${workflow..y}", [2]),
        ("${workflow.variables.v}", "w"),
        ("${workflow.status.length()}", None),
        ("${workflow.input.x.length()}", 2),
        ("${t['output','input']}", {"output": {"b": 2}, "input": {"a": 1}}),
        ("${t.*}", list(OF_TASK.values())),
        ("${$.t.output.b}", 2),
    ],
)
def test_paths_go_on_from_there(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_a_task_without_output_has_an_empty_one() -> None:
    of = job(Task(ref="t"))
    assert value("${t.output}", of) == {}
    assert value("${t.input}", of) == {}
    assert value("${t.output.x}", of) is None


def test_the_newest_attempt_counts() -> None:
    of = job(done("t", {"x": 1}, number=1), done("t", {"x": 2}, number=2, attempt=1))
    assert value("${t.output.x}", of) == 2
    assert value("${t.output..x}", of) == [2]


def test_the_status_is_text_and_nothing_more() -> None:
    assert type(value("${t.status}")) is str
    assert type(value("${workflow.status}")) is str


def test_only_the_task_that_is_named_is_looked_at() -> None:
    asked: list[str] = []

    class Watched(Job):
        def latest(self, ref: str) -> Task | None:
            asked.append(ref)
            return super().latest(ref)

    of = Watched(tasks=tuple(done(f"t{n}", {"x": n}) for n in range(5)))
    template = compile_template({"a": "${t3.output.x}", "b": "${t1.output..x}", "c": "${workflow}"})
    assert template(of, None)["a"] == 3
    assert asked == ["t3", "t1"]


def test_output_of_an_ended_job() -> None:
    assert value("${workflow.output.r}", job(output={"r": 1})) == 1
