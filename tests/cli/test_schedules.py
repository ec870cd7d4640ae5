"""``playhead schedule``."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_the_life_of_a_schedule(ask: Run, job: str) -> None:
    made = ask(
        "schedule", "save", "nightly", "greet", "0 0 3 * * *", "0 0 4 * * SUN",
        "--zone", "Europe/Berlin", "--input", '{"name": "Ada"}', "--catch-up",
    )  # fmt: skip
    assert made.code == 0
    assert made.out.startswith("Saved nightly; next: 2")
    listed = ask("schedule", "list").out
    assert "0 0 3 * * * Europe/Berlin; 0 0 4 * * SUN Europe/Berlin" in listed
    assert ask("schedule", "get", "nightly").json["catchesUp"] is True
    assert ask("schedule", "pause", "nightly", "--reason", "a holiday").code == 0
    assert ask("schedule", "get", "nightly").json["pausedReason"] == "a holiday"
    assert ask("schedule", "resume", "nightly").code == 0
    assert ask("schedule", "resume", "nightly").code != 0
    assert ask("schedule", "executions", "nightly").out == "Nothing was started yet.\n"
    assert ask("schedule", "delete", "nightly").code == 0
    assert ask("schedule", "get", "nightly").code != 0


def test_the_next_times_of_an_expression(ask: Run) -> None:
    found = ask("schedule", "next", "0 0 12 1 1 ?", "--limit", "2")
    assert [line[4:] for line in found.out.splitlines()] == ["-01-01T12:00:00.000000Z"] * 2
    wrong = ask("schedule", "next", "often")
    assert wrong.code != 0
    assert "there are six" in wrong.err
