from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.times import iso, parse_iso


def test_a_time_is_written_in_utc_with_microseconds() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000000Z"
    assert iso(1_767_225_600_000_001) == "2026-01-01T00:00:00.000001Z"


@given(st.integers(-(10**15), 10**17))
def test_what_is_written_is_read_back(at: int) -> None:
    assert parse_iso(iso(at)) == at


def test_an_offset_is_taken_into_account() -> None:
    assert parse_iso("1970-01-01T01:00:00+01:00") == 0


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time such as"):
        parse_iso(text)


@pytest.mark.parametrize("text", ["2026-01-01", "2026-01-01T08:00:00"])
def test_a_time_without_its_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not say its offset"):
        parse_iso(text)
