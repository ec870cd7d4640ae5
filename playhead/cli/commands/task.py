"""``playhead task``: what workers do, by hand."""

from __future__ import annotations

import getpass
from typing import Any

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from playhead.cli.grammar import Group, add_page
from playhead.cli.session import Session
from playhead.cli.values import json_value

COLUMNS = (
    ("TASK", "taskId"),
    ("REF", "ref"),
    ("TYPE", "taskType"),
    ("STATUS", "status"),
    ("WORKER", "workerId"),
    ("SCHEDULED", "scheduledAt"),
)


def fill(group: Group) -> None:
    all_ = group.command("list", list_, "list tasks, newest first")
    all_.add_argument("--type", metavar="TYPE", dest="task_type")
    all_.add_argument("--status", metavar="STATUS")
    all_.add_argument("--job", metavar="JOB")
    add_page(all_)
    one = group.command("show", show, "show a task with its input and output")
    one.add_argument("task", metavar="TASK")
    _fill_poll(group)
    done = group.command("complete", complete, "report a task as done", changing=True)
    done.add_argument("task", metavar="TASK")
    done.add_argument("--result", metavar="JSON", default="{}", help="its output; @FILE or -")
    failed = group.command("fail", fail, "report a task as failed", changing=True)
    failed.add_argument("task", metavar="TASK")
    failed.add_argument("--reason", metavar="TEXT")
    failed.add_argument("--terminal", action="store_true", help="no other attempt")


def _fill_poll(group: Group) -> None:
    poll_ = group.command("poll", poll, "take tasks as a worker would")
    poll_.description = (
        "Take tasks as a worker would. What is not completed or failed goes back to its queue"
        " soon after this command ends, as when a worker dies."
    )
    poll_.add_argument("task_type", metavar="TYPE")
    poll_.add_argument("--count", type=int, default=1, metavar="N")
    poll_.add_argument("--wait", type=float, default=0, metavar="SECONDS")
    poll_.add_argument("--domain", metavar="DOMAIN")
    poll_.add_argument("--worker", metavar="ID", help="the worker's id (default cli-USER)")


def list_(session: Session) -> int:
    asked = session.asked
    page = session.call(
        "task.list",
        taskType=asked.task_type,
        status=asked.status,
        jobId=asked.job,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    return show_page(session, page, "tasks", COLUMNS, empty="No tasks.")


def show(session: Session) -> int:
    session.output.json(session.call("task.get", taskId=session.asked.task))
    return Exit.OK


def poll(session: Session) -> int:
    asked = session.asked
    asked.timeout += asked.wait
    answer = session.call(
        "task.poll",
        taskType=asked.task_type,
        workerId=asked.worker or f"cli-{getpass.getuser()}",
        count=asked.count,
        waitSeconds=asked.wait,
        domain=asked.domain,
    )
    if session.output.as_json:
        session.output.json(answer)
        return Exit.OK
    columns = (("TASK", "taskId"), ("REF", "ref"), ("ATTEMPT", "attempt"), ("INPUT", "input"))
    session.output.table(answer["tasks"], columns, empty=f"No task of type {asked.task_type}.")
    return Exit.OK


def complete(session: Session) -> int:
    return _update(session, status="COMPLETED", output=json_value(session.asked.result))


def fail(session: Session) -> int:
    status = "FAILED_WITH_TERMINAL_ERROR" if session.asked.terminal else "FAILED"
    return _update(session, status=status, reason=session.asked.reason)


def _update(session: Session, **result: Any) -> int:
    task = session.asked.task
    answer = session.call("task.update", taskId=task, **result)
    if session.output.as_json:
        session.output.json(answer)
    if not answer["accepted"]:
        raise CommandFailed(
            Exit.CONFLICT,
            f"task {task} takes no result any more",
            why=f"it is {answer['status']}",
            next=f"playhead task show {task}",
        )
    if not session.output.as_json:
        session.output.line(f"Task {task} is {answer['status']}.")
    return Exit.OK
