"""When expressions come due in zones whose clocks jump."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.timers.calendar import SECOND, Calendar, UnknownZone, calendar_of, zone_of

BERLIN = "Europe/Berlin"


def due(expression: str, zone: str, begin: str, count: int) -> list[str]:
    """Local times, each with its offset."""
    calendar = Calendar(expression, zone)
    moment = round(datetime.fromisoformat(begin).timestamp()) * SECOND
    found = []
    for _ in range(count):
        following = calendar.after(moment)
        if following is None:
            break
        assert following > moment
        moment = following
        local = datetime.fromtimestamp(moment / SECOND, UTC).astimezone(zone_of(zone))
        found.append(local.strftime("%d %H:%M%z"))
    return found


def test_a_time_that_a_jump_leaves_out_comes_due_later() -> None:
    found = due("0 30 2 * * *", BERLIN, "2026-03-28T00:00Z", 3)
    assert found == ["28 02:30+0100", "29 03:30+0200", "30 02:30+0200"]


def test_all_times_that_a_jump_leaves_out_come_due_once() -> None:
    found = due("0 */30 2 * * *", BERLIN, "2026-03-29T00:00Z", 3)
    assert found == ["29 03:00+0200", "29 03:30+0200", "30 02:00+0200"]


def test_what_repeats_goes_on_evenly_through_a_jump_forward() -> None:
    found = due("0 */20 * * * *", BERLIN, "2026-03-29T00:30Z", 4)
    assert found == ["29 01:40+0100", "29 03:00+0200", "29 03:20+0200", "29 03:40+0200"]


def test_a_time_that_comes_twice_comes_due_the_first_time() -> None:
    found = due("0 30 2 * * *", BERLIN, "2026-10-24T12:00Z", 3)
    assert found == ["25 02:30+0200", "26 02:30+0100", "27 02:30+0100"]


def test_what_repeats_every_hour_comes_due_both_times() -> None:
    found = due("0 0,30 * * * *", BERLIN, "2026-10-24T23:50Z", 5)
    expected = ["25 02:00+0200", "25 02:30+0200", "25 02:00+0100", "25 02:30+0100", "25 03:00+0100"]
    assert found == expected


@pytest.mark.parametrize(
    ("zone", "begin", "expected"),
    [
        ("Australia/Lord_Howe", "2026-10-03T12:00Z", ["04 02:45+1100", "05 02:15+1100"]),
        ("Pacific/Apia", "2011-12-29T13:00Z", ["31 02:15+1400", "01 02:15+1400"]),
        ("UTC", "2026-10-03T12:00Z", ["04 02:15+0000", "05 02:15+0000"]),
        ("+05:30", "2026-10-03T12:00Z", ["04 02:15+0530", "05 02:15+0530"]),
        ("GMT-3", "2026-10-03T12:00Z", ["04 02:15-0300", "05 02:15-0300"]),
    ],
)
def test_zones_of_all_kinds(zone: str, begin: str, expected: list[str]) -> None:
    assert due("0 15 2 * * *", zone, begin, 2) == expected


@pytest.mark.parametrize("name", ["", "Nowhere/City", "../etc/passwd", "+99:00", "CET+", "\0"])
def test_a_zone_that_is_none_is_said(name: str) -> None:
    with pytest.raises(UnknownZone, match="is no time zone"):
        zone_of(name)


def test_what_never_comes_is_none() -> None:
    assert Calendar("0 0 0 31 4 *", BERLIN).after(0) is None


ZONES = st.sampled_from(
    [BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC"]
)
MOMENTS = st.integers(1_700_000_000, 1_900_000_000)
CRONS = st.sampled_from(
    ["0 */7 * * * *", "0 30 2 * * *", "15 15 1-3 * * *", "0 0 0 * * *", "0 0 2 L * ?"]
)


@given(CRONS, ZONES, MOMENTS, st.integers(0, 200_000))
@settings(max_examples=200, deadline=None)
def test_the_next_time_is_the_same_from_everywhere_before_it(
    expression: str, zone: str, begin: int, seconds: int
) -> None:
    calendar = calendar_of(expression, zone)
    found = calendar.after(begin * SECOND)
    assert found is not None
    between = begin * SECOND + seconds * SECOND
    if between < found:
        assert calendar.after(between) == found
    assert calendar.after(found - 1) == found


@given(st.sampled_from(["0 */7 * * * *", "0 5 * * * *"]), ZONES, MOMENTS)
@settings(max_examples=100, deadline=None)
def test_what_is_said_of_every_hour_is_never_silent_for_long(
    expression: str, zone: str, begin: int
) -> None:
    found = calendar_of(expression, zone).after(begin * SECOND)
    assert found is not None
    assert found - begin * SECOND <= 3600 * SECOND
