"""Steps that wait for outside events and steps that run child jobs, run by the decider; the
test answers for the children. Every decision is held to ``tests.decider.laws``."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import (
    Command,
    Facts,
    FireTimer,
    NoteChildEnd,
    NoteChildReopened,
    NoteChildStart,
    Report,
    Retry,
    SendEvent,
    StartTask,
    Submit,
    Terminate,
)
from daemon.decider.decide import decide
from daemon.decider.on_timer import deadlines
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Pinned, Refusal
from daemon.decider.waiting import waiting_for
from daemon.dialects.plan import Known, Pins, Policy
from daemon.dialects.steps import StepsDialect
from eventstore.events import (
    ChildRequested,
    ChildTerminationRequested,
    Event,
    JobStatus,
    TaskStatus,
)
from tests.decider import laws
from tests.dialects.steps.jobs import definition, step

SECOND = 1_000_000
WAIT = "/justworkflowit/waitForEventIds"
RUN = "/justworkflowit/runChildJob"


def special(name: str, task_type: str, then: Any = None, **more: Any) -> dict[str, Any]:
    config = more.pop("config", None)
    made = step(name, then, **more)
    made["integrationDetails"]["type"] = task_type
    if config is not None:
        made["integrationDetails"]["config"] = config
    return made


def waiting(*ids: str, then: Any = None, **more: Any) -> dict[str, Any]:
    return special("w", WAIT, then, config={"eventIds": list(ids)}, **more)


def running(*children: dict[str, Any], then: Any = None, **more: Any) -> dict[str, Any]:
    config = {"children": list(children), **more.pop("config", {})}
    return special("kids", RUN, then, config=config, **more)


def refused(given: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.path, one.message) for one in StepsDialect().validate(given, Known()).errors]


class Run:
    """One job of ``given``, submitted."""

    def __init__(self, given: dict[str, Any], value: Any = None) -> None:
        assert refused(given) == []
        policy = Policy()
        self.pinned = Pinned(StepsDialect().compile(given, Pins(policy=policy)), policy)
        self.now = 1_700_000_000 * SECOND
        self.position = 0
        self.events: list[Event] = []
        self.job: JobState | None = None
        self.ask(
            Submit(
                job_id="job",
                workflow_id="wf",
                workflow="wf",
                version_id="v",
                version_number=1,
                dialect="steps",
                definition="d",
                pins="p",
                seed="seed",
                input=value,
            )
        )

    @property
    def state(self) -> JobState:
        assert self.job is not None
        return self.job

    def ask(self, command: Command) -> list[Event]:
        """A reopened child opens an ended task, which the tables of the laws do not know."""
        facts = Facts(now=self.now, position=self.position + 1)
        made = decide(self.pinned, self.job, command, facts)
        assert not isinstance(made, Refusal), made
        if not isinstance(command, NoteChildReopened):
            laws.hold(laws.Made(self.pinned, self.job, facts, made))
        self.job = made.state
        self.position += len(made.events)
        self.events += made.events
        return list(made.events)

    def status(self) -> JobStatus:
        return self.state.status

    def task(self, ref: str) -> TaskState:
        found = self.state.latest(ref)
        assert found is not None, f"no task {ref}"
        return found

    def statuses(self) -> dict[str, str]:
        """Of the newest task of each ref."""
        return {task.ref: task.status.value for task in self.state.in_order()}

    def complete(self, ref: str, output: Any) -> None:
        number = self.task(ref).number
        self.ask(StartTask(task=number, worker="w", session="s"))
        self.ask(Report(task=number, status=TaskStatus.COMPLETED, output=output))

    def asked(self, ref: str) -> ChildRequested:
        number = self.task(ref).number
        return next(
            one for one in self.events if isinstance(one, ChildRequested) and one.task == number
        )

    def started(self, ref: str) -> None:
        asked = self.asked(ref)
        self.ask(NoteChildStart(task=asked.task, job_id=asked.job_id, started=True))

    def ended(self, ref: str, status: JobStatus = JobStatus.COMPLETED, **told: Any) -> None:
        asked = self.asked(ref)
        self.ask(NoteChildEnd(task=asked.task, job_id=asked.job_id, status=status, **told))


CHILD = {"workflowName": "child"}


# Outside events


def test_it_waits_until_every_event_has_arrived() -> None:
    run = Run(definition(waiting("paid", "packed", then="b"), step("b")))
    [told] = waiting_for(run.state)
    assert (told.kind, told.ids) == ("outsideEvent", ("paid", "packed"))
    run.ask(SendEvent(event_id="packed", payload={"boxes": 2}))
    assert run.statuses() == {"w": "IN_PROGRESS"}
    run.ask(SendEvent(event_id="paid", payload=None))
    assert run.task("w").output == {"paid": None, "packed": {"boxes": 2}}
    assert run.task("b").input == {"paid": None, "packed": {"boxes": 2}}


def test_events_may_arrive_before_the_step_begins() -> None:
    run = Run(definition(step("a", "w"), waiting("x", "y", "x")))
    run.ask(SendEvent(event_id="y", payload=1))
    run.ask(SendEvent(event_id="x", payload="text"))
    run.complete("a", {})
    assert run.status() is JobStatus.COMPLETED
    assert run.state.output == {"x": "text", "y": 1}


def test_payloads_keep_the_contract_or_fail_the_step() -> None:
    closed = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    run = Run(definition(waiting("x", gives="Closed"), Closed=closed))
    run.ask(SendEvent(event_id="x", payload="no number"))
    assert run.status() is JobStatus.FAILED
    assert "/x must be integer" in str(run.task("w").reason)


def test_waiting_ends_after_the_time_of_all_attempts() -> None:
    run = Run(definition(waiting("x", timeoutSeconds=10, retries=1)))
    [(timer, due)] = deadlines(run.task("w"))
    assert due == run.now + 20 * SECOND
    run.now = due
    run.ask(FireTimer(timer=timer, due_at=due, task=run.task("w").number))
    assert run.status() is JobStatus.TIMED_OUT


# Child jobs


def test_an_only_child_takes_the_input_and_gives_the_output() -> None:
    child = {**CHILD, "workflowVersion": {"tag": "$CANARY"}}
    run = Run(definition(step("a", "kids"), running(child, then="b"), step("b")))
    run.complete("a", {"n": 1})
    asked = run.asked("kids/child")
    assert (asked.workflow, asked.tag, asked.input) == ("child", "$CANARY", {"n": 1})
    run.started("kids/child")
    assert [told.job_id for told in waiting_for(run.state)] == [asked.job_id]
    run.ended("kids/child", output={"done": True})
    assert run.task("kids").output == {"done": True}
    assert run.task("b").input == {"done": True}


@pytest.mark.parametrize(
    ("version", "field", "value"),
    [({"versionNumber": 3}, "version_number", 3), ({"versionId": "v9"}, "version_id", "v9")],
)
def test_a_child_is_chosen_by_number_or_id(version: Any, field: str, value: Any) -> None:
    run = Run(definition(running({**CHILD, "workflowVersion": version})))
    assert getattr(run.asked("kids/child"), field) == value


def test_several_children_run_at_once_and_all_are_waited_for() -> None:
    run = Run(definition(running({**CHILD, "id": "one"}, {**CHILD, "id": "two"})))
    for ref in ("kids/one", "kids/two"):
        run.started(ref)
    run.ended("kids/two", output=2)
    assert run.status() is JobStatus.RUNNING
    run.ended("kids/one", output=1)
    assert run.status() is JobStatus.COMPLETED
    assert run.state.output == {"one": 1, "two": 2}


@pytest.mark.parametrize("path", ["a.output.items", "aOutput.items"])
def test_each_element_gets_a_child(path: str) -> None:
    run = Run(definition(step("a", "kids"), running({**CHILD, "forEach": {"arrayPath": path}})))
    run.complete("a", {"items": [{"n": 0}, {"n": 1}]})
    assert [run.asked(f"kids/child[{n}]").input for n in (0, 1)] == [{"n": 0}, {"n": 1}]
    for n in (1, 0):
        run.started(f"kids/child[{n}]")
        run.ended(f"kids/child[{n}]", output=n * 10)
    assert run.state.output == {"child": [0, 10]}


def test_no_element_is_no_child() -> None:
    each = {**CHILD, "forEach": {"arrayPath": "a.output.items"}}
    run = Run(definition(step("a", "kids"), running(each)))
    run.complete("a", {"items": []})
    assert run.state.output == {"child": []}


@pytest.mark.parametrize(
    ("output", "reason"),
    [({"items": 7}, "aOutput"), ({}, "Missing expected field"), ({"items": [0] * 1001}, "1001")],
)
def test_what_no_child_can_be_made_of_fails_the_step(output: Any, reason: str) -> None:
    each = {**CHILD, "forEach": {"arrayPath": "aOutput.items"}}
    run = Run(definition(step("a", "kids"), running(each)))
    run.complete("a", output)
    assert run.status() is JobStatus.FAILED
    assert reason in str(run.task("kids").reason)


def two_of_which_one_fails(**more: Any) -> Run:
    run = Run(definition(running({**CHILD, "id": "one"}, {**CHILD, "id": "two"}, **more)))
    for ref in ("kids/one", "kids/two"):
        run.started(ref)
    run.ended("kids/one", JobStatus.FAILED, reason="no stock")
    assert run.status() is JobStatus.RUNNING
    run.ended("kids/two", output=2)
    return run


def test_a_failed_child_fails_the_step_and_a_retry_runs_only_that_child() -> None:
    run = two_of_which_one_fails()
    assert run.status() is JobStatus.FAILED
    assert "ended FAILED because: no stock" in str(run.task("kids").reason)
    asked = [e for e in run.ask(Retry()) if isinstance(e, ChildRequested)]
    assert [run.state.tasks[e.task].ref for e in asked] == ["kids/one"]
    run.started("kids/one")
    run.ended("kids/one", output=1)
    assert run.status() is JobStatus.COMPLETED
    assert run.state.output == {"one": 1, "two": 2}


def test_retries_of_the_step_are_retries_of_each_child() -> None:
    run = two_of_which_one_fails(retries=1)
    again = run.task("kids/one")
    assert (again.attempt, waiting_for(run.state)[0].kind) == (1, "timer")
    assert again.ready_at is not None
    run.now = again.ready_at
    run.ask(FireTimer(timer=f"ready/{again.number}", due_at=again.ready_at, task=again.number))
    run.started("kids/one")
    run.ended("kids/one", JobStatus.FAILED, reason="again")
    assert run.status() is JobStatus.FAILED
    assert "because: again" in str(run.task("kids").reason)


def test_a_child_that_cannot_start_fails_the_step() -> None:
    run = Run(definition(running(CHILD)))
    asked = run.asked("kids/child")
    run.ask(
        NoteChildStart(
            task=asked.task, job_id=asked.job_id, started=False, reason="no workflow 'child'"
        )
    )
    assert run.status() is JobStatus.FAILED
    assert "could not start because: no workflow 'child'" in str(run.task("kids").reason)


def test_a_child_that_goes_on_takes_its_step_along() -> None:
    run = two_of_which_one_fails()
    asked = run.asked("kids/one")
    run.ask(NoteChildReopened(task=asked.task, job_id=asked.job_id, why="retried"))
    assert run.status() is JobStatus.RUNNING
    run.ended("kids/one", output=1)
    assert run.status() is JobStatus.COMPLETED
    assert run.state.output == {"one": 1, "two": 2}


@pytest.mark.parametrize("cancels", [False, True])
def test_children_end_with_their_parent_only_if_asked(cancels: bool) -> None:
    config = {"cancelWithParent": True} if cancels else {}
    run = Run(definition(running(CHILD, config=config)))
    run.started("kids/child")
    events = run.ask(Terminate(reason="enough"))
    assert any(isinstance(one, ChildTerminationRequested) for one in events) is cancels
    assert run.status() is JobStatus.TERMINATED


def test_children_run_again_in_each_round_of_a_loop() -> None:
    again = {"if": [{"<": [{"var": "kidsOutput.n"}, 2]}, "kids", None]}
    run = Run(definition(running(CHILD, then=again)))
    for n in (1, 2):
        run.started("kids/child")
        run.ended("kids/child", output={"n": n})
    assert run.status() is JobStatus.COMPLETED
    assert run.state.output == {"n": 2}


def test_definitions_may_be_left_out() -> None:
    given = definition(running(CHILD))
    for key in ("inputDefinition", "outputDefinition"):
        del given["steps"][0]["integrationDetails"][key]
    assert refused(given) == []
    run = Run(given)
    run.started("kids/child")
    run.ended("kids/child", output={"any": "thing"})
    assert run.state.output == {"any": "thing"}
    assert "kidsInput" not in given["definitions"]


# Registration


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        (special("w", WAIT), "/config", "Missing required config for step 'w'"),
        (waiting(), "/config/eventIds", "must NOT have fewer than 1 items"),
        (special("k", RUN), "/config", "Missing required config for step 'k'"),
        (running(), "/config/children", "must NOT have fewer than 1 items"),
        (running(CHILD, CHILD), "/config/children/1", "are called 'child'"),
        (running({**CHILD, "id": "a[0]"}), "/config/children/0", "does not end with ']'"),
        (running({}), "/config/children/0", "must have required property 'workflowName'"),
        (
            running({**CHILD, "workflowVersion": {"tag": "$LIVE", "versionNumber": 1}}),
            "/config/children/0/workflowVersion",
            "has too many properties",
        ),
        (
            special("m", "/justworkflowit/runMarketplaceJob", config={}),
            "/type",
            "is a service of JustWorkflowIt's own platform",
        ),
    ],
)
def test_what_cannot_run_is_refused(given: dict[str, Any], path: str, message: str) -> None:
    [(where, told)] = refused(definition(given))
    assert where == f"/steps/0/integrationDetails{path}"
    assert message in told


def test_a_step_is_not_called_like_a_child() -> None:
    [(where, told)] = refused(definition(running(CHILD, then="kids/x"), step("kids/x")))
    assert where == "/steps/1/name"
    assert "could be taken for a child of step 'kids'" in told
