"""What a sink is called: the event that messages sent to it are (reference conductor.md §4).

Playhead has queues of its own only; they are called ``conductor:…``.
"""

from __future__ import annotations

from daemon.dialects.plan import Fault
from eventstore.events import TaskStatus

INTERNAL = "conductor"
PREFIX = f"{INTERNAL}:"
URLS = ("http://", "https://")
"""How the sink of a listener begins that is told over HTTP."""


def is_foreign(sink: str) -> bool:
    """A queue of something else, as ``sqs:orders``."""
    return not sink.startswith(INTERNAL)


def refusal_of_sink(sink: str) -> str | None:
    """Why nothing can be sent to ``sink``; None for one of the daemon's own queues."""
    if sink == INTERNAL or (sink.startswith(PREFIX) and sink != PREFIX):
        return None
    if not is_foreign(sink):
        return f"the sink '{sink}' is neither '{INTERNAL}' nor '{PREFIX}<queue>'"
    return (
        f"messages to '{sink}' cannot be sent by this release; it has queues of its own "
        f"('{INTERNAL}', '{PREFIX}<queue>'), and KAFKA_PUBLISH, HTTP and your workers reach others"
    )


def event_of(sink: str, workflow: str, ref: str) -> str | Fault:
    """The event of a message that the step ``ref`` of ``workflow`` sends to ``sink``."""
    wrong = refusal_of_sink(sink)
    if wrong is not None:
        return Fault(reason=wrong, status=TaskStatus.FAILED)
    queue = ref if sink == INTERNAL else sink.removeprefix(PREFIX)
    return f"{PREFIX}{workflow}:{queue}"
