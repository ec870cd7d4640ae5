"""Conductor's own Python workers, unmodified: for ``mail_a_box`` one sync, one async, and one
that takes its time.

``python mail_a_box.py URL`` runs until it is killed. The SDK reads the annotations of the
functions as they stand, so they are not put off here.
"""

import sys
import time
from typing import Any

from conductor.client.automator.task_handler import TaskHandler
from conductor.client.configuration.configuration import Configuration
from conductor.client.context.task_context import get_task_context
from conductor.client.worker.exception import NonRetryableException
from conductor.client.worker.worker_task import worker_task


@worker_task(task_definition_name="shipping_info", thread_count=8)  # type: ignore[untyped-decorator]
def shipping_info(account: str) -> dict[str, Any]:
    context = get_task_context()
    context.add_log(f"looked up {account}")
    if account == "unknown":
        raise NonRetryableException("no such account")
    return {"name": f"customer {account}", "city": "Utrecht"}


@worker_task(task_definition_name="shipping_task", thread_count=8)  # type: ignore[untyped-decorator]
async def shipping_task(name: str, city: str) -> dict[str, Any]:
    return {"trackingNumber": f"{name} in {city}"}


@worker_task(  # type: ignore[untyped-decorator]
    task_definition_name="slow_work", lease_extend_enabled=True
)
def slow_work(seconds: int) -> dict[str, Any]:
    """Longer than the daemon waits for a sign of life; the SDK gives one meanwhile."""
    time.sleep(seconds)
    return {"slept": seconds}


def main(url: str) -> None:
    configuration = Configuration(server_api_url=url)
    with TaskHandler(configuration=configuration, scan_for_annotated_workers=True) as handler:
        handler.start_processes()
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1])
