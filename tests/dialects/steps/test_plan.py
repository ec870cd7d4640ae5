"""What follows what, with which input, under which contract."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.dialects.plan import (
    Contracts,
    Ending,
    EndJob,
    Fault,
    Pins,
    Policy,
    RetryLogic,
    Schedule,
    TimeoutPolicy,
)
from daemon.dialects.steps import Limits, StepsDialect, StepsPlan
from eventstore.events import JobStatus, TaskStatus
from tests.dialects.steps.jobs import Job, Task, compiled, definition, giving, record, run, step


def refs(plan: StepsPlan, job: Job, **outputs: Any) -> list[Any]:
    """Where a job goes: refs of its steps, and how it ended badly."""
    passed = run(plan, job, giving(**outputs), most=10)
    return [one.status if isinstance(one, EndJob) else one.ref for one in passed]


def inputs(plan: StepsPlan, job: Job, **outputs: Any) -> list[Any]:
    return [one.input for one in run(plan, job, giving(**outputs)) if isinstance(one, Task)]


@pytest.mark.parametrize("end", [None, "", {"if": [False, "a", None]}, {"if": [True, 0, "a"]}])
def test_steps_follow_by_name_until_nothing_follows(end: Any) -> None:
    plan = compiled(definition(step("a", "c"), step("b", end), step("c", "b")))
    assert refs(plan, Job()) == ["a", "c", "b"]


@pytest.mark.parametrize(("n", "to"), [(1, "b"), (5, "c")])
def test_a_condition_reads_what_the_steps_gave(n: int, to: str) -> None:
    rule = {"if": [{"<": [{"var": "aOutput.n"}, 3]}, "b", "c"]}
    plan = compiled(definition(step("a", rule), step("b"), step("c")))
    assert refs(plan, Job(), a={"n": n}) == ["a", to]


def test_a_loop_reads_the_newest_output() -> None:
    plan = compiled(
        definition(step("a", "b"), step("b", {"if": [{"var": "bOutput.again"}, "a", None]}))
    )
    turns = iter([True, True, False])

    def work(task: Task) -> tuple[TaskStatus, Any]:
        return TaskStatus.COMPLETED, {"again": next(turns)} if task.ref == "b" else {}

    tasks = [one for one in run(plan, Job(), work) if isinstance(one, Task)]
    assert [(one.ref, one.iteration) for one in tasks] == [
        (ref, iteration) for iteration in range(3) for ref in "ab"
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"cat": ["b", "c"]}, "the transition of step 'a' answered \"bc\", which is the name of"),
        (True, "the transition of step 'a' answered true, which is the name of no step"),
        (
            [],
            "the transition of step 'a' answered a list or an object, which is the name of no step",
        ),
        (
            {"foo": ["b"]},
            (
                "Invalid transition logic: "
                '{"if":[true,{"foo":["b"]},null]}. Error: Unrecognized operation foo'
            ),
        ),
    ],
)
def test_a_transition_to_nowhere_fails_the_job_and_keeps_the_result(
    answer: Any, reason: str
) -> None:
    given = definition(step("a", {"if": [True, answer, None]}), step("b"), step("c"))
    job = Job()
    plan = compiled(given)
    [task, end] = run(plan, job, giving(a={"kept": 1}))
    assert isinstance(end, EndJob)
    assert (end.status, end.task) == (JobStatus.FAILED, 1)
    assert end.reason is not None
    assert end.reason.startswith(reason)
    assert isinstance(task, Task)
    assert (task.status, plan.output(job)) == (TaskStatus.COMPLETED, {"kept": 1})


def test_a_transition_that_takes_too_long_fails_the_job() -> None:
    rule = {"if": [{"in": [0, {"var": "aOutput.l"}]}, "a", None]}
    dialect, job = StepsDialect(Limits(max_operations=100)), Job()
    plan = dialect.compile(definition(step("a", rule)), Pins())
    [_, end] = run(plan, job, giving(a={"l": [1] * 100}))
    assert isinstance(end, EndJob)
    assert "the rule needs more than 100 operations" in str(end.reason)


def test_without_transformer_the_output_before_is_handed_on() -> None:
    workflow_input = {"type": "object"}
    given = definition(step("a", "b"), step("b", "c"), step("c"), workflowInput=workflow_input)
    job = Job(input={"x": 1})
    assert inputs(compiled(given), job, a={"p": 1}, b={"q": 2}) == [{"x": 1}, {"p": 1}, {"q": 2}]


def test_a_closed_definition_cuts_what_it_does_not_name() -> None:
    given = definition(step("a", "b"), step("b", takes="P"), P=record(p="string"))
    assert inputs(compiled(given), Job(), a={"p": "x", "q": 1}) == [{}, {"p": "x"}]


def test_no_result_is_an_empty_object() -> None:
    given = definition(step("a", "b", gives="Empty"), step("b", takes="Empty"))
    job = Job()
    assert inputs(compiled(given), job, a=None) == [{}, {}]
    assert all(task.status is TaskStatus.COMPLETED for task in job.tasks)


def broken(contracts: Contracts) -> tuple[StepsPlan, Job]:
    given = definition(
        step("a", "b", gives="P"), step("b", takes="Q"), P=record(p="string"), Q=record(q="number")
    )
    return compiled(given, contracts), Job()


def test_an_input_that_breaks_its_contract_faults_the_step() -> None:
    plan, job = broken(Contracts.ENFORCE)
    _first, second = run(plan, job, giving(a={"p": "x"}), most=2)
    assert isinstance(second, Task)
    assert second.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert second.reason == (
        "the input of step 'b' breaks its definition 'Q': "
        "the value must have required property 'q', got {}"
    )


def test_an_output_that_breaks_its_contract_faults_the_step() -> None:
    plan, job = broken(Contracts.ENFORCE)
    task = next(iter(run(plan, job, giving(a={"p": 5}))))
    assert isinstance(task, Task)
    assert task.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert task.reason == (
        "the output of step 'a' breaks its definition 'P': /p must be string, got 5"
    )


def test_contracts_that_only_warn_tell_what_is_broken() -> None:
    plan, job = broken(Contracts.WARN)
    first, second = (one for one in run(plan, job, giving(a={"p": 5})) if isinstance(one, Task))
    assert plan.breaches(first) == (
        "the output of step 'a' breaks its definition 'P': /p must be string, got 5",
    )
    assert plan.breaches(second) == (
        (
            "the input of step 'b' breaks its definition 'Q': "
            "the value must have required property 'q', got {}"
        ),
    )
    gone = job.add("gone")
    assert plan.breaches(gone) == ()
    assert broken(Contracts.ENFORCE)[0].breaches(first) == ()
    assert broken(Contracts.OFF)[0].breaches(first) == ()


@pytest.mark.parametrize("contracts", [Contracts.WARN, Contracts.OFF])
def test_contracts_that_are_not_enforced_stop_nothing(contracts: Contracts) -> None:
    plan, job = broken(contracts)
    assert refs(plan, job, a={"p": 5}) == ["a", "b"]
    assert plan.prepare({"any": 1}).problems == ()


def test_the_workflow_input_is_checked_whole_with_every_path() -> None:
    plan = compiled(
        definition(step("a", takes="P"), P=record(p="string"), workflowInput=record(p="string"))
    )
    assert plan.prepare({"p": "x"}) == plan.prepare(plan.prepare({"p": "x"}).input)
    problems = plan.prepare({"p": 1, "q": 2}).problems
    assert {(one.path, one.message) for one in problems} == {
        (
            "/p",
            (
                "Validation failed workflowInput validation: /p must be string, got 1 "
                "(definition 'workflowInput')"
            ),
        ),
        (
            "",
            (
                "Validation failed workflowInput validation: the value must NOT have additional "
                "properties: 'q', got {\"p\":1,\"q\":2} (definition 'workflowInput')"
            ),
        ),
    }


def test_an_input_is_needed_exactly_when_it_is_defined() -> None:
    without = compiled(definition(step("a")))
    defined = compiled(definition(step("a"), workflowInput={"type": "object"}))
    assert without.prepare(None).problems == defined.prepare({}).problems == ()
    assert [one.message for one in without.prepare({}).problems] == [
        "Workflow input definition must be provided when a workflow input is provided"
    ]
    assert [one.message for one in defined.prepare(None).problems] == [
        "Workflow input value is required when a workflow input definition is provided"
    ]


def reading(path: str) -> list[dict[str, Any]]:
    return [{"from": path, "to": "p"}]


@pytest.mark.parametrize("contracts", list(Contracts))
def test_an_input_that_a_step_will_miss_for_certain_is_refused(contracts: Contracts) -> None:
    rule = {"if": [{"var": "workflowInput.o"}, "c", None]}
    given = definition(
        step("a", "b"),
        step("b", rule, fieldset=reading("workflowInput.n")),
        step("c", fieldset=reading("workflowInput.o")),
        workflowInput=record(n_o="integer", o_o="integer"),
    )
    plan = compiled(given, contracts)
    assert plan.prepare({"n": 0}).problems == ()
    [found] = plan.prepare({"o": 1}).problems
    assert (found.path, found.kind) == ("/n", "transformation")
    assert found.message == (
        "Transformation error: Missing expected field 'workflowInput.n' in execution data. "
        'ExecutionData: {"workflowInput":{"o":1}} Step \'b\' needs it.'
    )


def test_an_input_that_is_no_date_where_one_is_read_for_certain_is_refused() -> None:
    via = {"type": "date", "sourceFormat": "yyyy-MM-dd", "format": "dd/MM/yyyy"}
    given = definition(
        step("a", fieldset=[{"from": "workflowInput.d", "to": "d", "via": via}]),
        workflowInput=record(d="string"),
    )
    plan = compiled(given)
    assert inputs(plan, Job(input={"d": "2026-02-03"})) == [{"d": "03/02/2026"}]
    [found] = plan.prepare({"d": "soon"}).problems
    assert found.path == "/d"
    assert found.message.startswith(
        "Invalid time value error occured when trying to format soon with dd/MM/yyyy"
    )


def test_a_transformer_makes_the_input() -> None:
    given = definition(
        step("a", "b"),
        step(
            "b",
            fieldset=[*reading("aOutput.p"), {"withTemplate": "${workflowInput.n}!", "to": "t"}],
        ),
        Any={"type": "object", "properties": {"p": {"type": "integer"}}, "required": ["p"]},
        workflowInput=record(n="integer"),
    )
    plan = compiled(given, Contracts.OFF)
    assert inputs(plan, Job(input={"n": 7}), a={"p": 0}) == [{"n": 7}, {"p": 0, "t": "7!"}]


def test_a_transformer_that_fails_faults_the_step_until_its_source_is_there() -> None:
    given = definition(
        step("a", "b"),
        step("b", takes="P", fieldset=[{"withTemplate": "${aOutput.p}", "to": "p"}]),
        P=record(p="string"),
    )
    plan, job = compiled(given), Job()
    first, second = run(plan, job, giving(a={}), most=2)
    assert isinstance(first, Task)
    assert isinstance(second, Task)
    assert (second.status, second.input) == (TaskStatus.FAILED_WITH_TERMINAL_ERROR, None)
    told = (
        "the inputTransformer of step 'b' fails at /fieldset/0/withTemplate: "
        "Missing expected field 'aOutput.p' in execution data"
    )
    assert second.reason == told
    assert plan.retry_input(job, second) == Fault(reason=told)
    job.change(first, output={"p": "here"})
    assert plan.retry_input(job, second) == {"p": "here"}


def test_another_attempt_gets_the_input_that_the_first_had() -> None:
    given = definition(step("a"), workflowInput={"type": "object"})
    plan, job = compiled(given), Job(input={"x": 1})
    failed = job.add("a", input={"x": 1}, status=TaskStatus.FAILED, started_at=5)
    assert plan.retry_input(job, failed) == {"x": 1}


def test_another_attempt_keeps_the_contract_too() -> None:
    plan, job = broken(Contracts.ENFORCE)
    task = job.add("b", input={}, status=TaskStatus.FAILED_WITH_TERMINAL_ERROR)
    assert isinstance(plan.retry_input(job, task), Fault)


def test_rules_come_from_the_step_and_from_the_policy() -> None:
    policy = Policy(
        step_retry_delay_seconds=3,
        step_retry_logic=RetryLogic.LINEAR_BACKOFF,
        step_max_retry_delay_seconds=30,
        step_retry_jitter_ms=7,
    )
    given = definition(step("a", "b", retries=2, timeoutSeconds=60), step("b", retries=-4))
    registered = {"work": {"name": "work", "responseTimeoutSeconds": 20, "retryCount": 9}}
    plan = StepsDialect().compile(given, Pins(policy=policy, task_types=registered))
    [first] = plan.first(Job())
    assert isinstance(first, Schedule)
    rules = plan.rules(Job(), first)
    assert (rules.retry_count, rules.timeout_seconds) == (2, 60)
    assert rules.timeout_policy is TimeoutPolicy.RETRY
    assert (rules.retry_logic, rules.retry_delay_seconds) == (RetryLogic.LINEAR_BACKOFF, 3)
    assert (rules.max_retry_delay_seconds, rules.backoff_jitter_ms) == (30, 7)
    assert (rules.response_timeout_seconds, rules.async_complete) == (20, False)
    second = plan.step("b")
    assert second is not None
    assert (plan.rules(Job(), second).retry_count, second.task_type, second.kind) == (
        0,
        "work",
        "work",
    )


def test_a_task_of_another_version_is_answered_too() -> None:
    plan, job = compiled(definition(step("a"))), Job()
    gone = job.add("gone", status=TaskStatus.COMPLETED)
    assert plan.step("gone") is None
    assert plan.rules(job, gone).retry_count == 0
    assert plan.accept(job, gone, {}) is None
    assert plan.retry_input(job, gone) == Fault(reason="this version has no step 'gone'")
    [end] = plan.after(job, gone)
    assert isinstance(end, EndJob)
    assert end.reason == "this version has no step 'gone'"


def test_a_step_that_failed_is_followed_by_nothing() -> None:
    plan, job = compiled(definition(step("a", "b"), step("b"))), Job()
    failed = job.add("a", status=TaskStatus.FAILED, reason="no")
    assert plan.after(job, failed) == (EndJob(status=JobStatus.FAILED, reason="no", task=1),)
    assert plan.failure(job, Ending(status=JobStatus.FAILED, reason="no")) is None


def test_the_output_is_that_of_the_last_step() -> None:
    plan, job = compiled(definition(step("a", "b"), step("b"))), Job()
    assert plan.output(job) is None
    list(run(plan, job, giving(a={"x": 1}, b={"y": 2})))
    assert plan.output(job) == {"y": 2}


class Skipping(Job):
    """A job whose last step was skipped in advance: its task stands before all others."""

    def last(self) -> Task | None:
        placed = [task for task in self.tasks if task.status is not TaskStatus.SKIPPED]
        return placed[-1] if placed else None


def test_the_output_may_be_that_of_a_skipped_step() -> None:
    plan, job = compiled(definition(step("a", "b"), step("b"))), Skipping()
    job.add("b", status=TaskStatus.SKIPPED, output={"given": 1})
    job.add("a", status=TaskStatus.COMPLETED, output={"x": 1})
    assert plan.output(job) == {"given": 1}
    alone = Skipping()
    alone.add("a", status=TaskStatus.SKIPPED, output={"x": 1})
    assert plan.output(alone) == {"x": 1}


def test_a_bigger_definition_costs_more() -> None:
    small, big = (
        compiled(definition(*(step(str(n), str(n + 1)) for n in range(count)), step(str(count))))
        for count in (1, 50)
    )
    assert 0 < small.cost() < big.cost()
