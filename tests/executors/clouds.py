"""Steps that functions of a cloud do."""

from __future__ import annotations

from typing import Any

from daemon.executors.executor import Order

LAMBDA = "/justworkflowit/aws/lambda"
CLOUD_FUNCTION = "/justworkflowit/gcp/cloudfunction"
ACCOUNT = "123456789012"
REGION = "us-east-1"

CONTEXT = {
    "jobId": "job",
    "organizationId": "org",
    "stepName": "fetch",
    "idempotencyKey": "job.7",
}


def order(task_type: str, given: Any, **config: Any) -> Order:
    return Order(
        job_id="job",
        task=7,
        task_type=task_type,
        ref="fetch",
        attempt=0,
        input=given,
        config=config,
    )


def of_lambda(given: Any = None, **more: Any) -> Order:
    config = {"region": REGION, "accountId": ACCOUNT, "functionName": "fetch-data", **more}
    return order(LAMBDA, given, **config)
