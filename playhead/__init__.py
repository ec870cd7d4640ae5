"""The client library of the workflow daemon Playhead.

>>> async def greet() -> None:
...     async with Client() as client:
...         job = await client.submit_job("greet", input={"name": "Ada"})
...         print((await client.wait_for_job(job))["output"])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playhead.backoff import Backoff
    from playhead.client import Client
    from playhead.errors import (
        BadCursor,
        BeyondHead,
        Busy,
        CallTimedOut,
        Conflict,
        ConnectionLost,
        ContractBroken,
        DaemonUnreachable,
        InternalError,
        InvalidDefinition,
        InvalidParams,
        Lagging,
        MethodNotFound,
        NoSlot,
        NotAllowed,
        NotFound,
        NoVersion,
        PlayheadError,
        ProtocolError,
        ReadOnly,
        Refused,
        RequestIdReused,
        RpcError,
        Stopping,
        TooLarge,
        UnknownOutcome,
    )
    from playhead.subscription import Subscription
    from playhead.workers import InProgress, NonRetryable, Task, Worker, run_workers, worker

__all__ = [
    "Backoff",
    "BadCursor",
    "BeyondHead",
    "Busy",
    "CallTimedOut",
    "Client",
    "Conflict",
    "ConnectionLost",
    "ContractBroken",
    "DaemonUnreachable",
    "InProgress",
    "InternalError",
    "InvalidDefinition",
    "InvalidParams",
    "Lagging",
    "MethodNotFound",
    "NoSlot",
    "NoVersion",
    "NonRetryable",
    "NotAllowed",
    "NotFound",
    "PlayheadError",
    "ProtocolError",
    "ReadOnly",
    "Refused",
    "RequestIdReused",
    "RpcError",
    "Stopping",
    "Subscription",
    "Task",
    "TooLarge",
    "UnknownOutcome",
    "Worker",
    "run_workers",
    "worker",
]

_HOMES = {
    "Backoff": "playhead.backoff",
    "Client": "playhead.client",
    "Subscription": "playhead.subscription",
    "InProgress": "playhead.workers",
    "NonRetryable": "playhead.workers",
    "Task": "playhead.workers",
    "Worker": "playhead.workers",
    "run_workers": "playhead.workers",
    "worker": "playhead.workers",
}


def __getattr__(name: str) -> Any:
    """The command line lives in this package too and must not pay for asyncio."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES.get(name, "playhead.errors")), name)
