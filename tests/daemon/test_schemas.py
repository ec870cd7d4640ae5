"""schema.* over the socket, and the jobs that have to keep a registered schema."""

from __future__ import annotations

from typing import Any

import pytest

from tests.daemon.definitions import in_a_row, unique
from tests.daemon.wire import Wire


def schema(name: str, **fields: Any) -> dict[str, Any]:
    data = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    return {"name": name, "version": 1, "type": "JSON", "data": data, **fields}


def test_a_schema_has_versions(wire: Wire) -> None:
    name = unique("schema")
    assert wire.call("schema.put", definition=schema(name)) == {"name": name, "version": 1}
    other = schema(name, data={"type": "string"})
    again = wire.call("schema.put", definition=other, newVersion=True)
    assert again == {"name": name, "version": 2}
    assert wire.call("schema.get", name=name)["definition"]["data"] == {"type": "string"}
    first = wire.call("schema.get", name=name, version=1)
    assert first["definition"] == schema(name)
    listed = [one for one in wire.call("schema.list", limit=1000)["schemas"] if one["name"] == name]
    assert [one["version"] for one in listed] == [1, 2]
    assert listed[0] == first


def test_the_list_comes_in_pages(wire: Wire) -> None:
    names = sorted(unique("page") for _ in range(3))
    for name in names:
        wire.call("schema.put", definition=schema(name))
    found: list[str] = []
    cursor = None
    while True:
        page = wire.call("schema.list", limit=1, cursor=cursor)
        found += [one["name"] for one in page["schemas"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert [name for name in found if name in names] == names


def test_the_same_again_changes_nothing(wire: Wire) -> None:
    name = unique("schema")
    asked = {"definition": schema(name), "requestId": unique("r")}
    assert wire.call("schema.put", asked) == wire.call("schema.put", asked)
    events = wire.call("events.read", stream=f"schema/{name}")["events"]
    assert [one["type"] for one in events] == ["SchemaDefined"]
    other = {"definition": schema(name), "requestId": unique("r")}
    assert wire.call("schema.put", other) == wire.call("schema.put", other)
    events = wire.call("events.read", stream=f"schema/{name}")["events"]
    assert [one["type"] for one in events] == ["SchemaDefined", "RequestNoted"]


def test_a_deleted_one_is_gone_but_for_its_history(wire: Wire) -> None:
    name = unique("schema")
    wire.call("schema.put", definition=schema(name))
    wire.call("schema.put", definition=schema(name), newVersion=True)
    assert wire.call("schema.delete", name=name, version=1) == {"name": name, "version": 1}
    assert wire.refusal("schema.get", name=name, version=1).type == "notFound"
    assert wire.call("schema.get", name=name)["version"] == 2
    assert wire.call("schema.delete", name=name) == {"name": name, "version": None}
    assert wire.refusal("schema.get", name=name).type == "notFound"
    assert wire.refusal("schema.delete", name=name).type == "notFound"
    again = wire.call("schema.put", definition=schema(name), newVersion=True)
    assert again == {"name": name, "version": 3}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"type": "AVRO"}, "/type"),
        ({"data": None}, "/data"),
        ({"data": {"type": 5}}, "/data/type"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_cannot_be_used_is_refused(wire: Wire, fields: dict[str, Any], path: str) -> None:
    given = {**schema(unique("schema")), **fields}
    refused = wire.refusal("schema.put", definition=given)
    assert refused.type == "invalidDefinition"
    assert path in [one["path"] for one in refused.data["errors"]]


def test_a_submit_has_to_keep_the_schema_of_its_workflow(wire: Wire) -> None:
    name, flow = unique("schema"), unique("flow")
    definition = in_a_row(flow, "a", inputSchema={"name": name, "type": "JSON"})
    added = wire.call("version.add", definition=definition)
    assert added["versionNumber"] == 1
    early = wire.refusal("job.submit", workflow=flow, input={"id": "x"})
    assert early.type == "contractBroken"
    assert f"no schema {name} is registered" in early.data["errors"][0]["message"]
    wire.call("schema.put", definition=schema(name))
    refused = wire.refusal("job.submit", workflow=flow, input={"id": 5})
    assert refused.type == "contractBroken"
    assert refused.data["errors"][0]["path"] == "/id"
    assert wire.call("job.submit", workflow=flow, input={"id": "x"})["jobId"]


def test_a_job_keeps_the_schema_that_was_there_at_its_submit(wire: Wire) -> None:
    name, flow, kind = unique("schema"), unique("flow"), unique("type")
    wire.call("schema.put", definition=schema(name))
    promised = {"name": name, "type": "JSON"}
    wire.call(
        "taskType.put", definition={"name": kind, "outputSchema": promised, "enforceSchema": True}
    )
    wire.call("version.add", definition=in_a_row(flow, kind))
    before = wire.call("job.submit", workflow=flow)["jobId"]
    wire.call("schema.put", definition=schema(name, data={"type": "object"}))
    after = wire.call("job.submit", workflow=flow)["jobId"]
    for _ in range(2):
        (task,) = wire.call("task.poll", taskType=kind, workerId="w", waitSeconds=5)["tasks"]
        wire.call("task.update", taskId=task["taskId"], status="COMPLETED", output={"id": 5})
    failed = wire.call("job.get", jobId=before)
    assert failed["status"] == "FAILED"
    words = (
        f"the output of task {failed['tasks'][0]['ref']} breaks its schema '{name}': /id must be"
    )
    assert words in failed["tasks"][0]["reason"]
    assert wire.call("job.get", jobId=after)["status"] == "COMPLETED"


def test_a_cursor_of_another_list_is_refused(wire: Wire) -> None:
    wire.call("schema.put", definition=schema(unique("schema")))
    wire.call("schema.put", definition=schema(unique("schema")))
    cursor = wire.call("schema.list", limit=1)["cursor"]
    assert wire.refusal("job.list", cursor=cursor).type == "badCursor"
    assert wire.refusal("schema.list", cursor="x").type == "badCursor"
