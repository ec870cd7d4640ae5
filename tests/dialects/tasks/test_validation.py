"""Which definitions are refused, where and why (reference conductor.md §1)."""

from typing import Any

import pytest

from daemon.dialects.tasks.validation.depth import DEEPEST_DEFINITION, too_deep
from tests.dialects.tasks.definitions import errors, findings, task, warnings, workflow
from tests.dialects.tasks.family import Family


def test_a_right_definition_has_no_findings() -> None:
    found = findings(workflow(task("t"), task("u", inputParameters={"a": "${t.output.x}"})))
    assert found.errors == ()
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"name": ""}, "/name", "WorkflowDef name cannot be null or empty"),
        ({"name": None}, "/name", "WorkflowDef name cannot be null or empty"),
        ({"tasks": []}, "/tasks", "WorkflowTask list cannot be empty"),
        ({"tasks": None}, "/tasks", "WorkflowTask list cannot be empty"),
        ({"schemaVersion": 1}, "/schemaVersion", "workflowDef schemaVersion: 2 is only supported"),
        ({"schemaVersion": 3}, "/schemaVersion", "workflowDef schemaVersion: 2 is only supported"),
        ({"version": -1}, "/version", "version has to be 0 or more, not -1"),
    ],
)
def test_rules_about_the_whole(fields: dict[str, Any], path: str, message: str) -> None:
    assert errors(workflow(**fields)) == [(path, message)]


class TestOwner:
    NOBODY = workflow(ownerEmail="")

    def test_a_missing_owner_is_a_warning(self) -> None:
        assert errors(self.NOBODY) == []
        assert warnings(self.NOBODY) == [("/ownerEmail", "ownerEmail cannot be empty")]

    def test_it_is_an_error_when_required(self) -> None:
        required = errors(self.NOBODY, require_owner_email=True)
        assert required == [("/ownerEmail", "ownerEmail cannot be empty")]


class TestRegisteredTypes:
    DEFINITION = workflow(task("t"), task("y"), task("z", type="my_type"))
    MESSAGE = "the task type do_{} is not registered; register it with taskType.put"
    BOTH = [("/tasks/1/name", MESSAGE.format("y")), ("/tasks/2/name", MESSAGE.format("z"))]

    def test_an_unregistered_type_is_a_warning(self) -> None:
        assert errors(self.DEFINITION) == []
        assert warnings(self.DEFINITION) == self.BOTH

    def test_it_is_an_error_when_required(self) -> None:
        assert errors(self.DEFINITION, require_task_types=True) == self.BOTH
        assert warnings(self.DEFINITION, require_task_types=True) == []

    def test_settings_in_the_definition_are_enough(self) -> None:
        definition = workflow(task("y", taskDefinition={"name": "do_y"}))
        assert errors(definition, require_task_types=True) == []


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"name": ""}, "/name", "WorkflowTask name cannot be empty or null"),
        (
            {"taskReferenceName": None},
            "/taskReferenceName",
            "WorkflowTask taskReferenceName name cannot be empty or null",
        ),
        ({"type": ""}, "/type", "WorkflowTask type cannot be null or empty"),
        ({"startDelay": -1}, "/startDelay", "startDelay has to be 0 or more seconds, not -1"),
        (
            {"taskDefinition": {"retryLogic": "NEVER"}},
            "/taskDefinition/retryLogic",
            "retryLogic has to be one of FIXED, LINEAR_BACKOFF, EXPONENTIAL_BACKOFF, not 'NEVER'",
        ),
    ],
)
def test_rules_about_each_task(fields: dict[str, Any], path: str, message: str) -> None:
    assert errors(workflow(task("u"), task(**fields))) == [(f"/tasks/1{path}", message)]


def test_a_negative_retry_count_is_a_warning() -> None:
    definition = workflow(task(retryCount=-1))
    assert errors(definition) == []
    assert warnings(definition) == [
        ("/tasks/0/retryCount", "retryCount has to be 0 or more, not -1")
    ]


def test_a_ref_is_given_once() -> None:
    message = "taskReferenceName: t should be unique across tasks for a given workflowDefinition: "
    assert errors(workflow(task("t"), task("u"), task("t"), task("t"))) == [
        ("/tasks/2/taskReferenceName", f"{message}order"),
        ("/tasks/3/taskReferenceName", f"{message}order"),
    ]


def test_a_ref_is_given_once_at_any_depth() -> None:
    switch = task("s", type="SWITCH", decisionCases={"a": [task("t")]}, defaultCase=[task("t")])
    refused = [path for path, message in errors(workflow(switch)) if "unique" in message]
    assert refused == ["/tasks/0/defaultCase/0/taskReferenceName"]


