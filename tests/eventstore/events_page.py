"""``docs/events.md``, made from the vocabulary: ``python -m tests.eventstore.events_page``."""

from __future__ import annotations

import inspect
import re
import typing
from pathlib import Path

import msgspec

from eventstore.events import Event, event_classes

PAGE = Path(__file__).parents[2] / "docs" / "events.md"

STREAMS = {
    "WorkflowRegistered": "workflow/<workflowId>",
    "VersionAdded": "workflow/<workflowId>",
    "VersionRetired": "workflow/<workflowId>",
    "TagMoved": "workflow/<workflowId>",
    "NameTaken": "name/workflow/<name>",
    "TaskTypeDefined": "task-type/<name>",
    "TaskTypeDeleted": "task-type/<name>",
    "IdempotencyKeyTaken": "name/idempotency/<digest>",
    "SchemaDefined": "schema/<name>",
    "SchemaDeleted": "schema/<name>",
    "TokenCreated": "token/<tokenId>",
    "TokenChanged": "token/<tokenId>",
    "TokenRevoked": "token/<tokenId>",
    "PermissionRefused": "token/<tokenId>",
    "EventHandlerDefined": "event-handler/<name>",
    "EventHandlerDeleted": "event-handler/<name>",
    "MessagePublished": "message/<messageId>",
    "ConditionEvaluated": "message/<messageId>",
    "HandlerMatched": "message/<messageId>",
    "HandlerPassedOver": "message/<messageId>",
    "ActionEnded": "message/<messageId>",
    "NotificationsDelivered": "listener/notifications",
    "NotificationDropped": "listener/notifications",
    "PoolCreated": "pool/<poolId>",
    "PoolChanged": "pool/<poolId>",
    "PoolDeleted": "pool/<poolId>",
    "SlotTaken": "limit/<kind>/<name>",
    "SlotAwaited": "limit/<kind>/<name>",
    "SlotFreed": "limit/<kind>/<name>",
    "SlotGivenUp": "limit/<kind>/<name>",
    "SlotsCounted": "limit/<kind>/<name>",
    "OutputKept": "cache/<digest>",
    "ScheduleSaved": "schedule/<name>",
    "SchedulePaused": "schedule/<name>",
    "ScheduleResumed": "schedule/<name>",
    "ScheduleDeleted": "schedule/<name>",
    "ScheduleFired": "schedule/<name>",
    "ScheduleMissed": "schedule/<name>",
    "ScheduleJobStarted": "schedule/<name>",
    "ScheduleJobRefused": "schedule/<name>",
    "SchedulerPaused": "scheduler",
    "SchedulerResumed": "scheduler",
    "SecretCreated": "secret/<key>",
    "SecretChanged": "secret/<key>",
    "SecretDeleted": "secret/<key>",
    "SecretResolved": "secret/<key>",
    "VaultKeyRotated": "vault",
    "ValuesErased": "erasure/<stream>",
    "RequestNoted": "of the thing that was asked about",
}
"""Of the events that are none of a job."""

OF_A_JOB = (
    "eventstore.events.cache",
    "eventstore.events.children",
    "eventstore.events.jobs",
    "eventstore.events.tasks",
)

HEAD = """\
# The events of the log

Every event class that this release knows, by the module that defines it. This page is
checked against the code (`python -m tests.eventstore.events_page` writes it).

An event is a frozen record in the past tense. A **fact** came from outside (somebody asked,
a worker reported, a timer fired); a **consequence** was decided from the fact that begins
its batch and names it as `cause`. Times are UTC microseconds. Fields marked *user data* are
stored apart from the structure and can be erased; a reader then sees
`{"$erased": position}`, the position of the `ValuesErased` that says who did it and why.

## The envelope

Beside its own fields every event has these columns:

| column | meaning |
|---|---|
| `position` | 1, 2, 3 … in the log, without gaps, never given twice |
| `stream`, `sequence` | what it is about, and 1, 2, 3 … within that |
| `type`, `shape` | the class, and the version of its fields; an older one is upgraded when read |
| `at` | when, never before the event in front of it |
| `actor` | who: `uid:1000/alice`, or `daemon` (then `cause` leads to a person) |
| `request` | the caller's request id, or the one that the daemon made up |
| `cause` | position of the event that led to this one |
| `trace` | the caller's trace, if it gave one |
| `epoch` | which owner of the log wrote it; 1 on one machine |
| `decider` | version of the rules that decided the consequences |
| `payload` | JSON of the structural fields; what has its default is left out |
| `values` | JSON of the user data that is set |
| `refs` | which user data lies in `documents` for its size, by SHA-256: fields or places in them |
| `digest` | SHA-256 of the stream's salt, `values` and `refs` |
| `hash` | SHA-256 of the hash before, the envelope, `payload` and `digest` |

The envelope enters the hash as a JSON array without spaces of the columns `position` to
`decider` in the order `position, stream, sequence, type, shape, at, actor, request, cause,
trace, epoch, decider`; the first hash before is 32 zero bytes. `tests/golden/chain.json` has
worked examples. Erasing removes `values`, `refs` and the salt and leaves `digest`, so the
chain still verifies.
"""


def page() -> str:
    modules: dict[str, list[type[Event]]] = {}
    for cls in event_classes().values():
        modules.setdefault(cls.__module__, []).append(cls)
    return "\n".join([HEAD, *(_section(name, modules[name]) for name in sorted(modules))])


def _section(module: str, classes: list[type[Event]]) -> str:
    title = module.rpartition(".")[2].capitalize()
    return "\n".join([f"## {title}", "", *(_entry(cls) for cls in classes)])


def _entry(cls: type[Event]) -> str:
    kind = "Fact" if cls.fact else "Consequence"
    about = inspect.cleandoc(cls.__doc__ or "").replace("``", "`")
    lines = [f"### {cls.__name__}", "", f"{kind} in `{stream_of(cls)}`, shape {cls.shape}."]
    if about:
        lines += ["", about]
    if cls.__struct_fields__:
        lines += ["", "| field | type | |", "|---|---|---|", *_rows(cls)]
    return "\n".join([*lines, ""])


def stream_of(cls: type[Event]) -> str:
    """Raises KeyError for a class that nobody has said the stream of."""
    return "job/<jobId>" if cls.__module__ in OF_A_JOB else STREAMS[cls.__name__]


def _rows(cls: type[Event]) -> list[str]:
    hints = typing.get_type_hints(cls)
    return [
        f"| `{field.name}` | {_shown(hints[field.name])} | {_note(cls, field)} |"
        for field in msgspec.structs.fields(cls)
    ]


def _note(cls: type[Event], field: msgspec.structs.FieldInfo) -> str:
    if field.name in cls.values:
        return "*user data*"
    if field.required:
        return ""
    if field.default_factory is not msgspec.NODEFAULT:
        return "default empty"
    return f"default `{field.default!r}`"


def _shown(hint: object) -> str:
    text = hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text).replace("Any", "JSON").replace("|", "or")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
