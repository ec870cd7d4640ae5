"""The examples of Conductor's page on workflow definitions, with the braces and the texts
that the page lost put back, run through the decider."""

from __future__ import annotations

from typing import Any

from daemon.dialects.plan import Known
from eventstore.events import JobStatus, TaskStatus
from tests.dialects.tasks.definitions import DIALECT
from tests.dialects.tasks.running import Run

MAIL_A_BOX: dict[str, Any] = {
    "name": "mail_a_box",
    "description": "shipping Workflow",
    "version": 1,
    "tasks": [
        {
            "name": "shipping_info",
            "taskReferenceName": "shipping_info_ref",
            "inputParameters": {"account": "${workflow.input.accountNumber}"},
            "type": "SIMPLE",
        },
        {
            "name": "shipping_task",
            "taskReferenceName": "shipping_task_ref",
            "inputParameters": {
                "name": "${shipping_info_ref.output.name}",
                "streetAddress": "${shipping_info_ref.output.streetAddress}",
                "city": "${shipping_info_ref.output.city}",
                "state": "${shipping_info_ref.output.state}",
                "zipcode": "${shipping_info_ref.output.zipcode}",
            },
            "type": "SIMPLE",
        },
    ],
    "outputParameters": {"trackingNumber": "${shipping_task_ref.output.trackinNumber}"},
    "failureWorkflow": "shipping_issues",
    "restartable": True,
    "workflowStatusListenerEnabled": True,
    "ownerEmail": "",
    "timeoutPolicy": "ALERT_ONLY",
    "timeoutSeconds": 0,
    "variables": {},
    "inputTemplate": {},
}
ADDRESS = {
    "name": "Ann",
    "streetAddress": "1 Main Street",
    "city": "Cupertino",
    "state": "CA",
    "zipcode": "95014",
}


def test_mail_a_box_is_valid_with_two_warnings_about_registration_and_owner() -> None:
    found = DIALECT.validate(MAIL_A_BOX, Known())
    assert found.errors == ()
    assert [one.path for one in found.warnings] == ["/ownerEmail", "/tasks/0/name", "/tasks/1/name"]


def test_mail_a_box_outputs_the_tracking_number() -> None:
    run = Run(MAIL_A_BOX, {"accountNumber": "A-7"})
    assert run.task(1).input == {"account": "A-7"}
    assert run.task(1).task_type == "shipping_info"
    run.complete(1, ADDRESS)
    assert run.task(2).input == ADDRESS
    run.complete(2, {"trackinNumber": "1Z999"})
    assert run.state.status is JobStatus.COMPLETED
    assert run.state.output == {"trackingNumber": "1Z999"}


def test_shipping_issues_starts_when_mail_a_box_fails() -> None:
    run = Run(MAIL_A_BOX, {"accountNumber": "A-7"})
    run.complete(1, ADDRESS)
    run.fail(2, "no such street")
    assert run.state.status is JobStatus.FAILED
    (asked,) = run.failure_jobs
    assert asked.workflow == "shipping_issues"
    assert asked.output_key == "conductor.failure_workflow"
    given = asked.input
    assert given["accountNumber"] == "A-7"
    assert given["workflowId"] == run.state.job_id
    assert given["failureStatus"] == "FAILED"
    assert given["failureTaskId"] == run.state.task_id(2)
    assert "no such street" in given["reason"]
    assert given["failedWorkflow"]["output"] == {"trackingNumber": None}


def encode_workflow(kind: str) -> dict[str, Any]:
    """The page's second example; its references name the task, so its ref is that name."""
    return {
        "name": "encode_workflow",
        "description": "Encode movie.",
        "version": 1,
        "inputParameters": ["movieId", "fileLocation", "recipe"],
        "tasks": [
            {"name": "loc_task", "taskReferenceName": "loc_task", "taskType": "SIMPLE"},
            {
                "name": "http_task",
                "taskReferenceName": "http_task_ref",
                "taskType": kind,
                "inputParameters": {
                    "movieId": "${workflow.input.movieId}",
                    "url": "${workflow.input.fileLocation}",
                    "lang": "${loc_task.output.languages[0]}",
                    "http_request": {
                        "method": "POST",
                        "url": "http://example.com/${loc_task.output.fileId}/encode",
                        "body": {
                            "recipe": "${workflow.input.recipe}",
                            "params": {"width": 100, "height": 100},
                        },
                        "headers": {
                            "Accept": "application/json",
                            "Content-Type": "application/json",
                        },
                    },
                },
            },
        ],
        "ownerEmail": "",
        "variables": {},
        "inputTemplate": {},
    }


def test_encode_workflow_merges_input_and_output_into_the_input_of_its_task() -> None:
    run = Run(
        encode_workflow("EXTERNAL_HTTP"),
        {"movieId": "movie_123", "fileLocation": "s3://moviebucket/file123", "recipe": "png"},
    )
    run.complete(1, {"fileId": "file_xxx_yyy_zzz", "languages": ["en", "ja", "es"]})
    assert run.task(2).task_type == "EXTERNAL_HTTP"
    assert run.task(2).input == {
        "movieId": "movie_123",
        "url": "s3://moviebucket/file123",
        "lang": "en",
        "http_request": {
            "method": "POST",
            "url": "http://example.com/file_xxx_yyy_zzz/encode",
            "body": {"recipe": "png", "params": {"width": 100, "height": 100}},
            "headers": {"Accept": "application/json", "Content-Type": "application/json"},
        },
    }


def test_encode_workflow_as_printed_is_taken() -> None:
    assert DIALECT.validate(encode_workflow("HTTP"), Known()).errors == ()


def test_an_input_expression_hands_on_the_whole_input() -> None:
    definition = {
        "name": "movies",
        "tasks": [
            {
                "name": "loc_task",
                "taskReferenceName": "loc_task_ref",
                "taskType": "SIMPLE",
                "inputExpression": {"expression": "workflow.input", "type": "JSON_PATH"},
            }
        ],
    }
    assert DIALECT.validate(definition, Known()).errors == ()
    run = Run(definition, {"movieId": "movie_123"})
    assert run.task(1).input == {"movieId": "movie_123"}


def test_a_default_input_counts_when_no_input_is_given() -> None:
    definition = {
        "name": "calls",
        "inputTemplate": {"url": "https://some_url:7004"},
        "tasks": [
            {
                "name": "call",
                "taskReferenceName": "call",
                "type": "SIMPLE",
                "inputParameters": {"url": "${workflow.input.url}"},
            }
        ],
    }
    assert Run(definition, None).task(1).input == {"url": "https://some_url:7004"}
    assert Run(definition, {}).task(1).input == {"url": "https://some_url:7004"}
    assert Run(definition, {"url": "x"}).task(1).input == {"url": "x"}


def test_the_output_is_by_default_that_of_the_last_task() -> None:
    definition = {name: MAIL_A_BOX[name] for name in ("name", "tasks")}
    run = Run(definition, {})
    run.complete(1, ADDRESS)
    run.complete(2, {"trackinNumber": "1Z999"})
    assert run.state.output == {"trackinNumber": "1Z999"}


def test_an_optional_task_may_fail() -> None:
    tasks = [{**MAIL_A_BOX["tasks"][0], "optional": True, "retryCount": 0}, MAIL_A_BOX["tasks"][1]]
    run = Run({**MAIL_A_BOX, "tasks": tasks}, {})
    run.fail(1, "closed", TaskStatus.FAILED)
    assert run.task(1).status is TaskStatus.COMPLETED_WITH_ERRORS
    assert run.task(2).input["name"] is None
