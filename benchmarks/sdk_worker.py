"""Conductor's own Python worker, unmodified: ``python -m benchmarks.sdk_worker URL THREADS``.

The SDK reads the annotations of the function as they stand, so they are not put off here.
"""

import sys
import time
from typing import Any

from conductor.client.automator.task_handler import TaskHandler
from conductor.client.configuration.configuration import Configuration
from conductor.client.worker.worker_task import worker_task

from benchmarks.definitions import SAMPLE, TYPE

THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else 1


@worker_task(task_definition_name=TYPE, thread_count=THREADS)  # type: ignore[untyped-decorator]
def nothing(a: int, b: str, n: int) -> dict[str, Any]:
    return SAMPLE


def main(url: str) -> None:
    configuration = Configuration(server_api_url=f"{url}/api")
    with TaskHandler(configuration=configuration, scan_for_annotated_workers=True) as handler:
        handler.start_processes()
        print("polling", flush=True)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1])
