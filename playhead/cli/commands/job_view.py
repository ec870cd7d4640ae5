"""How a job is shown to people."""

from __future__ import annotations

from typing import Any

from playhead.cli.output import Row, shown
from playhead.cli.session import Session

TASKS = (
    ("TASK", "taskId"),
    ("REF", "ref"),
    ("TYPE", "taskType"),
    ("ATTEMPT", "attempt"),
    ("STATUS", "status"),
    ("STARTED", "startedAt"),
    ("ENDED", "endedAt"),
    ("REASON", "reason"),
)


def show_job(session: Session, job: Row) -> None:
    if session.output.as_json:
        session.output.json(job)
        return
    session.output.fields(_head(job))
    session.output.line()
    session.output.table(job["tasks"], TASKS, empty="No tasks yet.")
    if job["waitingFor"]:
        session.output.line()
        _say_waiting(session, job)


def _head(job: Row) -> list[tuple[str, Any]]:
    return [
        ("job", job["jobId"]),
        ("status", job["status"]),
        ("reason", job["reason"]),
        ("workflow", f"{job['workflow']} version {job['versionNumber']}"),
        ("tag", job["tag"]),
        ("correlation id", job["correlationId"]),
        ("idempotency key", job["idempotencyKey"]),
        ("submitted", f"{job['createdAt']} by {job['submittedBy']}"),
        ("ended", job["endedAt"]),
        ("events", job["sequence"]),
        ("failure job", job["failureJobId"]),
        ("input", job["input"]),
        ("output", job["output"]),
        ("variables", job["variables"] or None),
    ]


def show_waiting(session: Session, job: Row) -> None:
    if session.output.as_json:
        session.output.json({"jobId": job["jobId"], "waitingFor": job["waitingFor"]})
    elif job["waitingFor"]:
        _say_waiting(session, job)
    else:
        session.output.line(f"Job {job['jobId']} waits for nothing: it is {job['status']}.")


def _say_waiting(session: Session, job: Row) -> None:
    session.output.line("waits for")
    for each in job["waitingFor"]:
        session.output.line(f"  {sentence(each)}, since {each['since']}")


def sentence(waiting: Row) -> str:
    """One entry of ``waitingFor`` in words."""
    match waiting["kind"]:
        case "worker":
            domain = f" in domain {waiting['domain']}" if waiting.get("domain") else ""
            return f"a worker that polls for {waiting['taskType']}{domain}"
        case "result":
            return f"the result of task {waiting['taskId']} from worker {waiting['workerId']}"
        case "executor":
            return f"the daemon to carry out task {waiting['taskId']}"
        case "timer":
            return f"{waiting['at']}: {waiting['why']}"
        case "outsideEvent":
            return f"the outside event {' or '.join(waiting['ids'])}"
        case "job":
            return f"job {waiting['jobId']}"
        case "slot":
            return f"a slot of {waiting['limit']} (place {waiting['place']})"
        case "operator":
            return f"an operator: {waiting['why']}"
        case _:
            return shown(waiting)


def show_steps(session: Session, found: Row) -> None:
    if session.output.as_json:
        session.output.json(found)
        return
    for step in found["steps"]:
        cause = "" if step["cause"] is None else f", because of position {step['cause']}"
        session.output.line(
            f"{step['sequence']}. {step['type']} at {step['at']}, position {step['position']},"
            f" by {step['actor']}{cause}"
        )
        for change in step["changes"]:
            session.output.line(f"     {change['path'] or '(all)'}: {_change(change)}")


def _change(change: Row) -> str:
    """What was not there before, or is not there after, has no value on that side."""
    before, after = (shown(change[side]) if side in change else "" for side in ("before", "after"))
    return f"{before} -> {after}".strip()
