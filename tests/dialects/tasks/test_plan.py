"""What a plan answers about a job: its steps in order, their rules, its output."""

from typing import Any

import pytest

from daemon.dialects.plan import RetryLogic, TaskRules, TimeoutPolicy
from eventstore.events import JobStatus, TaskStatus
from tests.dialects.tasks.definitions import first, only_schedule, plan, task, workflow
from tests.dialects.tasks.views import Job, Task, done, job

THREE = workflow(task("t"), task("u"), task("v"))


class TestSequence:
    def test_a_job_begins_with_its_first_task(self) -> None:
        scheduled = first(THREE, job())
        assert (scheduled.ref, scheduled.name, scheduled.kind) == ("t", "do_t", "SIMPLE")

    def test_a_simple_task_is_polled_by_its_name(self) -> None:
        assert first(THREE, job()).task_type == "do_t"

    @pytest.mark.parametrize("own_type", ["LLM_CHAT_COMPLETE", "my_type", "USER_DEFINED"])
    def test_a_type_that_nobody_knows_is_polled_by_its_type(self, own_type: str) -> None:
        scheduled = first(workflow(task(type=own_type)), job())
        assert (scheduled.name, scheduled.task_type, scheduled.kind) == ("do_t", own_type, own_type)

    def test_one_task_follows_the_other(self) -> None:
        ended = done("t")
        assert only_schedule(plan(THREE).after(job(ended), ended)).ref == "u"

    def test_nothing_follows_the_last(self) -> None:
        assert plan(THREE).after(job(done("v")), done("v")) == ()

    def test_what_was_skipped_in_advance_is_passed_over(self) -> None:
        skipped = done("u", status=TaskStatus.SKIPPED)
        ended = done("t")
        assert only_schedule(plan(THREE).after(job(skipped, ended), ended)).ref == "v"
        assert first(THREE, job(done("t", status=TaskStatus.SKIPPED), skipped)).ref == "v"

    def test_everything_skipped_leaves_nothing_to_do(self) -> None:
        skipped = [done(ref, status=TaskStatus.SKIPPED) for ref in "tuv"]
        assert plan(THREE).first(job(*skipped)) == ()

    def test_a_step_that_had_its_turn_does_not_get_another(self) -> None:
        ended = done("t")
        assert plan(THREE).after(job(ended, done("u")), ended) == ()

    def test_a_step_that_the_definition_no_longer_has_is_followed_by_nothing(self) -> None:
        assert plan(THREE).after(job(done("gone")), done("gone")) == ()

    def test_what_follows_costs_the_same_in_a_longer_job(self) -> None:
        asked: list[str] = []

        class Watched(Job):
            def latest(self, ref: str) -> Task | None:
                asked.append(ref)
                return super().latest(ref)

        refs = [f"t{n}" for n in range(50)]
        definition = workflow(*[task(ref) for ref in refs])
        ended = done("t30")
        plan(definition).after(Watched(tasks=(ended,)), ended)
        assert asked == ["t31"]

    def test_a_start_delay_is_kept(self) -> None:
        assert first(workflow(task(startDelay=7)), job()).delay_seconds == 7


class TestStep:
    def test_a_step_is_known_by_its_ref(self) -> None:
        step = plan(THREE).step("u")
        assert step is not None
        assert (step.ref, step.task_type, step.input) == ("u", "do_u", {})

    def test_there_may_be_none(self) -> None:
        assert plan(THREE).step("gone") is None


