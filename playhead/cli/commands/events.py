"""``playhead events``: the log itself."""

from __future__ import annotations

from typing import Any

from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed, explained
from playhead.cli.grammar import Group
from playhead.cli.output import shown
from playhead.cli.session import Session
from playhead.cli.values import names
from playhead.errors import PlayheadError

LAST_EVENTS = 10
PAGE = 1_000


def fill(group: Group) -> None:
    tail_ = group.command("tail", tail, "the last events, and with -f those to come")
    tail_.add_argument("-f", "--follow", action="store_true", help="go on with what is recorded")
    tail_.add_argument(
        "-n", "--last", type=int, metavar="N", help=f"how many (default {LAST_EVENTS})"
    )
    tail_.add_argument("--after", type=int, metavar="POSITION", help="all behind this position")
    tail_.add_argument("--stream", metavar="STREAM", help="job/ID, workflow/ID …")
    tail_.add_argument("--job", metavar="JOB", help="short for --stream job/JOB")
    tail_.add_argument("--types", metavar="TYPE,…", type=names, help="only these types")


def tail(session: Session) -> int:
    asked = session.asked
    stream = f"job/{asked.job}" if asked.job else asked.stream
    after = asked.after
    if after is None:
        last = LAST_EVENTS if asked.last is None else asked.last
        after = max(0, session.call("system.status")["log"]["position"] - last)
    reached = _history(session, stream, after)
    if asked.follow:
        _follow(session, stream, reached)
    return Exit.OK


def _history(session: Session, stream: str | None, after: int) -> int:
    """Print what there is behind ``after``; where it ends."""
    while True:
        page = session.call(
            "events.read", after=after, limit=PAGE, stream=stream, types=session.asked.types
        )
        for event in page["events"]:
            print_event(session, event)
        if page["next"] == after:
            return after
        after = page["next"]


def _follow(session: Session, stream: str | None, after: int) -> None:
    session.call("events.subscribe", after=after, stream=stream, types=session.asked.types)
    while True:
        try:
            method, params = session.link().next_notification()
        except PlayheadError as error:
            failure = explained(error, "events.subscribe")
            failure.next = f"playhead events tail -f --after {after}"
            raise failure from error
        if method != "events.event":
            raise CommandFailed(
                Exit.FAILURE,
                "the daemon ended the subscription",
                why=str(params.get("reason")),
                next=f"playhead events tail -f --after {after}",
            )
        after = params["event"]["position"]
        print_event(session, params["event"])


def print_event(session: Session, event: dict[str, Any]) -> None:
    if session.output.as_json:
        session.output.json_line(event)
        return
    said = shown(event["data"])
    session.output.line(
        f"{event['position']:>8}  {event['at']}  {event['type']:<20}"
        f"  {event['stream']}  {event['actor']}  {said}"
    )
