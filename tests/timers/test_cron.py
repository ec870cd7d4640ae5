"""Cron expressions: what they mean in wall-clock time, and what is wrong with those that mean
nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.timers.cron import BadCron, Cron


def following(expression: str, begin: str, count: int = 3) -> list[str]:
    cron, moment, found = Cron(expression), datetime.fromisoformat(begin), []
    for _ in range(count):
        due = cron.at_or_after(moment)
        if due is None:
            break
        found.append(due.isoformat(sep=" "))
        moment = due + timedelta(seconds=1)
    return found


BEGIN = "2026-01-01 00:00:00"

MEANINGS = {
    "0 0 * * * *": ["2026-01-01 00:00:00", "2026-01-01 01:00:00", "2026-01-01 02:00:00"],
    "*/20 * * * * *": ["2026-01-01 00:00:00", "2026-01-01 00:00:20", "2026-01-01 00:00:40"],
    "0 0 8-10 * * *": ["2026-01-01 08:00:00", "2026-01-01 09:00:00", "2026-01-01 10:00:00"],
    "0 0/30 8-9 * * *": ["2026-01-01 08:00:00", "2026-01-01 08:30:00", "2026-01-01 09:00:00"],
    "0 0 9-17 * * MON-FRI": ["2026-01-01 09:00:00", "2026-01-01 10:00:00", "2026-01-01 11:00:00"],
    "0 0 0 25 12 ?": ["2026-12-25 00:00:00", "2027-12-25 00:00:00", "2028-12-25 00:00:00"],
    "0 0 0 L * *": ["2026-01-31 00:00:00", "2026-02-28 00:00:00", "2026-03-31 00:00:00"],
    "0 0 0 L-3 * *": ["2026-01-28 00:00:00", "2026-02-25 00:00:00", "2026-03-28 00:00:00"],
    "0 0 0 1W * *": ["2026-01-01 00:00:00", "2026-02-02 00:00:00", "2026-03-02 00:00:00"],
    "0 0 0 31W * *": ["2026-01-30 00:00:00", "2026-03-31 00:00:00", "2026-05-29 00:00:00"],
    "0 0 0 LW * *": ["2026-01-30 00:00:00", "2026-02-27 00:00:00", "2026-03-31 00:00:00"],
    "0 0 0 ? * 5L": ["2026-01-30 00:00:00", "2026-02-27 00:00:00", "2026-03-27 00:00:00"],
    "0 0 0 ? * THUL": ["2026-01-29 00:00:00", "2026-02-26 00:00:00", "2026-03-26 00:00:00"],
    "0 0 0 ? * 5#2": ["2026-01-09 00:00:00", "2026-02-13 00:00:00", "2026-03-13 00:00:00"],
    "0 0 0 ? * MON#1": ["2026-01-05 00:00:00", "2026-02-02 00:00:00", "2026-03-02 00:00:00"],
    "0 0 0 ? * 0": ["2026-01-04 00:00:00", "2026-01-11 00:00:00", "2026-01-18 00:00:00"],
    "0 0 0 ? * 7": ["2026-01-04 00:00:00", "2026-01-11 00:00:00", "2026-01-18 00:00:00"],
    "0 0 0 ? * SUN-TUE": ["2026-01-04 00:00:00", "2026-01-05 00:00:00", "2026-01-06 00:00:00"],
    "0 0 0 1,15 jan,JUL *": ["2026-01-01 00:00:00", "2026-01-15 00:00:00", "2026-07-01 00:00:00"],
    "0 0 0 1,L * ?": ["2026-01-01 00:00:00", "2026-01-31 00:00:00", "2026-02-01 00:00:00"],
    "0 0 0 13 * FRI": ["2026-02-13 00:00:00", "2026-03-13 00:00:00", "2026-11-13 00:00:00"],
    "0 0 0 29 2 *": ["2028-02-29 00:00:00", "2032-02-29 00:00:00", "2036-02-29 00:00:00"],
    "0 0 0 30 2 *": [],
    "@hourly": ["2026-01-01 00:00:00", "2026-01-01 01:00:00", "2026-01-01 02:00:00"],
    "@daily": ["2026-01-01 00:00:00", "2026-01-02 00:00:00", "2026-01-03 00:00:00"],
    "@weekly": ["2026-01-04 00:00:00", "2026-01-11 00:00:00", "2026-01-18 00:00:00"],
    "@Monthly": ["2026-01-01 00:00:00", "2026-02-01 00:00:00", "2026-03-01 00:00:00"],
    "@yearly": ["2026-01-01 00:00:00", "2027-01-01 00:00:00", "2028-01-01 00:00:00"],
}


@pytest.mark.parametrize("expression", MEANINGS)
def test_what_an_expression_means(expression: str) -> None:
    assert following(expression, BEGIN) == MEANINGS[expression]


WRONG = {
    "": "has 0 fields",
    "* * * * *": "has 5 fields",
    "* * * * * * *": "has 7 fields",
    "@often": "has 1 fields",
    "60 * * * * *": "second: 60 is not between 0 and 59",
    "* 60 * * * *": "minute: 60",
    "* * 24 * * *": "hour: 24",
    "* * * 0 * *": "day of month: 0",
    "* * * 32 * *": "day of month: 32",
    "* * * * 13 *": "month: 13",
    "* * * * FOO *": "month: 'FOO' is no number and none of JAN",
    "* * * * * 8": "day of week: 8",
    "* * * * * FRI-MON": "ends before it begins",
    "5-2 * * * * *": "ends before it begins",
    "? * * * * *": "'?' stands for a day",
    "*/0 * * * * *": "the step '0'",
    "*/x * * * * *": "the step 'x'",
    "1,,2 * * * * *": "second: '' is no number",
    "-1 * * * * *": "second: '' is no number",
    "* * * L-31 * *": "before every month's first day",
    "* * * 32W * *": "day of month: 32",
    "* * * * * L": "day of week: 'L'",
    "* * * * * 5#6": "none of the first five",
    "* * * * * 5#0": "none of the first five",
    "* * * * * 8#1": "day of week: 8",
    "\u0661 * * * * *": "is no number",
}


@pytest.mark.parametrize("expression", WRONG)
def test_what_is_wrong_is_said(expression: str) -> None:
    with pytest.raises(BadCron) as wrong:
        Cron(expression)
    assert WRONG[expression] in str(wrong.value)


def spans(least: int, most: int) -> st.SearchStrategy[str]:
    number = st.integers(least, most)
    plain = number.map(str)
    span = st.tuples(number, number).map(lambda two: f"{min(two)}-{max(two)}")
    step = st.builds(lambda a, b: f"{a}/{b}", st.just("*") | plain | span, st.integers(1, 20))
    return st.just("*") | st.lists(plain | span | step, min_size=1, max_size=3).map(",".join)


EXPRESSIONS = st.tuples(
    spans(0, 59), spans(0, 59), spans(0, 23), spans(1, 31), spans(1, 12), spans(0, 6)
).map(" ".join)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001


def fits(expression: str, moment: datetime) -> bool:
    """The plain way: every field holds the moment's number."""
    numbers = (
        moment.second,
        moment.minute,
        moment.hour,
        moment.day,
        moment.month,
        moment.isoweekday() % 7,
    )
    ranges = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    return all(
        _holds(field, number, *bounds)
        for field, number, bounds in zip(expression.split(), numbers, ranges, strict=True)
    )


def _holds(field: str, number: int, least: int, most: int) -> bool:
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, _, high = (f"{least}-{most}" if span == "*" else span).partition("-")
        last = int(high or (most if step else low))
        held = range(int(low), last + 1, int(step or 1))
        if number in held or (most == 7 and number == 0 and 7 in held):
            return True
    return False


@given(EXPRESSIONS, MOMENTS)
@settings(max_examples=300, deadline=None)
def test_what_is_found_fits_and_is_not_before(expression: str, moment: datetime) -> None:
    due = Cron(expression).at_or_after(moment)
    if due is None:
        return
    assert due >= moment
    assert due.microsecond == 0
    assert fits(expression, due)
    assert Cron(expression).at_or_after(due) == due


@given(EXPRESSIONS, MOMENTS, st.integers(0, 10**8))
@settings(max_examples=300, deadline=None)
def test_nothing_that_fits_is_left_out(expression: str, moment: datetime, seconds: int) -> None:
    moment = moment.replace(microsecond=0)
    other = moment + timedelta(seconds=seconds)
    if fits(expression, other):
        due = Cron(expression).at_or_after(moment)
        assert due is not None
        assert due <= other