@pytest.mark.parametrize("kind", ["JDBC", "PULL_WORKFLOW_MESSAGES"])
def test_a_type_that_cannot_be_run_is_named_and_fails(kind: str) -> None:
    """As on a server of Conductor's without the module for it."""
    definition = workflow(task("t"), task("u", type=kind, inputParameters={"a": 1}))
    assert errors(definition) == []
    (problem,) = findings(definition).unsupported
    assert problem.path == "/tasks/1/type"
    message = problem.message
    family = Family(definition).run()
    assert family.task("u").status == "FAILED_WITH_TERMINAL_ERROR"
    assert family.task("u").input == {"a": 1}
    assert f"{kind} cannot be run" in str(family.task("u").reason)
    assert message.startswith(f"task u: tasks of type {kind} cannot be run by this release; it ")
    assert "SWITCH" in message


@pytest.mark.parametrize("kind", ["SIMPLE", "my_type", "LLM_CHAT_COMPLETE", "CALL_MCP_TOOL"])
def test_types_that_workers_serve_are_taken(kind: str) -> None:
    assert errors(workflow(task(type=kind))) == []


def test_a_failure_workflow_with_braces_is_a_warning() -> None:
    (found,) = warnings(workflow(failureWorkflow="${workflow.input.handler}"))
    assert found[0] == "/failureWorkflow"
    assert "$workflow.input.<key>" in found[1]
    assert warnings(workflow(failureWorkflow="$workflow.input.handler")) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rateLimited", True),
    ],
)
def test_what_has_no_effect_in_a_task_is_said(field: str, value: Any) -> None:
    assert warnings(workflow(task(**{field: value}))) == [
        (f"/tasks/0/{field}", f"{field} is kept but has no effect")
    ]


def test_every_mistake_of_a_definition_is_in_one_answer() -> None:
    definition = {
        "schemaVersion": 1,
        "restartable": 7,
        "tasks": [
            {"name": "a", "taskReferenceName": "t", "inputParameters": {"x": "${gone.output}"}},
            {"name": "", "taskReferenceName": "t", "startDelay": -3},
            {"name": "c", "taskReferenceName": "w", "type": "EVENT"},
        ],
        "outputParameters": [],
    }
    assert sorted(path for path, _ in errors(definition, require_owner_email=True)) == [
        "/name",
        "/outputParameters",
        "/ownerEmail",
        "/restartable",
        "/schemaVersion",
        "/tasks/0/inputParameters/x",
        "/tasks/1/name",
        "/tasks/1/startDelay",
        "/tasks/1/taskReferenceName",
        "/tasks/2/sink",
    ]


class TestDepth:
    def nested(self, levels: int) -> dict[str, Any]:
        value: Any = "x"
        for _ in range(levels - 1):
            value = [value]
        return {"a/b": value}

    def test_the_limit_is_allowed(self) -> None:
        assert too_deep(self.nested(DEEPEST_DEFINITION)) is None

    def test_beyond_it_nothing_else_is_looked_at(self) -> None:
        definition = workflow(variables=self.nested(DEEPEST_DEFINITION), name="")
        (found,) = errors(definition)
        assert found[0].startswith("/variables/a~1b/0/0/")
        assert found[1] == "the definition is nested deeper than 100 levels"

    def test_it_can_be_set(self) -> None:
        problem = too_deep(self.nested(4), deepest=3)
        assert problem is not None
        assert problem.path == "/a~1b/0/0/0"

    def test_even_a_very_deep_definition_is_answered(self) -> None:
        assert len(errors(workflow(variables=self.nested(5000)))) == 1


def test_a_rate_limit_says_what_is_wrong_with_it() -> None:
    config = {"rateLimitKey": ["k"], "concurrentExecLimit": -1, "policy": "WAIT"}
    assert {path for path, _ in errors(workflow(rateLimitConfig=config))} == {
        "/rateLimitConfig/rateLimitKey",
        "/rateLimitConfig/concurrentExecLimit",
        "/rateLimitConfig/policy",
    }


def test_a_cache_of_a_whole_workflow_is_a_warning() -> None:
    definition = workflow(cacheConfig={"key": "k", "ttlInSecond": 5})
    assert errors(definition) == []
    message = dict(warnings(definition))["/cacheConfig"]
    assert "give the tasks a cacheConfig" in message


def test_what_nobody_documents_is_a_warning() -> None:
    definition = workflow(task(joinStatus="x"))
    assert errors(definition) == []
    assert "nothing documents" in dict(warnings(definition))["/tasks/0/joinStatus"]


def test_a_masked_field_has_a_name() -> None:
    assert errors(workflow(maskedFields=["a", ""])) == [
        ("/maskedFields/1", "the name of a masked field cannot be empty")
    ]
