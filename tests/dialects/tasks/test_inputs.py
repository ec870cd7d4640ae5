"""The input of a step (reference conductor.md §2.6, §2.7) and of a job."""

from typing import Any

import pytest

from daemon.dialects.plan import Fault, Schedule
from eventstore.events import TaskStatus
from tests.dialects.tasks.definitions import first, plan, prepared, task, workflow
from tests.dialects.tasks.views import Task, done, job


def given_input(step: dict[str, Any], of: Any = None, **task_types: dict[str, Any]) -> Any:
    return first(workflow(step), of or job(), **task_types).input


def test_a_step_without_parameters_gets_an_empty_input() -> None:
    assert given_input(task()) == {}


def test_parameters_resolve() -> None:
    step = task(inputParameters={"a": "${workflow.input.x}", "id": "${CPEWF_TASK_ID}"})
    assert given_input(step, job(input={"x": 1}, next_number=1)) == {"a": 1, "id": "j.1"}


class TestTemplateOfTheTaskType:
    def template(self, step: dict[str, Any], of: Any = None, **template: Any) -> Any:
        return given_input(step, of, do_t={"name": "do_t", "inputTemplate": template})

    def test_it_adds_what_is_absent_at_the_top_level(self) -> None:
        step = task(inputParameters={"a": {"x": 1}})
        assert self.template(step, a={"y": 2}, b=3) == {"a": {"x": 1}, "b": 3}

    def test_its_expressions_resolve(self) -> None:
        assert self.template(task(), job(input={"x": 7}), b="${workflow.input.x}") == {"b": 7}

    def test_it_stands_in_for_a_parameter_written_as_null(self) -> None:
        of = job(input={"x": 7})
        assert self.template(task(inputParameters={"b": None}), of, b="${workflow.input.x}") == {
            "b": 7
        }

    def test_it_stands_in_unresolved_for_a_value_that_came_out_as_null(self) -> None:
        step = task(inputParameters={"b": "${workflow.input.missing}"})
        assert self.template(step, b="${workflow.input.x}") == {"b": "${workflow.input.x}"}
        assert self.template(step, b=5) == {"b": 5}

    def test_another_null_stays(self) -> None:
        step = task(inputParameters={"a": "${workflow.input.missing}"})
        assert self.template(step, b=5) == {"a": None, "b": 5}

    def test_the_one_in_the_definition_comes_before_the_registered_one(self) -> None:
        step = task(taskDefinition={"name": "do_t", "inputTemplate": {"b": 1}})
        assert self.template(step, b=2, c=3) == {"b": 1}


class TestInputExpression:
    def step(self, expression: str, **fields: Any) -> dict[str, Any]:
        return task(inputExpression={"expression": expression, "type": "JSON_PATH"}, **fields)

    def test_it_selects_the_whole_input_of_the_workflow(self) -> None:
        of = job(input={"movieId": "movie_123"})
        assert given_input(self.step("workflow.input"), of) == {"movieId": "movie_123"}

    def test_it_selects_an_object_from_the_output_of_a_task(self) -> None:
        definition = workflow(task("t"), self.step("t.output.rows[0]") | {"taskReferenceName": "u"})
        ended = done("t", {"rows": [{"id": 1}]})
        (move,) = plan(definition).after(job(ended), ended)
        assert isinstance(move, Schedule)
        assert move.input == {"id": 1}

    def test_nothing_selected_is_an_empty_input(self) -> None:
        assert given_input(self.step("workflow.input.missing")) == {}

    @pytest.mark.parametrize(
        ("value", "shown"), [([1], "a list"), (5, "'5'"), ("x" * 99, f"'{'x' * 60}'")]
    )
    def test_what_is_no_object_ends_the_task_with_the_reason(self, value: Any, shown: str) -> None:
        scheduled = first(workflow(self.step("workflow.input.x")), job(input={"x": value}))
        assert scheduled.fault == Fault(
            reason=f"inputExpression 'workflow.input.x' of task t gives {shown}, "
            "but the input of a task is an object",
            status=TaskStatus.FAILED_WITH_TERMINAL_ERROR,
        )

    def test_the_template_of_the_task_type_still_applies(self) -> None:
        settings = {
            "name": "do_t",
            "inputTemplate": {"a": 1, "b": 2, "c": "${workflow.workflowId}"},
        }
        of = job(input={"a": 9, "b": None})
        assert given_input(self.step("workflow.input"), of, do_t=settings) == {
            "a": 9,
            "b": 2,
            "c": "j",
        }


class TestRetry:
    def test_fresh_values_lie_over_the_input_of_the_attempt_before(self) -> None:
        step = task(inputParameters={"a": "${workflow.variables.v}", "id": "${CPEWF_TASK_ID}"})
        failed = Task(ref="t", input={"a": "old", "kept": 1, "id": "j.1"})
        again = plan(workflow(step)).retry_input(
            job(failed, variables={"v": "new"}, next_number=2), failed
        )
        assert again == {"a": "new", "kept": 1, "id": "j.2"}

    def test_an_input_that_was_erased_is_made_anew(self) -> None:
        failed = Task(ref="t", input=None)
        assert plan(workflow(task(inputParameters={"a": 1}))).retry_input(job(failed), failed) == {
            "a": 1
        }

    def test_a_fault_is_one_again(self) -> None:
        step = task(inputExpression={"expression": "workflow.input.x", "type": "JSON_PATH"})
        failed = Task(ref="t", input={})
        again = plan(workflow(step)).retry_input(job(failed, input={"x": 1}), failed)
        assert isinstance(again, Fault)

    def test_a_step_that_the_definition_no_longer_has_keeps_its_input(self) -> None:
        failed = Task(ref="gone", input={"a": 1})
        assert plan(workflow()).retry_input(job(failed), failed) == {"a": 1}


class TestInputOfTheJob:
    DEFINITION = workflow(inputTemplate={"url": "https://some_url:7004", "n": {"a": 1}})

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (None, {"url": "https://some_url:7004", "n": {"a": 1}}),
            ({}, {"url": "https://some_url:7004", "n": {"a": 1}}),
            ({"url": "x"}, {"url": "x", "n": {"a": 1}}),
            ({"url": None, "n": {}}, {"url": "https://some_url:7004", "n": {}}),
            ({"url": False, "n": 0, "o": 1}, {"url": False, "n": 0, "o": 1}),
        ],
    )
    def test_defaults_fill_what_is_absent(self, given: Any, expected: Any) -> None:
        filled = prepared(self.DEFINITION, given)
        assert filled.input == expected
        assert filled.problems == ()
        assert prepared(self.DEFINITION, filled.input).input == expected

    def test_defaults_are_no_expressions(self) -> None:
        definition = workflow(inputTemplate={"a": "${workflow.workflowId}"})
        assert prepared(definition, None).input == {"a": "${workflow.workflowId}"}

    def test_without_defaults_no_input_is_an_empty_one(self) -> None:
        assert prepared(workflow(), None).input == {}

    @pytest.mark.parametrize("given", [[], "x", 5, True])
    def test_anything_but_an_object_is_refused(self, given: Any) -> None:
        (problem,) = prepared(self.DEFINITION, given).problems
        assert problem.path == ""
        assert problem.message == "the input of a workflow is an object"