class TestRules:
    def rules(self, step: dict[str, Any], **task_types: dict[str, Any]) -> TaskRules:
        compiled = plan(workflow(step), **task_types)
        of_schedule = compiled.rules(job(), only_schedule(compiled.first(job())))
        assert compiled.rules(job(done("t")), done("t")) == of_schedule
        return of_schedule

    def test_a_simple_task_of_an_unregistered_type_has_the_usual_defaults(self) -> None:
        assert self.rules(task()) == TaskRules(
            retry_count=3,
            retry_logic=RetryLogic.FIXED,
            retry_delay_seconds=60,
            response_timeout_seconds=3600,
            timeout_policy=TimeoutPolicy.TIME_OUT_WF,
            settings_name="do_t",
            times_what_waits=True,
        )

    def test_another_unregistered_type_neither_retries_nor_times_out(self) -> None:
        rules = self.rules(task(type="my_type"))
        assert (rules.retry_count, rules.response_timeout_seconds) == (0, 0)

    def test_registered_settings_are_found_by_the_tasks_name(self) -> None:
        settings = {
            "name": "do_t",
            "retryCount": 1,
            "retryLogic": "EXPONENTIAL_BACKOFF",
            "retryDelaySeconds": 2,
            "backoffScaleFactor": 3,
            "maxRetryDelaySeconds": 40,
            "backoffJitterMs": 50,
            "timeoutSeconds": 60,
            "responseTimeoutSeconds": 30,
            "pollTimeoutSeconds": 70,
            "totalTimeoutSeconds": 80,
            "timeoutPolicy": "RETRY",
            "inputTemplate": {"a": 1},
        }
        assert self.rules(task(type="my_type"), do_t=settings) == TaskRules(
            retry_count=1,
            retry_logic=RetryLogic.EXPONENTIAL_BACKOFF,
            retry_delay_seconds=2,
            backoff_scale_factor=3,
            max_retry_delay_seconds=40,
            backoff_jitter_ms=50,
            timeout_seconds=60,
            response_timeout_seconds=30,
            poll_timeout_seconds=70,
            total_timeout_seconds=80,
            timeout_policy=TimeoutPolicy.RETRY,
            settings_name="do_t",
            times_what_waits=True,
            input_template={"a": 1},
        )

    def test_settings_in_the_definition_come_before_registered_ones(self) -> None:
        step = task(taskDefinition={"retryCount": 5})
        rules = self.rules(step, do_t={"name": "do_t", "retryCount": 1, "retryDelaySeconds": 9})
        assert (rules.retry_count, rules.retry_delay_seconds) == (5, 60)
        assert rules.settings_name == "do_t"

    def test_the_steps_own_retry_count_comes_first(self) -> None:
        assert self.rules(task(retryCount=0)).retry_count == 0
        assert self.rules(task(retryCount=7), do_t={"retryCount": 1}).retry_count == 7

    def test_what_the_step_says_of_itself(self) -> None:
        rules = self.rules(task(optional=True, permissive=True, asyncComplete=True))
        assert rules.optional
        assert rules.permissive
        assert rules.async_complete

    def test_a_step_that_the_definition_no_longer_has_is_not_retried(self) -> None:
        assert plan(THREE).rules(job(), done("gone", name="n")) == TaskRules(settings_name="n")


class TestOutput:
    def output(self, definition: dict[str, Any], *tasks: Task, **fields: Any) -> Any:
        return plan(definition).output(job(*tasks, **fields))

    def test_the_template_makes_the_output(self) -> None:
        definition = workflow(outputParameters={"a": "${t.output.x}", "b": "${u.output.x}", "c": 1})
        assert self.output(definition, done("t", {"x": 5})) == {"a": 5, "b": None, "c": 1}

    def test_without_a_template_it_is_the_output_of_the_last_task(self) -> None:
        assert self.output(THREE, done("t", {"x": 1}), done("u", {"x": 2})) == {"x": 2}

    def test_an_empty_template_is_none(self) -> None:
        assert self.output(workflow(outputParameters={}), done("t", {"x": 1})) == {"x": 1}

    def test_the_last_task_is_the_one_scheduled_last_even_when_it_failed(self) -> None:
        tasks = done("t", {"x": 1}), done("u", {"e": 1}, status=TaskStatus.FAILED)
        assert self.output(THREE, *tasks) == {"e": 1}

    def test_no_output_is_an_empty_one(self) -> None:
        assert self.output(THREE) == {}
        assert self.output(THREE, Task(ref="t")) == {}

    def test_the_status_is_that_of_the_moment(self) -> None:
        definition = workflow(outputParameters={"s": "${workflow.status}"})
        assert self.output(definition, status=JobStatus.FAILED) == {"s": "FAILED"}

    def test_no_task_is_being_made(self) -> None:
        definition = workflow(outputParameters={"id": "${CPEWF_TASK_ID}"})
        assert self.output(definition) == {"id": "${CPEWF_TASK_ID}"}

    def test_no_output_breaks_a_contract(self) -> None:
        assert plan(THREE).accept(job(), done("t"), {"any": 1}) is None


class TestOfTheWholeJob:
    def test_defaults(self) -> None:
        compiled = plan(workflow())
        assert compiled.timeout_seconds == 0
        assert not compiled.alert_only
        assert compiled.restartable
        assert compiled.variables == {}

    def test_given(self) -> None:
        compiled = plan(
            workflow(
                timeoutSeconds=9,
                timeoutPolicy="ALERT_ONLY",
                restartable=False,
                variables={"v": 1},
            )
        )
        assert compiled.timeout_seconds == 9
        assert compiled.alert_only
        assert not compiled.restartable
        assert compiled.variables == {"v": 1}

    def test_a_negative_timeout_is_none(self) -> None:
        assert plan(workflow(timeoutSeconds=-5)).timeout_seconds == 0

    def test_a_longer_definition_costs_more(self) -> None:
        assert plan(THREE).cost() > plan(workflow()).cost() > 0
