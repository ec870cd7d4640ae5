"""What only another server can do is refused by name, unless somebody wants to keep it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.daemon.definitions import in_a_row, unique
from tests.daemon.wire import Refused, Wire


def drawn(name: str) -> dict[str, Any]:
    """For a server with more modules."""
    definition = in_a_row(name, "a", "b")
    definition["tasks"][0]["type"] = "JDBC"
    definition["tasks"][1] |= {"type": "EVENT", "sink": "sqs:told"}
    return definition


def handler(name: str) -> dict[str, Any]:
    agent = {"action": "start_agent", "start_agent": {"name": "a", "prompt": "b"}}
    return {"name": name, "event": "kafka:some:topic", "active": True, "actions": [agent]}


def test_a_definition_is_refused_with_every_place(wire: Wire) -> None:
    with pytest.raises(Refused) as refused:
        wire.call("version.add", definition=drawn(unique("drawn")))
    assert refused.value.paths == ["/tasks/0/type", "/tasks/1/sink"]
    first, second = refused.value.data["errors"]
    assert "JDBC cannot be run by this release" in first["message"]
    assert "messages to 'sqs:told' cannot be sent" in second["message"]


def test_so_is_one_that_a_submit_brings_along(wire: Wire) -> None:
    with pytest.raises(Refused) as refused:
        wire.call("job.submitDefinition", definition=drawn(unique("drawn")))
    assert refused.value.paths == ["/tasks/0/type", "/tasks/1/sink"]


def test_it_can_be_kept_and_fails_when_it_is_due(wire: Wire) -> None:
    name = unique("drawn")
    found = wire.call("version.validate", definition=drawn(name), keepUnsupported=True)
    assert found["valid"]
    assert [one["kind"] for one in found["warnings"]][:2] == ["unsupportedType", "unsupportedSink"]
    wire.call("version.add", definition=drawn(name), keepUnsupported=True)
    job_id = wire.call("job.submit", workflow=name)["jobId"]
    job = wire.call("job.get", jobId=job_id)
    assert job["status"] == "FAILED"
    assert "JDBC cannot be run by this release" in job["reason"]


def test_an_event_handler_likewise(wire: Wire) -> None:
    name = unique("drawn")
    with pytest.raises(Refused) as refused:
        wire.call("eventHandler.put", definition=handler(name))
    assert sorted(refused.value.paths) == ["/actions/0/action", "/event"]
    found = wire.call("eventHandler.validate", definition=handler(name), keepUnsupported=True)
    assert (found["valid"], len(found["warnings"])) == (True, 2)
    assert wire.call("eventHandler.put", definition=handler(name), keepUnsupported=True)
