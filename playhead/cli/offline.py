"""Commands on a log file without a daemon: the only ones that know the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from daemon.operations.documents import job_document
from eventstore.file_systems import mounts, network_type
from eventstore.store import EventStoreError
from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from projections import offline
from projections.audit import AuditFilter
from projections.replay import AtPosition, AtSequence, AtTime, Point
from projections.times import parse_iso

T = TypeVar("T")
MAX_STEPS = 1_000_000


def network_type_of(folder: Path) -> str | None:
    """The network file system that a log in ``folder`` would lie on; None: no such."""
    return network_type(folder, mounts())


def audit_query(
    file: Path, filters: dict[str, Any], *, limit: int | None, cursor: str | None
) -> Any:
    def wanted() -> AuditFilter:
        return AuditFilter(
            actor=filters["actor"],
            workflow=filters["workflow"],
            job=filters["job"],
            tag=filters["tag"],
            types=tuple(filters["types"] or ()),
            since=_time(filters["since"]),
            until=_time(filters["until"]),
        )

    return _read(file, lambda: offline.audit_query(file, wanted(), limit=limit, cursor=cursor))


def audit_verify(file: Path) -> Any:
    return _read(file, partial(offline.audit_verify, file))


def replay_verify(file: Path, job_id: str | None) -> Any:
    return _read(file, partial(offline.replay_verify, file, job_id))


def replay_job(file: Path, job_id: str, *, first: int | None, last: int | None) -> Any:
    return _read(
        file,
        lambda: offline.replay_job(
            file,
            job_id,
            job_document,
            first=None if first is None else AtSequence(sequence=first),
            last=None if last is None else AtSequence(sequence=last),
            limit=MAX_STEPS,
        ),
    )


def job_at(file: Path, job_id: str, moment: dict[str, Any]) -> Any:
    return _read(file, lambda: offline.job_at(file, job_id, job_document, _point(moment)))


def _point(moment: dict[str, Any]) -> Point:
    if "sequence" in moment:
        return AtSequence(sequence=moment["sequence"])
    if "position" in moment:
        return AtPosition(position=moment["position"])
    return AtTime(at=parse_iso(moment["time"]))


def _time(text: str | None) -> int | None:
    return None if text is None else parse_iso(text)


def _read(file: Path, act: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What ``act`` finds in ``file``. Raises CommandFailed."""
    try:
        return asyncio.run(act())
    except FileNotFoundError as error:
        raise _failed(Exit.NOT_FOUND, file, "there is no such file", f"ls -l {file}") from error
    except LookupError as error:
        next = f"playhead audit query --offline {file}"
        raise _failed(Exit.NOT_FOUND, file, str(error.args[0]), next) from error
    except ValueError as error:
        raise _failed(Exit.USAGE, file, str(error), "the same with --help") from error
    except EventStoreError as error:
        next = f"playhead audit verify --offline {file}"
        raise _failed(Exit.FAILURE, file, str(error), next) from error
    except OSError as error:
        raise _failed(Exit.FAILURE, file, str(error), f"ls -l {file}") from error


def _failed(exit: Exit, file: Path, why: str, next: str) -> CommandFailed:
    return CommandFailed(exit, f"{file} does not answer that", why=why, next=next)
