"""The laws hold under the real dialects too, whatever workers and operators do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from daemon.decider.commands import (
    Command,
    Pause,
    Report,
    Rerun,
    Resume,
    Retry,
    SkipTask,
    Terminate,
)
from daemon.decider.state import JobState
from daemon.decider.turn import SECOND
from daemon.dialects.plan import Known, Pins, Policy
from daemon.dialects.registry import dialect_named
from eventstore.events import JobStatus, TaskStatus
from tests.decider.scenario import Given, done, failed, fire, passed, restart, start, submit

ORDER = {
    "name": "order",
    "version": 1,
    "schemaVersion": 2,
    "timeoutSeconds": 500,
    "timeoutPolicy": "TIME_OUT_WF",
    "failureWorkflow": "refund",
    "tasks": [
        {
            "name": "reserve",
            "taskReferenceName": "reserve_ref",
            "type": "SIMPLE",
            "inputParameters": {"item": "${workflow.input.item}"},
        },
        {
            "name": "pack",
            "taskReferenceName": "pack_ref",
            "type": "SIMPLE",
            "optional": True,
            "startDelay": 3,
            "inputParameters": {"place": "${reserve_ref.output.place}"},
        },
        {
            "name": "ship",
            "taskReferenceName": "ship_ref",
            "type": "SIMPLE",
            "retryCount": 1,
            "inputParameters": {"place": "${reserve_ref.output.place}"},
        },
    ],
    "outputParameters": {"place": "${reserve_ref.output.place}"},
}
ANY = {"type": "object", "additionalProperties": True}
REVIEW = {
    "workflowName": "review",
    "steps": [
        {
            "name": "read",
            "retries": 1,
            "timeoutSeconds": 30,
            "integrationDetails": {
                "type": "reader",
                "inputDefinition": {"$ref": "#/definitions/any"},
                "outputDefinition": {"$ref": "#/definitions/page"},
            },
            "transitionToStep": "judge",
        },
        {
            "name": "judge",
            "integrationDetails": {
                "type": "judge",
                "inputDefinition": {"$ref": "#/definitions/any"},
                "outputDefinition": {"$ref": "#/definitions/any"},
            },
            "transitionToStep": None,
        },
    ],
    "definitions": {
        "workflowInput": ANY,
        "any": ANY,
        "page": {"type": "object", "properties": {"page": {"type": "number"}}},
    },
}
DEFINITIONS: dict[str, dict[str, Any]] = {"tasks": ORDER, "steps": REVIEW}
REFS = ("reserve_ref", "pack_ref", "ship_ref", "read", "judge")


def job_of(dialect: str, **policy: Any) -> Given:
    found = dialect_named(dialect)
    definition = DEFINITIONS[dialect]
    assert found.validate(definition, Known()).errors == ()
    pins = Pins(policy=Policy(**policy))
    job = Given(found.compile(definition, pins), pins.policy)
    return job.after(submit(dialect=dialect, input={"item": "x"}))


def test_an_order_runs_through_its_retry_and_its_forgiven_step() -> None:
    job = job_of("tasks").after(start(1), done(1, {"place": "shelf 7"}), passed(3), fire("ready/2"))
    job.after(failed(2, status=TaskStatus.FAILED_WITH_TERMINAL_ERROR), failed(3), passed(60))
    job.after(fire("ready/4"), start(4), done(4, {}))
    assert [task.status for task in job.state.in_order()] == [
        TaskStatus.COMPLETED,
        TaskStatus.COMPLETED_WITH_ERRORS,
        TaskStatus.FAILED,
        TaskStatus.COMPLETED,
    ]
    assert job.task(4).input == {"place": "shelf 7"}
    assert (job.state.status, job.state.output) == (JobStatus.COMPLETED, {"place": "shelf 7"})


def test_a_review_hands_each_output_on_and_holds_it_to_its_contract() -> None:
    job = job_of("steps").after(start(1), done(1, {"page": 1}))
    assert job.task(2).input == {"page": 1}
    job.after(done(2, {"verdict": "good"}))
    assert (job.state.status, job.state.output) == (JobStatus.COMPLETED, {"verdict": "good"})
    broken = job_of("steps").after(start(1), done(1, {"page": "one"}))
    assert broken.task(1).status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert broken.state.status is JobStatus.FAILED


@st.composite
def commands(draw: st.DrawFn, state: JobState) -> Command:
    task = draw(st.integers(1, state.next_number))
    output = draw(st.sampled_from([None, {}, {"page": 1, "place": "p"}, {"page": "one"}]))
    results = [TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.IN_PROGRESS]
    report = Report(task=task, status=draw(st.sampled_from(results)), output=output)
    words = ("ready", "poll", "response", "run", "total")
    timers: list[Command] = [fire("timeout"), *(fire(f"{word}/{task}") for word in words)]
    whole: list[Command] = [
        Pause(),
        Resume(),
        Terminate(),
        Retry(),
        restart(),
        Rerun(),
        Rerun(task=task),
    ]
    whole += [SkipTask(ref=draw(st.sampled_from(REFS)))]
    kinds: list[list[Command]] = [[start(task)], [report], timers, whole]
    drawn: Command = draw(st.sampled_from(draw(st.sampled_from(kinds))))
    return drawn


@pytest.mark.parametrize("dialect", DEFINITIONS)
@settings(max_examples=40, deadline=None)
@each(data=st.data())
def test_the_laws_hold_in_any_life_of_a_real_plan(dialect: str, data: st.DataObject) -> None:
    job = job_of(dialect, max_tasks=20)
    for _ in range(data.draw(st.integers(5, 30))):
        job.now += data.draw(st.sampled_from([0, 1, 70])) * SECOND
        job.when(data.draw(commands(job.state)))
