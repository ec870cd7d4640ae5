"""Dates by pattern. Expected texts are date-fns's in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.dialects.steps.dates import DateError, read, write

MOMENT = datetime(2026, 2, 3, 16, 5, 9, 45_678, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-02-03T16:05:09.045Z"),
        ("y yy yyyyy", "2026 26 02026"),
        ("M MM MMM MMMM MMMMM Mo", "2 02 Feb February F 2nd"),
        ("d dd do", "3 03 3rd"),
        ("E EEE EEEE EEEEE EEEEEE", "Tue Tue Tuesday T Tu"),
        ("H HH h hh K k", "16 16 4 04 4 16"),
        ("a aa aaa aaaa aaaaa", "PM PM pm p.m. p"),
        ("m mm s ss S SSSSSS", "5 05 9 09 0 045678"),
        ("Q QQ QQQ QQQQ", "1 01 Q1 1st quarter"),
        ("i I R DDD", "2 6 2026 034"),
        ("X xx xxx O", "Z +0000 +00:00 GMT+0"),
        ("t T", "1770134709 1770134709045"),
        ("'day' d 'o''clock' ''", "day 3 o'clock '"),
        ("dd/MM/yyyy", "03/02/2026"),
    ],
)
def test_a_moment_is_written(pattern: str, written: str) -> None:
    assert write(MOMENT, pattern) == written


@pytest.mark.parametrize(
    ("text", "pattern", "moment"),
    [
        ("2026-06-17", "yyyy-MM-dd", datetime(2026, 6, 17, tzinfo=UTC)),
        ("20260617", "yyyyMMdd", datetime(2026, 6, 17, tzinfo=UTC)),
        ("7/6/26", "d/M/yy", datetime(2026, 6, 7, tzinfo=UTC)),
        ("7/6/69", "d/M/yy", datetime(1969, 6, 7, tzinfo=UTC)),
        ("june 3rd 2026", "MMMM do yyyy", datetime(2026, 6, 3, tzinfo=UTC)),
        ("Wed 17 Jun 2026", "EEE d MMM yyyy", datetime(2026, 6, 17, tzinfo=UTC)),
        ("12:30 AM", "hh:mm a", datetime(1970, 1, 1, 0, 30, tzinfo=UTC)),
        ("12:30 pm", "hh:mm a", datetime(1970, 1, 1, 12, 30, tzinfo=UTC)),
        ("24", "k", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1770134709", "t", datetime(2026, 2, 3, 16, 5, 9, tzinfo=UTC)),
        (
            "2026-06-17T23:30:00.5+02:00",
            "yyyy-MM-dd'T'HH:mm:ss.SXXX",
            datetime(2026, 6, 17, 21, 30, 0, 500_000, tzinfo=UTC),
        ),
    ],
)
def test_a_text_is_read(text: str, pattern: str, moment: datetime) -> None:
    assert read(text, pattern) == moment


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("v", "yyyy-MM-dd"),
        ("2026-02-30", "yyyy-MM-dd"),
        ("2026-13-01", "yyyy-MM-dd"),
        ("2026-06-17 and more", "yyyy-MM-dd"),
        ("2026/06/17", "yyyy-MM-dd"),
        ("13:00 AM", "hh:mm a"),
        ("Tue 17 Jun 2026", "EEE d MMM yyyy"),
        ("3x", "do"),
        ("25", "HH"),
        ("0000", "yyyy"),
        ("9999-12-31 23 -05", "yyyy-MM-dd HH X"),
    ],
)
def test_what_is_no_date_is_refused(text: str, pattern: str) -> None:
    with pytest.raises(DateError, match="Invalid time value"):
        read(text, pattern)


@pytest.mark.parametrize("pattern", ["YYYY", "D", "nope", "P", "ww"])
def test_letters_that_mean_nothing_are_refused(pattern: str) -> None:
    with pytest.raises(DateError, match=r"Use `|Format string contains `"):
        write(MOMENT, pattern)
    with pytest.raises(DateError):
        read("2026", pattern)


@settings(deadline=None)
@given(
    moment=st.datetimes(
        min_value=datetime(1000, 1, 2),  # noqa: DTZ001 - the strategy adds the zone itself
        max_value=datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    pattern=st.sampled_from(
        [
            "yyyy-MM-dd HH:mm:ss.SSSSSS",
            "d MMMM yyyy, h:mm:ss.SSSSSS a",
            "EEEE do MMM yyyy kk:mm:ss.SSSSSS xxx",
        ]
    ),
)
def test_what_is_written_can_be_read(moment: datetime, pattern: str) -> None:
    assert read(write(moment, pattern), pattern) - moment == timedelta(0)
