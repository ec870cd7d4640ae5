"""What ids look like."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from daemon.decider.identity import submitted_job_id, uuid7

NOW = 1_796_000_000_000
RANDOM = bytes(range(250, 256)) + bytes(4)


def test_they_are_uuids() -> None:
    for version, text in ((7, uuid7(NOW, RANDOM)), (8, submitted_job_id(NOW, RANDOM))):
        read = UUID(text)
        assert (str(read), read.version, read.variant) == (text, version, RFC_4122)


def test_ids_of_version_7_rise_with_time() -> None:
    times = [0, 1, NOW, NOW + 1, NOW + 100_000, 1 << 47]
    ids = [uuid7(time, RANDOM) for time in times]
    assert ids == sorted(ids)


def test_jobs_that_are_asked_for_one_after_the_other_begin_differently() -> None:
    ids = [submitted_job_id(NOW + late, RANDOM) for late in range(1_000)]
    assert len({one[:8] for one in ids}) == 1_000
    assert ids == sorted(ids)


def test_all_of_the_time_and_of_what_was_drawn_is_in_them() -> None:
    same_low_half = {submitted_job_id(NOW + (n << 32), RANDOM) for n in range(3)}
    other_draws = {submitted_job_id(NOW, bytes([n]) * 10) for n in range(3)}
    assert len(same_low_half) == len(other_draws) == 3
