"""What an executor gives back has to be JSON before anything is decided on it."""

from __future__ import annotations

from daemon.executors.executor import Outcome
from daemon.reactor.inside import recordable
from eventstore.events import TaskStatus


class Text(str):
    """A text that is not quite one, as header names of HTTP libraries are."""

    __slots__ = ()


def test_json_passes() -> None:
    outcome = Outcome(status=TaskStatus.COMPLETED, output={"a": [1, None, "x"]})
    assert recordable(outcome) is outcome


def test_what_no_event_can_carry_fails_the_task_and_says_why() -> None:
    outcome = Outcome(status=TaskStatus.COMPLETED, output={Text("a"): 1}, logs=("called",))
    failed = recordable(outcome)
    assert failed.status is TaskStatus.FAILED
    assert failed.output is None
    assert failed.reason == "the executor's output cannot be recorded: Dict key must be str"
    assert failed.logs == ("called",)
