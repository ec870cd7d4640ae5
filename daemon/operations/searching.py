"""``job.search``, ``task.search`` and ``metrics.series``."""

from __future__ import annotations

from daemon.operations import parameters as p
from daemon.operations.answering import Answer, Call
from daemon.operations.calls import Result
from daemon.operations.free_text import looking_in_values
from daemon.operations.house import House
from daemon.operations.refusals import invalid
from daemon.operations.times import time_of
from projections.metrics import AGGREGATIONS, BUCKETS, METRICS
from projections.search import JOBS, TASKS, TIMES, Condition, Order, Query, Searchable, Test

NO_VALUE = (Test.MISSING, Test.PRESENT)
MANY_VALUES = (Test.IN, Test.NOT_IN)


def search_jobs(house: House, call: Call, asked: p.Search) -> Answer:
    return _found(house, JOBS, query_of(house, JOBS, asked))


def search_tasks(house: House, call: Call, asked: p.Search) -> Answer:
    return _found(house, TASKS, query_of(house, TASKS, asked))


def job_counts(house: House, call: Call, asked: p.JobCounts) -> Answer:
    return _counted(house, asked)


async def _counted(house: House, asked: p.JobCounts) -> Result:
    return {"statuses": await house.read_models.job_counts(asked.workflow)}


def metric_series(house: House, call: Call, asked: p.MetricSeries) -> Answer:
    for name, given, words in (
        ("metric", asked.metric, METRICS),
        ("aggregation", asked.aggregation, AGGREGATIONS),
        ("bucket", asked.bucket, BUCKETS),
    ):
        if given not in words:
            raise invalid(f"/{name}", f"{given!r} is none of {', '.join(words)}")
    return _series(house, asked)


async def _series(house: House, asked: p.MetricSeries) -> Result:
    since, until = time_of(asked.since, "/since"), time_of(asked.until, "/until")
    assert since is not None
    assert until is not None
    found = await house.read_models.series(
        asked.metric, asked.aggregation, asked.bucket, since, until
    )
    return {"results": found}


async def _found(house: House, what: Searchable, query: Query) -> Result:
    query = await looking_in_values(house, what, query)
    items, total = await house.read_models.search(what, query)
    return {"totalHits": total, "results": items}


def query_of(house: House, what: Searchable, asked: p.Search) -> Query:
    if asked.size > house.bounds.max_limit:
        limit = house.bounds.max_limit
        raise invalid("/size", f"{asked.size} is above {limit} (lists.max_limit)")
    return Query(
        conditions=tuple(
            _condition(what, one, f"/where/{place}") for place, one in enumerate(asked.where)
        ),
        any_text=asked.text,
        order=tuple(
            Order(field=_known(what, one.field, f"/sort/{place}/field"), descending=one.descending)
            for place, one in enumerate(asked.sort)
        ),
        start=asked.start,
        size=asked.size,
    )


def _condition(what: Searchable, asked: p.Where, path: str) -> Condition:
    field = _known(what, asked.field, f"{path}/field")
    try:
        test = Test(asked.test)
    except ValueError:
        raise invalid(f"{path}/test", f"{asked.test!r} is none of {', '.join(Test)}") from None
    count = len(asked.values)
    if (test in NO_VALUE and count) or (test not in (*NO_VALUE, *MANY_VALUES) and count != 1):
        raise invalid(f"{path}/values", f"{test.value} does not take {count} values")
    return Condition(
        field=field,
        test=test,
        values=tuple(_value(field, one, f"{path}/values") for one in asked.values),
    )


def _value(field: str, given: str | int, path: str) -> str | int:
    """Times are ISO 8601 texts."""
    if field not in TIMES:
        return given
    at = time_of(str(given), path)
    assert at is not None, "a text that is given is a time or refused"
    return at


def _known(what: Searchable, field: str, path: str) -> str:
    if field not in what.fields:
        raise invalid(path, f"{field!r} is none of {', '.join(sorted(what.fields))}")
    return field
