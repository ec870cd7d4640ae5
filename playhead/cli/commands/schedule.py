"""``playhead schedule``."""

from __future__ import annotations

from typing import Any

from playhead.cli.commands.job import STRATEGIES
from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group, add_page
from playhead.cli.session import Session
from playhead.cli.values import json_value, version_selector

COLUMNS = (
    ("NAME", "name"),
    ("WORKFLOW", "workflow"),
    ("CRON", "when"),
    ("NEXT", "nextAt"),
    ("PAUSED", "paused"),
)
RUNS = (
    ("SCHEDULE", "schedule"),
    ("DUE", "dueAt"),
    ("FIRED", "firedAt"),
    ("STATE", "state"),
    ("JOB", "jobId"),
    ("REASON", "reason"),
)
CRON = "six fields, seconds first, in quotes: '0 30 8 * * MON-FRI'"


def fill(group: Group) -> None:
    _fill_save(group)
    show = group.command("get", get, "one schedule, as JSON")
    show.add_argument("name", metavar="NAME")
    all_ = group.command("list", list_, "list schedules by name")
    all_.add_argument("--workflow", metavar="WORKFLOW", help="only those of this workflow")
    add_page(all_)
    _on_one(group, "delete", delete, "forget a schedule; its jobs go on")
    stop = _on_one(group, "pause", pause, "start nothing more until resumed")
    stop.add_argument("--reason", metavar="TEXT", help="recorded with it")
    _on_one(group, "resume", resume, "go on with a paused schedule")
    times = group.command("next", next_, "the next times of a cron expression")
    times.add_argument("cron", metavar="CRON", help=CRON)
    times.add_argument("--zone", metavar="ZONE", default="UTC", help="as Europe/Berlin")
    times.add_argument("--limit", type=int, metavar="N", default=5, help="default 5")
    runs = group.command("executions", executions, "what schedules started, the newest first")
    runs.add_argument("name", metavar="NAME", nargs="?", help="only those of this schedule")
    runs.add_argument("--limit", type=int, metavar="N", default=100, help="default 100")


def _fill_save(group: Group) -> None:
    parser = group.command("save", save, "start jobs of a workflow by the clock", changing=True)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("workflow", metavar="WORKFLOW")
    parser.add_argument("cron", metavar="CRON", nargs="+", help=CRON)
    parser.add_argument("--zone", metavar="ZONE", default="UTC", help="as Europe/Berlin")
    parser.add_argument(
        "--version", metavar="VERSION", type=version_selector, help="a number, a tag or an id"
    )
    parser.add_argument("--input", metavar="JSON", type=json_value, help="@FILE or -")
    parser.add_argument("--starts-at", metavar="TIME", help="not before; ISO 8601")
    parser.add_argument("--ends-at", metavar="TIME", help="not after; ISO 8601")
    parser.add_argument("--catch-up", action="store_true", help="start what was missed, too")
    parser.add_argument("--paused", action="store_true", help="begin when it is resumed")
    parser.add_argument("--idempotency-key", metavar="KEY", help="of each start")
    parser.add_argument("--idempotency-strategy", choices=STRATEGIES)
    parser.add_argument("--description", metavar="TEXT")


def _on_one(group: Group, name: str, run: Any, about: str) -> Any:
    parser = group.command(name, run, about, changing=True)
    parser.add_argument("name", metavar="NAME")
    return parser


def save(session: Session) -> int:
    asked = session.asked
    saved = session.call(
        "schedule.save",
        name=asked.name,
        workflow=asked.workflow,
        crons=[{"cron": one, "zone": asked.zone} for one in asked.cron],
        version=asked.version,
        input=asked.input,
        startsAt=asked.starts_at,
        endsAt=asked.ends_at,
        catchesUp=asked.catch_up or None,
        paused=asked.paused or None,
        description=asked.description,
        idempotencyKey=asked.idempotency_key,
        idempotencyStrategy=asked.idempotency_strategy,
    )
    return _said(session, saved, f"Saved {saved['name']}; next: {saved['nextAt'] or 'never'}.")


def get(session: Session) -> int:
    session.output.json(session.call("schedule.get", name=session.asked.name))
    return Exit.OK


def list_(session: Session) -> int:
    asked = session.asked
    page = session.call(
        "schedule.list", workflow=asked.workflow, limit=asked.limit, cursor=asked.cursor
    )
    if not session.output.as_json:
        for one in page["schedules"]:
            one["when"] = "; ".join(f"{each['cron']} {each['zone']}" for each in one["crons"])
    return show_page(session, page, "schedules", COLUMNS, empty="No schedules yet.")


def delete(session: Session) -> int:
    done = session.call("schedule.delete", name=session.asked.name)
    return _said(session, done, f"Deleted {session.asked.name}.")


def pause(session: Session) -> int:
    asked = session.asked
    done = session.call("schedule.pause", name=asked.name, reason=asked.reason)
    return _said(session, done, f"Paused {asked.name}.")


def resume(session: Session) -> int:
    done = session.call("schedule.resume", name=session.asked.name)
    return _said(session, done, f"Resumed {session.asked.name}.")


def next_(session: Session) -> int:
    asked = session.asked
    crons = [{"cron": asked.cron, "zone": asked.zone}]
    found = session.call("schedule.next", crons=crons, limit=asked.limit)
    return _said(session, found, "\n".join(found["times"]))


def executions(session: Session) -> int:
    asked = session.asked
    where = (
        None if asked.name is None else [{"field": "schedule", "test": "=", "values": [asked.name]}]
    )
    found = session.call("schedule.executions", where=where, size=asked.limit)
    return show_page(session, found, "results", RUNS, empty="Nothing was started yet.")


def _said(session: Session, result: dict[str, object], line: str) -> int:
    if session.output.as_json:
        session.output.json(result)
    else:
        session.output.line(line)
    return Exit.OK
