"""``system.*`` and ``projections.rebuild``."""

from __future__ import annotations

from pathlib import Path

from daemon.operations import parameters as p
from daemon.operations.answering import Answer, Call
from daemon.operations.calls import Result
from daemon.operations.house import House
from daemon.operations.refusals import invalid
from projections.times import iso_or_none


def status(house: House, call: Call, asked: p.Nothing) -> Answer:
    head = house.store.head
    state = house.store.state
    return {
        **house.facts(),
        "log": {
            "id": house.store.log_id,
            "position": head.position,
            "hash": head.hash.hex(),
            "epoch": head.epoch,
            "mode": state.mode,
            "why": state.why,
            "queuedBytes": house.store.queued_bytes,
            "failedCommits": house.ledger.failures,
        },
        "jobs": {
            "inMemory": len(house.jobs),
            "openAtStart": house.recovery.open_jobs,
            "takenUp": house.recovery.taken_up,
            "recovered": house.recovery.done.is_set(),
        },
        "queues": [
            {
                "taskType": task_type,
                "domain": domain,
                "ready": len(queue),
                "waitingPolls": sum(1 for one in queue.polls if one.waits),
            }
            for (task_type, domain), queue, _ in house.handout.rows()
        ],
        "timers": {
            "armed": len(house.timers),
            "nextDue": iso_or_none(house.timers.next_due()),
        },
        "subscriptions": len(house.subscriptions),
        "waitingPolls": len(house.polls),
        "projections": house.read_models.status(),
        "counters": dict(sorted(house.counters.items())),
    }


def health(house: House, call: Call, asked: p.Nothing) -> Answer:
    """``ok`` False: what was asked to be recorded may not be."""
    state = house.store.state
    projections = house.read_models.status()
    return {
        "ok": state.mode == "ok",
        "log": state.mode,
        "why": state.why,
        "projections": projections["state"],
        "recovered": house.recovery.done.is_set(),
    }


def backup(house: House, call: Call, asked: p.Backup) -> Answer:
    path = Path(asked.path)
    if not path.is_absolute():
        raise invalid("/path", "an absolute path is needed: the daemon has its own directory")
    if path.exists():
        raise invalid("/path", f"{path} exists already")
    if not path.parent.is_dir():
        raise invalid("/path", f"{path.parent} is no directory")
    return _back_up(house, path)


async def _back_up(house: House, path: Path) -> Result:
    head = await house.store.backup(path)
    places = house.secrets.vault.places
    return {
        "path": str(path),
        "position": head.position,
        "hash": head.hash.hex(),
        "secretsFile": None if places is None else places[0],
        "secretsKeyFile": None if places is None else places[1],
    }


def rebuild(house: House, call: Call, asked: p.Nothing) -> Answer:
    return house.read_models.rebuild()
