"""``playhead pool``."""

from __future__ import annotations

import argparse

from playhead.cli.commands.listing import show_page
from playhead.cli.exits import Exit
from playhead.cli.grammar import Group
from playhead.cli.session import Session

COLUMNS = (
    ("ID", "poolId"),
    ("NAME", "name"),
    ("JOBS", "workerLimit"),
    ("ALL WORKFLOWS", "targetsAllWorkflows"),
    ("CREATED", "createdAt"),
)


def fill(group: Group) -> None:
    group.command("list", list_, "list all resource pools")
    one = group.command("show", show, "show a resource pool")
    one.add_argument("pool", metavar="POOL")
    new = group.command("create", create, "limit how many jobs run at a time", changing=True)
    new.add_argument("name", metavar="NAME")
    new.add_argument("jobs", metavar="JOBS", type=int, help="how many may run at a time")
    _add_targets(new)
    other = group.command("update", update, "change a resource pool", changing=True)
    other.add_argument("pool", metavar="POOL")
    other.add_argument("--name", metavar="NAME", help="its new name")
    other.add_argument("--jobs", metavar="JOBS", type=int, help="how many may run at a time")
    _add_targets(other)
    end = group.command("delete", delete, "delete a resource pool", changing=True)
    end.add_argument("pool", metavar="POOL")


def _add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", default=None, help="jobs of all workflows")
    parser.add_argument(
        "--workflow", action="append", metavar="WORKFLOW", help="jobs of this one; may be repeated"
    )


def list_(session: Session) -> int:
    return show_page(session, session.call("pool.list"), "pools", COLUMNS, empty="No pools.")


def show(session: Session) -> int:
    session.output.json(session.call("pool.get", poolId=session.asked.pool))
    return Exit.OK


def create(session: Session) -> int:
    asked = session.asked
    made = session.call(
        "pool.create",
        name=asked.name,
        workerLimit=asked.jobs,
        targetsAllWorkflows=bool(asked.all),
        targetedWorkflows=asked.workflow or [],
    )
    return _done(session, made, "Created")


def update(session: Session) -> int:
    asked = session.asked
    made = session.call(
        "pool.update",
        poolId=asked.pool,
        name=asked.name,
        workerLimit=asked.jobs,
        targetsAllWorkflows=asked.all,
        targetedWorkflows=asked.workflow,
    )
    return _done(session, made, "Changed")


def delete(session: Session) -> int:
    return _done(session, session.call("pool.delete", poolId=session.asked.pool), "Deleted")


def _done(session: Session, answer: dict[str, str], verb: str) -> int:
    if session.output.as_json:
        session.output.json(answer)
    else:
        session.output.line(f"{verb} pool {answer['poolId']}.")
    return Exit.OK
