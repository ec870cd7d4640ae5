"""WAIT and HUMAN."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from daemon.decider.commands import SendEvent
from daemon.decider.waiting import waiting_for
from daemon.dialects.tasks.waiting import NotATime, seconds_of, time_of
from eventstore.events import TaskStatus
from tests.dialects.tasks.definitions import fork, join, loop, task, workflow
from tests.dialects.tasks.family import SECOND, Family


def wait(**given: Any) -> dict[str, Any]:
    return task("w", type="WAIT", inputParameters=given)


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("2 days 3 hours 5 mins 10s", 2 * 86_400 + 3 * 3_600 + 310),
            ("1 s", 1),
            ("5 seconds", 5),
            ("1H 1m", 3_660),
            ("0s", 0),
        ],
    )
    def test_a_duration(self, text: str, seconds: int) -> None:
        assert seconds_of(text) == seconds

    @pytest.mark.parametrize("text", ["", "5", "1.5 hours", "1 year", "5s 1m", "soon"])
    def test_no_duration(self, text: str) -> None:
        with pytest.raises(NotATime, match=f"Not valid duration: {text}"):
            seconds_of(text)

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
            ("2026-03-01 10:30", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
            ("2026-03-01 10:30 UTC", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
            ("2026-03-01 10:30 +02:00", datetime(2026, 3, 1, 8, 30, tzinfo=UTC)),
            ("2026-03-01 10:30 GMT-1", datetime(2026, 3, 1, 11, 30, tzinfo=UTC)),
        ],
    )
    def test_a_date(self, text: str, moment: datetime) -> None:
        assert time_of(text) == int(moment.timestamp()) * SECOND

    @pytest.mark.parametrize(
        "text", ["tomorrow", "2026-13-01", "2026-03-01 25:00", "2026-03-01 10:00 Nowhere/Else"]
    )
    def test_no_date(self, text: str) -> None:
        with pytest.raises(NotATime, match="Invalid/Unsupported Wait Until format"):
            time_of(text)


class TestWait:
    def test_a_duration_ends_it_exactly_then(self) -> None:
        family = Family(
            workflow(wait(duration="${workflow.input.d}"), task("z")), given={"d": "90s"}
        )
        begun = family.now
        assert family.task("w").status is TaskStatus.IN_PROGRESS
        assert [(one.kind, one.at) for one in waiting_for(family.state)] == [
            ("timer", begun + 90 * SECOND)
        ]
        family.run()
        assert family.task("w").ended_at == begun + 90 * SECOND
        assert family.status == "COMPLETED"

    def test_a_date_that_is_past_ends_it_at_once(self) -> None:
        family = Family(workflow(wait(until="2001-01-01"), task("z")))
        begun = family.now
        assert family.run().now == begun
        assert family.status == "COMPLETED"

    def test_without_a_time_it_waits_for_a_report_or_its_outside_event(self) -> None:
        for end in ("report", "event"):
            family = Family(workflow(wait(), task("z"))).run()
            assert [one.ids for one in waiting_for(family.state)] == [("w",)]
            if end == "report":
                family.complete("w", {"v": 1})
            else:
                family.ask(SendEvent(event_id="w", payload={"v": 1}))
            assert family.output("w") == {"v": 1}
            assert family.task("z").status is TaskStatus.SCHEDULED

    def test_a_report_ends_one_with_a_time_earlier(self) -> None:
        family = Family(workflow(wait(duration="1 day"), task("z")))
        family.complete("w")
        assert family.task("z").status is TaskStatus.SCHEDULED

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"duration": "${workflow.input.d}"}, "Not valid duration: soon"),
            (
                {"until": "${workflow.input.d}"},
                "Invalid/Unsupported Wait Until format.  Provided: soon",
            ),
            (
                {"until": "${workflow.input.d}", "duration": "${workflow.input.d}"},
                "Both 'duration' and 'until' specified. Please provide only one input",
            ),
        ],
    )
    def test_a_wrong_time_fails_the_job_instead_of_leaving_it_stuck(
        self, given: dict[str, Any], reason: str
    ) -> None:
        family = Family(workflow(wait(**given)), given={"d": "soon"})
        assert family.status == "FAILED"
        assert family.task("w").reason == reason
        assert family.task("w").status is TaskStatus.FAILED_WITH_TERMINAL_ERROR

    def test_one_in_a_loop_waits_for_the_event_with_its_whole_name(self) -> None:
        family = Family(workflow(loop("l", None, task("w", type="WAIT"))))
        assert family.task("w").awaits == ("w__1",)

    def test_one_in_a_fork_waits_beside_the_others(self) -> None:
        definition = workflow(fork("f", [wait(duration="5s")], [task("a")]), join("j", "w", "a"))
        family = Family(definition).run()
        assert family.status == "COMPLETED"


class TestHuman:
    def test_it_waits_for_somebody_and_timers_go_on_meanwhile(self) -> None:
        """In the original no timeout fires while a HUMAN task waits (§3.10)."""
        human = task("h", type="HUMAN", inputParameters={"who": "${workflow.input.who}"})
        definition = workflow(human, task("z"), timeoutSeconds=60)
        family = Family(definition, given={"who": "ada"})
        assert family.task("h").input == {"who": "ada"}
        assert [one.kind for one in waiting_for(family.state)] == ["outsideEvent"]
        assert "timeout" in family.state.timers

    def test_a_report_ends_it(self) -> None:
        family = Family(workflow(task("h", type="HUMAN"), task("z")))
        family.complete("h", {"approved": True})
        assert family.task("z").status is TaskStatus.SCHEDULED
