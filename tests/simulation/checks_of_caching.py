"""What must be true of outputs that were kept, in every world."""

from __future__ import annotations

from typing import Any

from eventstore.events import (
    CachedOutputFound,
    CachedOutputMissed,
    CachedOutputSought,
    OutputKept,
    TaskCompleted,
    TaskDecided,
    TaskOutputCached,
    TaskStarted,
)
from eventstore.store import Recorded


def outputs_are_kept(events: list[Recorded]) -> None:
    """Each entry stands in the batch of its task and leads to its output; whatever was found
    is the output of the source, in its time; what looks is not carried out."""
    by_place = {(one.stream, one.sequence): one for one in events}
    kept: dict[str, list[tuple[int, Any]]] = {}
    promised: dict[tuple[int | None, str], int] = {}
    looking: dict[tuple[str, int], str] = {}
    for one in events:
        event: Any = one.event
        match event:
            case TaskOutputCached():
                promised[one.cause, f"cache/{event.digest}"] = event.until
            case OutputKept():
                held = by_place[f"job/{event.job_id}", event.sequence]
                assert isinstance(held.event, TaskCompleted | TaskDecided)
                assert promised.pop((one.cause, one.stream)) == event.until
                source = f"{event.job_id}.{event.task}"
                kept.setdefault(source, []).append((event.until, held.event.output))
            case CachedOutputSought():
                looking[one.stream, event.task] = event.digest
            case CachedOutputFound():
                del looking[one.stream, event.task]
                assert any(
                    one.at < until and event.output == output
                    for until, output in kept[event.source]
                )
            case CachedOutputMissed():
                del looking[one.stream, event.task]
            case TaskStarted():
                assert (one.stream, event.task) not in looking, "handed out while it looks"
    assert not promised, "an output is said to be kept and is not"
