from __future__ import annotations

from typing import Any

from daemon.executors.executor import Order


def order(task_type: str, given: Any) -> Order:
    return Order(job_id="job", task=7, task_type=task_type, ref="step", attempt=0, input=given)
