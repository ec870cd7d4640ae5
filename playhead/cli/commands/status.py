"""``playhead status``."""

from __future__ import annotations

from argparse import ArgumentParser

from playhead.cli.exits import Exit
from playhead.cli.session import Session


def fill(parser: ArgumentParser) -> None:
    parser.set_defaults(run=status)


def status(session: Session) -> int:
    found = session.call("system.status")
    if session.output.as_json:
        session.output.json(found)
        return Exit.OK
    log, projections = found["log"], found["projections"]
    session.output.fields(
        [
            ("daemon", f"{found['version']}, process {found['pid']}"),
            ("started", found["startedAt"]),
            ("socket", found["socket"]),
            ("data", found["dataDir"]),
            ("log", f"{log['mode']}, {log['position']} events"),
            ("why", log["why"]),
            ("read models", f"{projections['state']}, {projections['behind']} events behind"),
            ("connections", found["rpc"]["connections"]),
            ("subscriptions", found["subscriptions"]),
            ("waiting polls", found["waitingPolls"]),
            ("next timer", found["timers"]["nextDue"]),
        ]
    )
    ready = [queue for queue in found["queues"] if queue["ready"]]
    if ready:
        session.output.line()
        columns = (("TYPE", "taskType"), ("DOMAIN", "domain"), ("READY", "ready"))
        session.output.table(ready, columns, empty="")
    return Exit.OK
