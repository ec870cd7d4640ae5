"""The workers of the demo: ``python examples/worker.py [SOCKET]``.

A worker is a program that asks the daemon for tasks of the types it knows, does them, and
reports the result. It may run anywhere that reaches the socket, and it may crash: what it
held goes to somebody else.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from playhead import NonRetryable, run_workers, worker

WORK_SECONDS = 0.05


@worker("shipping_info", concurrency=4)
async def shipping_info(input: dict[str, Any]) -> dict[str, Any]:
    """Looks an address up."""
    await asyncio.sleep(WORK_SECONDS)
    if input["account"] == "unknown":
        raise NonRetryable("there is no such account")
    return {
        "name": f"Customer {input['account']}",
        "streetAddress": "1 Main Street",
        "city": "Springfield",
        "state": "OR",
        "zipcode": "97477",
    }


@worker("shipping_task", concurrency=4)
async def shipping_task(input: dict[str, Any]) -> dict[str, Any]:
    """Prints a label."""
    await asyncio.sleep(WORK_SECONDS)
    return {"trackingNumber": f"BOX-{input['name'].rpartition(' ')[2]}"}


@worker("notify_support")
async def notify_support(input: dict[str, Any]) -> dict[str, Any]:
    return {"ticket": f"T-{input['job'][-4:]}"}


@worker("/justworkflowit/aws/lambda", concurrency=4)
async def fetch_data(input: dict[str, Any]) -> dict[str, Any]:
    """Stands in for the Lambda function of the example."""
    await asyncio.sleep(WORK_SECONDS)
    return {"data": "forty-two"}


if __name__ == "__main__":
    # The daemon records why a task failed; the demo prints it from there.
    logging.disable(logging.ERROR)
    workers = (shipping_info, shipping_task, notify_support, fetch_data)
    asyncio.run(run_workers(*workers, socket=sys.argv[1] if len(sys.argv) > 1 else None))
