"""Schemas of workflows and tasks: where they are looked at, and what follows (Conductor's page
on schema validation)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.dialects.plan import Known, Pins, Policy, SchemaName
from daemon.dialects.task_types import check
from eventstore.events import JobStatus, TaskStatus
from tests.dialects.tasks.definitions import DIALECT, errors, task, warnings, workflow
from tests.dialects.tasks.family import Family, failed

TERMINAL = TaskStatus.FAILED_WITH_TERMINAL_ERROR


def schema(data: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    given = {"name": "s", "version": 1, "type": "JSON", **fields}
    return given if data is None else {**given, "data": data}


def having(**kinds: str) -> dict[str, Any]:
    """An object that has to have these properties."""
    return {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in kinds.items()},
        "required": list(kinds),
    }


def settings(**fields: Any) -> dict[str, Any]:
    return {
        "name": "do_t",
        "retryCount": 3,
        "retryDelaySeconds": 0,
        "enforceSchema": True,
        **fields,
    }


class TestWorkflowInput:
    DEFINITION = workflow(inputSchema=schema(having(id="string")))

    def problems(
        self, definition: dict[str, Any], given: Any, **pins: Any
    ) -> list[tuple[str, str]]:
        found = DIALECT.compile(definition, Pins(**pins)).prepare(given).problems
        return [(one.path, one.message) for one in found]

    def test_one_that_keeps_it(self) -> None:
        assert self.problems(self.DEFINITION, {"id": "a"}) == []

    def test_one_that_breaks_it(self) -> None:
        words = "the workflow's input breaks its schema 's': /id must be string, got 5"
        assert self.problems(self.DEFINITION, {"id": 5}) == [("/id", words)]

    def test_defaults_are_filled_in_before(self) -> None:
        definition = {**self.DEFINITION, "inputTemplate": {"id": "x"}}
        assert self.problems(definition, None) == []

    def test_it_can_be_left_unenforced(self) -> None:
        assert self.problems({**self.DEFINITION, "enforceSchema": False}, {}) == []

    def test_a_registered_one(self) -> None:
        definition = workflow(inputSchema=schema())
        pinned = {"s:1": having(id="string")}
        assert self.problems(definition, {"id": "a"}, schemas=pinned) == []
        assert len(self.problems(definition, {}, schemas=pinned)) == 1
        missing = "schema 's': no schema s:1 is registered; register it with schema.put"
        assert self.problems(definition, {"id": "a"}) == [("", missing)]

    def test_an_output_schema_that_is_nowhere_refuses_the_submit(self) -> None:
        definition = workflow(outputSchema=schema())
        assert "no schema s:1" in self.problems(definition, {})[0][1]

    def test_masked_fields_are_not_repeated(self) -> None:
        definition = {**self.DEFINITION, "maskedFields": ["id"]}
        assert "12345" not in self.problems(definition, {"id": 12345})[0][1]


class TestWorkflowOutput:
    def test_the_job_fails(self) -> None:
        family = Family(
            workflow(outputSchema=schema(having(n="number"))), answers={"t": {"n": "x"}}
        )
        family.run()
        assert family.state.status is JobStatus.FAILED
        words = "the workflow's output breaks its schema 's': /n must be number, got \"x\""
        assert family.state.reason == words
        assert family.state.output == {"n": "x"}

    def test_one_that_keeps_it(self) -> None:
        family = Family(workflow(outputSchema=schema(having(n="number"))), answers={"t": {"n": 1}})
        family.run()
        assert family.state.status is JobStatus.COMPLETED


class TestTaskInput:
    def test_the_task_fails_before_a_worker_sees_it(self) -> None:
        promised = settings(inputSchema=schema(having(id="string")))
        definition = workflow(task("t", inputParameters={"id": "${workflow.input.id}"}))
        family = Family(definition, task_types={"do_t": promised}, given={"id": 3})
        family.run()
        (only,) = family.state.tasks.values()
        assert only.status is TERMINAL
        assert only.reason == "the input of task t breaks its schema 's': /id must be string, got 3"
        assert only.poll_count == 0
        assert family.state.status is JobStatus.FAILED

    def test_unless_it_says_so_a_task_type_does_not_enforce(self) -> None:
        promised = settings(inputSchema=schema(having(id="string")), enforceSchema=False)
        family = Family(workflow(), task_types={"do_t": promised})
        family.run()
        assert family.state.status is JobStatus.COMPLETED

    def test_settings_in_the_definition(self) -> None:
        promised = settings(inputSchema=schema(having(id="string")))
        family = Family(workflow(task("t", taskDefinition=promised)))
        family.run()
        assert family.state.status is JobStatus.FAILED

    def test_an_optional_task_is_passed(self) -> None:
        promised = settings(inputSchema=schema(having(id="string")))
        definition = workflow(task("t", optional=True, taskDefinition=promised), task("u"))
        family = Family(definition)
        family.run()
        assert family.state.status is JobStatus.COMPLETED
        assert family.state.tasks[1].status is TaskStatus.COMPLETED_WITH_ERRORS

    def test_operators_promise_alike(self) -> None:
        promised = settings(inputSchema=schema(having(id="string")))
        given = {"id": "${workflow.input.id}"}
        fields = {"taskDefinition": promised, "inputParameters": given}
        family = Family(workflow(task("t", type="SET_VARIABLE", **fields)), given={"id": 1})
        family.run()
        assert family.state.tasks[1].status is TERMINAL
        assert family.state.variables == {}


class TestTaskOutput:
    PROMISED = settings(outputSchema=schema(having(n="number")))

    def test_the_task_fails_for_good(self) -> None:
        family = Family(workflow(), task_types={"do_t": self.PROMISED}, answers={"t": {"n": "x"}})
        family.run()
        (only,) = family.state.tasks.values()
        assert only.status is TERMINAL
        words = "the output of task t breaks its schema 's': /n must be number, got \"x\""
        assert only.reason == words

    def test_a_failure_is_retried_as_ever(self) -> None:
        answers = {"t": [failed("no", TaskStatus.FAILED), {"n": 1}]}
        family = Family(workflow(), task_types={"do_t": self.PROMISED}, answers=answers)
        family.run()
        assert family.state.status is JobStatus.COMPLETED

    def test_what_an_operator_gives(self) -> None:
        operator = task("t", type="NOOP", taskDefinition=self.PROMISED)
        family = Family(workflow(operator))
        family.run()
        assert family.state.tasks[1].status is TERMINAL


class TestRegistration:
    @pytest.mark.parametrize(
        ("given", "path", "words"),
        [
            (schema({}, type="AVRO"), "/type", "schemas of type AVRO cannot be enforced"),
            (schema({}, type="PROTOBUF"), "/type", "schemas of type PROTOBUF cannot be enforced"),
            (schema({}, type=None), "/type", "has to be said: JSON"),
            (schema({}, name=""), "/name", "cannot be empty"),
            (schema(externalRef="x"), "/externalRef", "is not fetched"),
            (schema({"type": 5}), "/data/type", "forms"),
            (schema({"pattern": "(a+)+"}), "/data/pattern", "cannot be repeated"),
        ],
    )
    def test_what_cannot_be_enforced_is_refused(
        self, given: dict[str, Any], path: str, words: str
    ) -> None:
        ((found, message),) = errors(workflow(inputSchema=given))
        assert found == f"/inputSchema{path}"
        assert words in message
        (problem,) = check(settings(outputSchema=given))
        assert problem.path == f"/outputSchema{path}"
        ((inline, _),) = errors(workflow(task("t", taskDefinition=settings(outputSchema=given))))
        assert inline == f"/tasks/0/taskDefinition/outputSchema{path}"

    def test_what_is_not_enforced_may_be_anything(self) -> None:
        given = schema({"type": 5}, type="AVRO")
        assert errors(workflow(inputSchema=given, enforceSchema=False)) == []
        assert check(settings(inputSchema=given, enforceSchema=False)) == ()

    def test_a_name_that_nobody_registered_is_a_warning(self) -> None:
        definition = workflow(inputSchema=schema(name="order", version=None))
        (found,) = warnings(definition)
        assert found[0] == "/inputSchema/name"
        known = Known(task_types=frozenset(["do_t"]), schemas=frozenset(["order"]))
        assert DIALECT.validate(definition, known).warnings == ()


def test_which_registered_schemas_a_job_uses() -> None:
    definition = workflow(
        task("t"),
        task("u", taskDefinition=settings(name="u", inputSchema=schema(name="inline"))),
        inputSchema=schema(name="newest", version=None),
        outputSchema=schema({}, name="own"),
    )
    registered = {"do_t": settings(outputSchema=schema(name="of type", version=4))}
    assert set(DIALECT.schemas(definition, registered)) == {
        SchemaName("newest", None),
        SchemaName("inline", 1),
        SchemaName("of type", 4),
    }


def test_a_job_of_an_unusable_schema_fails_with_a_sentence() -> None:
    """Registered by an earlier release, which did not look at schemas."""
    old = settings(inputSchema=schema({"type": 5}))
    family = Family(workflow(), task_types={"do_t": old}, policy=Policy())
    family.run()
    assert "the schema cannot be used" in family.state.tasks[1].reason
