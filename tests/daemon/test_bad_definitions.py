"""Definitions and inputs that are wrong: everything is said, each thing with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.daemon.conftest import Start
from tests.daemon.definitions import example, finish, in_a_row, stepping, take, unique
from tests.daemon.wire import Wire

NOOP = "/justworkflowit/noop"


def broken_steps(name: str) -> dict[str, Any]:
    definition = stepping(name, NOOP, NOOP)
    first, second = definition["steps"]
    first["transitionToStep"] = "nowhere"
    first["integrationDetails"]["inputDefinition"] = {"$ref": "#/definitions/gone"}
    second["integrationDetails"]["type"] = 5
    return definition


def broken_schemas(name: str) -> dict[str, Any]:
    definition = stepping(name, NOOP, NOOP)
    definition["definitions"]["number"]["properties"]["n"]["type"] = "whole"
    definition["definitions"]["workflowInput"]["type"] = "thing"
    definition["steps"][1]["transitionToStep"] = "nowhere"
    return definition


def broken_tasks(name: str) -> dict[str, Any]:
    definition = in_a_row(name, "a", "b")
    definition["tasks"][0]["type"] = ["SIMPLE"]
    definition["tasks"][1]["taskReferenceName"] = ""
    definition["timeoutPolicy"] = "NEVER"
    definition["version"] = "one"
    return definition


@pytest.mark.parametrize(
    ("make", "paths"),
    [
        (
            broken_steps,
            {
                "/steps/0/transitionToStep",
                "/steps/0/integrationDetails/inputDefinition",
                "/steps/1/integrationDetails/type",
            },
        ),
        (
            broken_schemas,
            {
                "/definitions/number/properties/n/type",
                "/definitions/workflowInput/type",
                "/steps/1/transitionToStep",
            },
        ),
        (
            broken_tasks,
            {"/tasks/0/type", "/tasks/1/taskReferenceName", "/timeoutPolicy", "/version"},
        ),
    ],
)
def test_every_error_of_a_definition_is_told_with_its_path(
    wire: Wire, make: Any, paths: set[str]
) -> None:
    name = unique("broken")
    definition = make(name)
    refused = wire.refusal("version.add", definition=definition)
    assert refused.type == "invalidDefinition"
    found = {path for path in refused.paths for wanted in paths if path.startswith(wanted)}
    told = {wanted for wanted in paths if any(path.startswith(wanted) for path in found)}
    assert told == paths, refused.data["errors"]
    assert all(one["message"] for one in refused.data["errors"])
    verdict = wire.call("version.validate", definition=definition)
    assert verdict["valid"] is False
    assert verdict["errors"] == refused.data["errors"]
    assert wire.refusal("workflow.get", workflow=name).type == "notFound"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '"x"', '{"a":1,"a":2}', '{"a":NaN}', '{"n":99999999999999999999}'],
)
def test_text_that_is_no_definition(wire: Wire, text: str) -> None:
    refused = wire.refusal("version.add", definition=text)
    assert refused.type == "invalidDefinition"
    assert wire.call("version.validate", definition=text)["valid"] is False


@pytest.mark.parametrize("definition", [5, None, [], True])
def test_what_is_neither_object_nor_text(wire: Wire, definition: object) -> None:
    refused = wire.refusal("version.add", definition=definition)
    assert (refused.type, refused.paths) == ("invalidParams", ["/definition"])


@pytest.mark.parametrize("definition", [{}, {"name": "x"}, {"steps": [], "tasks": []}])
def test_a_definition_of_no_language(wire: Wire, definition: dict[str, Any]) -> None:
    refused = wire.refusal("version.add", definition=definition)
    assert refused.type == "invalidDefinition"
    assert refused.data["errors"]


def test_a_definition_has_at_most_so_many_bytes(start: Start) -> None:
    with start({"definitions.max_definition_bytes": 2_000}).ready().checked() as wire:
        name = unique("long")
        small = in_a_row(name, "a")
        large = {**small, "description": "x" * 2_000}
        for given in (large, json.dumps(large)):
            refused = wire.refusal("version.add", definition=given)
            assert refused.type == "tooLarge"
            assert "definitions.max_definition_bytes" in refused.message
        assert wire.call("version.add", definition=small)["versionNumber"] == 1


def test_an_input_has_at_most_so_many_bytes(start: Start) -> None:
    with start({"jobs.max_input_bytes": 2_000}).ready().checked() as wire:
        name = unique("long")
        wire.call("version.add", definition=in_a_row(name, "a"))
        refused = wire.refusal("job.submit", workflow=name, input={"n": "x" * 2_000})
        assert refused.type == "tooLarge"
        assert "jobs.max_input_bytes" in refused.message
        assert wire.call("job.submit", workflow=name, input={"n": "x" * 1_000})["jobId"]


def contract(**schemas: Any) -> dict[str, Any]:
    name = unique("contract")
    definition = stepping(name, "/own/work", NOOP)
    definition["definitions"].update(schemas)
    return definition


ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"sku": {"type": "string"}},
                "required": ["sku"],
            },
        },
    },
    "required": ["id", "items"],
    "additionalProperties": False,
}


def live(wire: Wire, definition: dict[str, Any]) -> str:
    name: str = definition["workflowName"]
    number = wire.call("version.add", definition=definition)["versionNumber"]
    wire.call("tag.set", workflow=name, tag="$LIVE", version={"versionNumber": number})
    return name


def test_an_input_that_breaks_its_contract_is_refused_with_every_path(wire: Wire) -> None:
    definition = contract(workflowInput=ORDER)
    details = definition["steps"][0]["integrationDetails"]
    details["inputDefinition"] = {"$ref": "#/definitions/workflowInput"}
    name = live(wire, definition)
    head = wire.call("system.status")["log"]["position"]
    wrong = {"id": "0", "items": [{"sku": "a"}, {"sku": 5}, {}], "extra/key": 1}
    refused = wire.refusal("job.submit", workflow=name, input=wrong)
    assert refused.type == "contractBroken"
    found = {(one["path"], one["message"]) for one in refused.data["errors"]}
    paths = {path for path, _ in found}
    assert any(path.endswith("/id") for path in paths), paths
    assert any(path.endswith("/items/1/sku") for path in paths), paths
    assert any(path.endswith(("/items/2", "/items/2/sku")) for path in paths), paths
    assert any("extra/key" in path + message or "extra~1key" in path for path, message in found)
    assert wire.call("system.status")["log"]["position"] == head


@pytest.mark.parametrize("input", [None, [], "text", 5, True])
def test_an_input_that_is_no_object(wire: Wire, input: object) -> None:
    name = live(wire, example("my-workflow.json"))
    refused = wire.refusal("job.submit", workflow=name, input=input)
    assert (refused.type, refused.paths) == ("contractBroken", [""])


def test_an_output_that_breaks_its_contract_ends_the_task_with_the_place(wire: Wire) -> None:
    name = live(wire, contract())
    job = wire.call("job.submit", workflow=name, input={"n": 1})["jobId"]
    task = take(wire, "/own/work")
    answer = finish(wire, task, {"n": "much " * 1_000})
    assert answer["accepted"]
    document = wire.call("job.get", jobId=job)
    (ended,) = document["tasks"]
    assert ended["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert document["status"] == "FAILED"
    for part in ("/n", "number", "much"):
        assert part in ended["reason"]
    assert len(ended["reason"]) < 1_000


def test_contracts_that_only_warn(start: Start) -> None:
    daemon = start({"jobs.contracts": "warn"}).ready()
    with daemon.checked() as wire:
        name = live(wire, contract())
        job = wire.call("job.submit", workflow=name, input={"n": 1})["jobId"]
        finish(wire, take(wire, "/own/work"), {"n": "text"})
        document = settled(wire, job)
        assert (document["status"], document["output"]) == ("COMPLETED", {"n": "text"})
    warned = [json.loads(one) for one in daemon.logged().splitlines() if "contract" in one]
    assert [one["job_id"] for one in warned] == [job] * len(warned)
    assert warned
    assert "/n" in json.dumps(warned)


def test_an_endless_job_is_held_with_its_reason_and_can_go_on(start: Start) -> None:
    """Each resume allows as many tasks again."""
    daemon = start({"jobs.max_tasks": 10}).ready()
    with daemon.checked() as wire:
        definition = stepping(unique("round"), NOOP, NOOP)
        definition["steps"][1]["transitionToStep"] = "s0"
        added = wire.call("version.add", definition=definition)
        version = {"versionId": added["versionId"]}
        flow = definition["workflowName"]
        job = wire.call("job.submit", workflow=flow, version=version, input={"n": 1})["jobId"]
        for _ in range(3):
            document = settled(wire, job)
            assert document["status"] == "PAUSED"
            (waiting,) = document["waitingFor"]
            assert waiting["kind"] == "operator"
            assert "max_tasks" in waiting["why"]
            wire.call("job.resume", jobId=job)
        assert settled(wire, job)["status"] == "PAUSED"
        assert wire.call("job.terminate", jobId=job)["status"] == "TERMINATED"
        assert wire.call("system.health")["ok"]


def settled(wire: Wire, job: str) -> dict[str, Any]:
    """The job when it runs no more by itself."""
    document: dict[str, Any] = wire.call("job.get", jobId=job)
    while document["status"] == "RUNNING":
        document = wire.call("job.get", jobId=job)
    return document


def test_a_name_that_could_not_be_asked_for_is_refused(wire: Wire) -> None:
    long = "n" * 256
    task = {"name": "t", "taskReferenceName": "t", "type": "SIMPLE"}
    workflow = {"name": long, "version": 1, "tasks": [task], "ownerEmail": "a@example.com"}
    refused = wire.refusal("version.add", {"definition": workflow})
    assert refused.data["errors"][0]["path"] == "/definition"
    refused = wire.refusal("taskType.put", {"definition": {"name": long}})
    assert refused.data["errors"][0]["path"] == "/definition/name"
