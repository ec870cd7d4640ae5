"""``playhead queue``."""

from __future__ import annotations

from playhead.cli.commands.listing import show_page
from playhead.cli.grammar import Group
from playhead.cli.session import Session

COLUMNS = (
    ("TYPE", "taskType"),
    ("DOMAIN", "domain"),
    ("READY", "ready"),
    ("HELD", "held"),
    ("OLDEST", "oldest"),
    ("WAITING POLLS", "waitingPolls"),
    ("INSIDE", "servedInside"),
)


def fill(group: Group) -> None:
    group.command("list", list_, "what is ready, held and polled for, by task type")


def list_(session: Session) -> int:
    return show_page(session, session.call("queue.list"), "queues", COLUMNS, empty="No queues.")
