"""workflow.*, version.*, tag.* and taskType.* over the socket."""

from __future__ import annotations

import json

import pytest

from tests.daemon.definitions import in_a_row, stepping, unique
from tests.daemon.wire import Wire

NOOP = "/justworkflowit/noop"


def test_a_workflow_is_found_by_its_name_and_by_its_id(wire: Wire) -> None:
    name = unique("flow")
    made = wire.call("workflow.register", name=name, description="as told")
    assert made["name"] == name
    by_name = wire.call("workflow.get", workflow=name)
    assert by_name == wire.call("workflow.get", workflow=made["workflowId"])
    assert by_name["description"] == "as told"
    assert (by_name["versions"], by_name["latestVersionNumber"]) == (0, None)
    listed = wire.call("workflow.list")["workflows"]
    assert name in [one["name"] for one in listed]


def test_names_and_ids_share_one_namespace(wire: Wire) -> None:
    name = unique("flow")
    made = wire.call("workflow.register", name=name)
    for taken in (name, made["workflowId"]):
        refused = wire.refusal("workflow.register", name=taken)
        assert refused.type == "conflict"
        assert taken in refused.message


def test_versions_of_steps_count_up_and_stay_as_they_are(wire: Wire) -> None:
    name = unique("flow")
    first, second = stepping(name, NOOP), stepping(name, NOOP, NOOP)
    added = [wire.call("version.add", definition=one) for one in (first, second)]
    assert [one["versionNumber"] for one in added] == [1, 2]
    assert len({one["versionId"] for one in added}) == 2
    for one, definition in zip(added, (first, second), strict=True):
        asked = {"workflow": name, "version": {"versionId": one["versionId"]}}
        document = wire.call("version.get", asked)
        assert document["definition"] == definition
        assert document["dialect"] == "steps"
    listed = wire.call("version.list", workflow=name)["versions"]
    assert sorted(one["versionNumber"] for one in listed) == [1, 2]


def test_a_definition_may_come_as_text(wire: Wire) -> None:
    name = unique("flow")
    definition = stepping(name, NOOP)
    added = wire.call("version.add", definition=json.dumps(definition))
    assert added["versionNumber"] == 1
    got = wire.call("version.get", workflow=name, version={"versionNumber": 1})
    assert got["definition"] == definition


def test_the_number_of_a_conductor_definition_is_its_own(wire: Wire) -> None:
    name = unique("flow")
    definition = {**in_a_row(name, "any"), "version": 7}
    added = wire.call("version.add", definition=definition)
    assert added["versionNumber"] == 7
    again = wire.refusal("version.add", definition=definition)
    assert again.type == "conflict"
    assert "overwrite" in again.message
    revision = wire.call("version.add", definition=definition, overwrite=True)
    assert revision["versionNumber"] == 7
    assert revision["versionId"] != added["versionId"]
    asked = {"workflow": name, "version": {"versionNumber": 7}}
    newest = wire.call("version.get", asked)
    assert (newest["versionId"], newest["revision"]) == (revision["versionId"], True)
    old = wire.call("version.get", workflow=name, version={"versionId": added["versionId"]})
    assert old["versionNumber"] == 7


def test_without_a_version_each_language_has_its_default(wire: Wire) -> None:
    steps, tasks = unique("flow"), unique("flow")
    wire.call("version.add", definition=stepping(steps, NOOP))
    missing = wire.refusal("job.submit", workflow=steps, input={"n": 1})
    assert missing.type == "noVersion"
    assert "$LIVE" in missing.message
    for number in (1, 3, 2):
        wire.call("version.add", definition={**in_a_row(tasks, "any"), "version": number})
    job = wire.call("job.submit", workflow=tasks)["jobId"]
    assert wire.call("job.get", jobId=job)["versionNumber"] == 3


def test_a_tag_moves_and_remembers(wire: Wire) -> None:
    name = unique("flow")
    ids = [
        wire.call("version.add", definition=stepping(name, *[NOOP] * length))["versionId"]
        for length in (1, 2)
    ]
    tag = {"workflow": name, "tag": "$LIVE"}
    first = wire.call("tag.set", tag, version={"versionNumber": 1})
    assert first == {"tag": "$LIVE", "versionNumber": 1, "previousVersionNumber": None}
    second = wire.call("tag.set", tag, version={"versionId": ids[1]})
    assert second == {"tag": "$LIVE", "versionNumber": 2, "previousVersionNumber": 1}
    assert wire.call("tag.get", tag) == {"versionId": ids[1], "versionNumber": 2}
    staged = wire.call("tag.set", workflow=name, tag="$STAGING", version={"tag": "$LIVE"})
    assert staged["versionNumber"] == 2
    listed = wire.call("tag.list", workflow=name)["tags"]
    assert {one["tag"]: one["versionNumber"] for one in listed} == {"$LIVE": 2, "$STAGING": 2}
    history = wire.call("tag.history", tag)["history"]
    assert [one["versionNumber"] for one in history] == [2, 1]
    assert all(one["actor"].startswith("uid:") for one in history)


