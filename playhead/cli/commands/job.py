"""``playhead job``: the verbs. What they show is in ``job_view`` and ``job_watch``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playhead.cli.commands.audit import add_offline
from playhead.cli.commands.job_steer import fill_steering
from playhead.cli.commands.job_view import TASKS, show_job, show_steps, show_waiting
from playhead.cli.commands.job_watch import submit, watch
from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group, add_page, seconds
from playhead.cli.session import Session
from playhead.cli.values import json_value, moment, version_selector

COLUMNS = (
    ("JOB", "jobId"),
    ("WORKFLOW", "workflow"),
    ("VERSION", "versionNumber"),
    ("STATUS", "status"),
    ("CREATED", "createdAt"),
    ("ENDED", "endedAt"),
)

STRATEGIES = ("FAIL", "RETURN_EXISTING", "FAIL_ON_RUNNING")
"""Where an idempotency key was used before."""


def fill(group: Group) -> None:
    _fill_submit(group)
    _on_job(group, "show", show, "show a job: its state, its tasks, what it waits for")
    _fill_tasks(group)
    _fill_list(group)
    _on_job(group, "watch", watch, "print a job's events until it ends; the code tells how")
    past = _on_job(group, "at", at, "show a job as it was at a point in its life")
    past.add_argument(
        "point",
        metavar="POINT",
        type=moment,
        help="N: after its N-th event; @N: at position N of the log; or an ISO 8601 time",
    )
    add_offline(past)
    _on_job(group, "why-waiting", why_waiting, "what a job waits for, and since when")
    steps = _on_job(group, "replay", replay, "walk through a job's events: what each one changed")
    steps.add_argument("--from", dest="first", type=int, metavar="N", help="from its N-th event")
    steps.add_argument("--to", dest="last", type=int, metavar="N", help="to its N-th event")
    add_offline(steps)
    fill_steering(group)


def _on_job(group: Group, name: str, run: Callable[[Session], int], about: str) -> Any:
    parser = group.command(name, run, about)
    parser.add_argument("job", metavar="JOB")
    return parser


def _fill_submit(group: Group) -> None:
    new = group.command("submit", submit, "start a job", changing=True)
    new.add_argument("workflow", metavar="WORKFLOW", help="a name or an id")
    new.add_argument(
        "--version", metavar="VERSION", type=version_selector, help="a number, a tag or an id"
    )
    new.add_argument("--input", metavar="JSON", type=json_value, help="its input; @FILE or -")
    new.add_argument("--correlation-id", metavar="ID")
    new.add_argument("--idempotency-key", metavar="KEY", help="start one job for it")
    new.add_argument(
        "--idempotency-strategy",
        choices=STRATEGIES,
        help="when the key was used before; FAIL unless given",
    )
    new.add_argument("--priority", type=int, metavar="0-99")
    new.add_argument(
        "--wait",
        metavar="SECONDS",
        nargs="?",
        const=float("inf"),
        type=seconds,
        help="until it has ended, or so long; the code tells how it ended",
    )


def _fill_tasks(group: Group) -> None:
    tasks_ = _on_job(group, "tasks", tasks, "list a job's tasks as they were scheduled, in pages")
    tasks_.add_argument(
        "--status",
        action="append",
        dest="statuses",
        metavar="STATUS",
        help="only tasks of it; may be given several times",
    )
    add_page(tasks_)


def _fill_list(group: Group) -> None:
    all_ = group.command("list", list_, "list jobs, newest first")
    all_.add_argument("--workflow", metavar="WORKFLOW")
    all_.add_argument("--status", metavar="STATUS")
    all_.add_argument("--correlation-id", metavar="ID")
    all_.add_argument("--created-after", metavar="TIME", help="ISO 8601")
    all_.add_argument("--created-before", metavar="TIME", help="ISO 8601")
    add_page(all_)


def list_(session: Session) -> int:
    asked = session.asked
    page = session.call(
        "job.list",
        workflow=asked.workflow,
        status=asked.status,
        correlationId=asked.correlation_id,
        createdAfter=asked.created_after,
        createdBefore=asked.created_before,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    return show_page(session, page, "jobs", COLUMNS, empty="No jobs.")


def show(session: Session) -> int:
    show_job(session, session.call("job.get", jobId=session.asked.job))
    return Exit.OK


def tasks(session: Session) -> int:
    asked = session.asked
    page = session.call(
        "job.tasks",
        jobId=asked.job,
        statuses=asked.statuses,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    return show_page(session, page, "tasks", TASKS, empty="No tasks.")


def at(session: Session) -> int:
    asked = session.asked
    if asked.offline:
        from playhead.cli import offline

        job = offline.job_at(asked.offline, asked.job, asked.point)
    else:
        job = session.call("job.get", jobId=asked.job, at=asked.point)
    show_job(session, job)
    return Exit.OK


def why_waiting(session: Session) -> int:
    show_waiting(session, session.call("job.get", jobId=session.asked.job))
    return Exit.OK


def replay(session: Session) -> int:
    asked = session.asked
    if asked.offline:
        from playhead.cli import offline

        found = offline.replay_job(asked.offline, asked.job, first=asked.first, last=asked.last)
    else:
        limits = {"from": asked.first, "to": asked.last}
        found = session.call("replay.job", jobId=asked.job, **limits)
    show_steps(session, found)
    return Exit.OK
