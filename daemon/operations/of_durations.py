"""How long things took, for an interface that shows it as metrics. Beside the table: what people
ask for is ``metrics.series``, which knows the whole past."""

from __future__ import annotations

from daemon.operations import parameters as p
from daemon.operations.answering import Answer, Call, Operation
from daemon.operations.house import House


def durations(house: House, call: Call, asked: p.Nothing) -> Answer:
    """Since this was asked the first time."""
    measured = house.reactor.durations
    measured.begin()
    return {
        "durations": [
            {"kind": of.kind, "of": list(of.of), "count": count, "seconds": total / 1_000_000}
            for of, count, total in measured.all()
        ]
    }


DURATIONS = Operation(
    name="system.status",
    summary="How long tasks and jobs took",
    parameters=p.Nothing,
    result=dict,
    handler=durations,
)
"""For its permission it is the operation of the table whose name it has."""
