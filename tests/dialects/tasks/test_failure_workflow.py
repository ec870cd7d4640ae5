"""The workflow that another one's failure starts (reference conductor.md §3.11)."""

from dataclasses import replace
from typing import Any

import pytest

from daemon.dialects.plan import Ending, FailureJob, Pins, Policy
from eventstore.events import JobStatus, TaskStatus
from tests.dialects.tasks.definitions import DIALECT, plan, workflow
from tests.dialects.tasks.views import Task, done, job

ENDING = Ending(status=JobStatus.FAILED, reason="it broke", failed_task=2)


def failure(definition: dict[str, Any], ending: Ending = ENDING, **of: Any) -> FailureJob | None:
    return plan(definition).failure(job(done("t"), **of), ending)


def test_without_one_nothing_starts() -> None:
    assert failure(workflow()) is None
    assert failure(workflow(failureWorkflow="")) is None


def test_it_is_named_literally() -> None:
    started = failure(workflow(failureWorkflow="shipping_issues"))
    assert started is not None
    assert started.workflow == "shipping_issues"
    assert started.version_number is None
    assert started.output_key == "conductor.failure_workflow"


def test_its_version_can_be_fixed() -> None:
    started = failure(workflow(failureWorkflow="x", failureWorkflowVersion=4))
    assert started is not None
    assert started.version_number == 4


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("$workflow.input.handler", "cleanup"),
        ("$workflow.input.missing", None),
        ("$workflow.input.number", None),
        ("$workflow.input", None),
        ("$handler", None),
        # The braces become part of the key, as they do in the original.
        ("${workflow.input.handler}", None),
    ],
)
def test_it_can_be_named_by_the_input(name: str, expected: str | None) -> None:
    given = {"handler": "cleanup", "number": 5}
    started = failure(workflow(failureWorkflow=name), input=given)
    assert (started and started.workflow) == expected


def test_it_gets_the_input_of_the_failed_job_and_what_went_wrong() -> None:
    started = failure(
        workflow(failureWorkflow="x"),
        input={"orderId": 7, "reason": "overwritten"},
        output={"o": 1},
        variables={"v": 1},
        correlation_id="c",
    )
    assert started is not None
    assert started.input == {
        "orderId": 7,
        "workflowId": "j",
        "reason": "it broke",
        "failureStatus": "FAILED",
        "failureTaskId": "j.2",
        "failedWorkflow": {
            "workflowId": "j",
            "workflowName": "order",
            "workflowVersion": 3,
            "status": "FAILED",
            "reasonForIncompletion": "it broke",
            "correlationId": "c",
            "taskToDomain": {},
            "failedTaskId": "j.2",
            "startTime": 0,
            "endTime": 0,
            "input": {"orderId": 7, "reason": "overwritten"},
            "output": {"o": 1},
            "variables": {"v": 1},
            "failedReferenceTaskNames": [],
            "failedTaskNames": [],
            "tasks": [shown(done("t"))],
        },
    }


def shown(task: Task) -> dict[str, Any]:
    return {
        "taskId": f"j.{task.number}",
        "taskType": task.task_type,
        "taskDefName": task.name,
        "referenceTaskName": task.ref,
        "status": str(task.status),
        "reasonForIncompletion": task.reason,
        "inputData": {} if task.input is None else task.input,
        "outputData": {} if task.output is None else task.output,
        "retryCount": task.attempt,
        "iteration": 0,
        "workerId": None,
        "pollCount": 0,
        "scheduledTime": 0,
        "startTime": 0,
        "endTime": 0,
        "subWorkflowId": None,
    }


def test_it_is_told_what_happened_to_every_task() -> None:
    broken = done("b", {"part": 1}, number=2, name="break_it", attempt=1, reason="it broke")
    broken = replace(broken, status=TaskStatus.FAILED, started_at=2_000_000, ended_at=3_000_999)
    started = plan(workflow(failureWorkflow="x")).failure(job(done("a"), broken), ENDING)
    assert started is not None
    failed = started.input["failedWorkflow"]
    assert failed["failedReferenceTaskNames"] == ["b"]
    assert failed["failedTaskNames"] == ["break_it"]
    times = {"startTime": 2_000, "endTime": 3_000}
    assert failed["tasks"] == [shown(done("a")), {**shown(broken), **times}]


def test_tasks_that_are_more_than_a_job_can_be_given_are_left_out() -> None:
    pins = Pins(policy=Policy(max_input_bytes=2_000))
    compiled = DIALECT.compile(workflow(failureWorkflow="x"), pins)
    few = compiled.failure(job(done("a")), ENDING)
    many = compiled.failure(job(*(done(f"t{n}", "long" * 50) for n in range(5))), ENDING)
    assert few is not None
    assert many is not None
    assert "tasks" in few.input["failedWorkflow"]
    assert "tasks" not in many.input["failedWorkflow"]
    assert many.input["failedWorkflow"]["workflowId"] == "j"


def test_the_failed_task_is_named_only_when_there_is_one() -> None:
    ending = Ending(status=JobStatus.TIMED_OUT, reason="late")
    started = failure(workflow(failureWorkflow="x"), ending)
    assert started is not None
    assert "failureTaskId" not in started.input
    assert started.input["failureStatus"] == "TIMED_OUT"


def test_an_input_that_was_erased_is_an_empty_one() -> None:
    started = failure(workflow(failureWorkflow="x"), input=None)
    assert started is not None
    assert started.input["workflowId"] == "j"
    assert failure(workflow(failureWorkflow="$workflow.input.x"), input=None) is None
