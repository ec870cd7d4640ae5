"""Doing tasks in Python: functions in, results out.

::

    @worker("charge", concurrency=4)
    async def charge(input: dict[str, Any]) -> dict[str, Any]:
        return {"receipt": await bank.charge(input["amount"])}

    asyncio.run(run_workers(charge))
"""

from playhead.workers.definition import Worker, worker
from playhead.workers.run import run_workers
from playhead.workers.task import InProgress, NonRetryable, Task

__all__ = ["InProgress", "NonRetryable", "Task", "Worker", "run_workers", "worker"]