def test_setting_a_tag_where_it_stands_writes_nothing(wire: Wire) -> None:
    name = unique("flow")
    wire.call("version.add", definition=stepping(name, NOOP))
    asked = {"workflow": name, "tag": "$LIVE", "version": {"versionNumber": 1}}
    wire.call("tag.set", asked)
    head = wire.call("system.status")["log"]["position"]
    same = wire.call("tag.set", asked)
    assert same == {"tag": "$LIVE", "versionNumber": 1, "previousVersionNumber": 1}
    assert wire.call("system.status")["log"]["position"] == head


@pytest.mark.parametrize("tag", ["LIVE", "$live", "$LIVE1", "$", "", "$LIVE\n", "$LÏVE"])
def test_a_tag_has_a_form(wire: Wire, tag: str) -> None:
    name = unique("flow")
    wire.call("version.add", definition=stepping(name, NOOP))
    refused = wire.refusal("tag.set", workflow=name, tag=tag, version={"versionNumber": 1})
    assert (refused.type, refused.paths) == ("invalidParams", ["/tag"])


def test_a_tag_points_into_its_own_workflow_only(wire: Wire) -> None:
    mine, other = unique("flow"), unique("flow")
    wire.call("version.add", definition=stepping(mine, NOOP))
    foreign = wire.call("version.add", definition=stepping(other, NOOP))["versionId"]
    refused = wire.refusal("tag.set", workflow=mine, tag="$LIVE", version={"versionId": foreign})
    assert refused.type == "notFound"
    assert foreign in refused.message
    assert mine in refused.message
    assert wire.call("tag.list", workflow=mine)["tags"] == []


@pytest.mark.parametrize(
    "version",
    [
        {},
        {"tag": "$LIVE", "versionNumber": 1},
        {"versionNumber": 1, "versionId": "x"},
    ],
)
def test_a_selector_says_one_thing(wire: Wire, version: dict[str, object]) -> None:
    name = unique("flow")
    wire.call("version.add", definition=stepping(name, NOOP))
    refused = wire.refusal("job.submit", workflow=name, version=version)
    assert (refused.type, refused.paths) == ("invalidParams", ["/version"])


@pytest.mark.parametrize(
    "version", [{"tag": "$NOWHERE"}, {"versionNumber": 9}, {"versionId": "none"}]
)
def test_a_version_that_is_not_there(wire: Wire, version: dict[str, object]) -> None:
    name = unique("flow")
    wire.call("version.add", definition=stepping(name, NOOP))
    for method in ("job.submit", "version.get"):
        refused = wire.refusal(method, workflow=name, version=version)
        assert refused.type in ("notFound", "noVersion")
        assert str(next(iter(version.values()))) in refused.message
        assert name in refused.message


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("workflow.get", {}),
        ("version.list", {}),
        ("version.get", {}),
        ("tag.list", {}),
        ("tag.get", {"tag": "$LIVE"}),
        ("tag.history", {"tag": "$LIVE"}),
        ("tag.set", {"tag": "$LIVE", "version": {"versionNumber": 1}}),
        ("job.submit", {}),
        ("version.add", {"definition": stepping("x", NOOP)}),
    ],
)
def test_an_unknown_workflow(wire: Wire, method: str, more: dict[str, object]) -> None:
    refused = wire.refusal(method, workflow="nobody's", **more)
    assert refused.type == "notFound"
    assert "nobody's" in refused.message


def test_task_types_are_put_listed_and_forgotten(wire: Wire) -> None:
    name = unique("type")
    definition = {"name": name, "retryCount": 2, "retryLogic": "FIXED", "timeoutSeconds": 60}
    definition = {**definition, "responseTimeoutSeconds": 30}
    assert wire.call("taskType.put", definition=definition) == {"name": name, "warnings": []}
    got = wire.call("taskType.get", name=name)
    assert got["definition"]["retryCount"] == 2
    wire.call("taskType.put", definition={**definition, "retryCount": 5})
    listed = wire.call("taskType.list", limit=1_000)["taskTypes"]
    (mine,) = [one for one in listed if one["name"] == name]
    assert mine["definition"]["retryCount"] == 5
    assert wire.call("taskType.delete", name=name) == {"name": name, "warnings": []}
    for method in ("taskType.get", "taskType.delete"):
        refused = wire.refusal(method, name=name)
        assert refused.type == "notFound"
        assert name in refused.message


def test_a_wrong_task_type_says_everything_that_is_wrong(wire: Wire) -> None:
    wrong = {"name": unique("type"), "retryCount": -1, "retryLogic": "SOMETIMES"}
    refused = wire.refusal("taskType.put", definition=wrong)
    assert refused.type == "invalidDefinition"
    assert {"/retryCount", "/retryLogic"} <= set(refused.paths)
