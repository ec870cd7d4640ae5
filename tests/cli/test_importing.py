"""``playhead conductor import``, from a folder and from a server that speaks Conductor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playhead.cli.importing.sources import api_of
from playhead.cli.importing.things import Kind, kind_of
from tests.cli.conftest import GREETING, Done, Run
from tests.gateway.daemons import HttpDaemon

HANDLER = {
    "name": "greeted",
    "event": "conductor:greet:hello",
    "actions": [{"action": "start_workflow", "start_workflow": {"name": "greet"}}],
}
SCHEDULE = {
    "name": "greeting_daily",
    "cronExpression": "0 30 7 * * *",
    "zoneId": "Europe/Berlin",
    "paused": True,
    "startWorkflowRequest": {"name": "greet", "input": {"name": "Ada"}, "correlationId": "daily"},
}
GREETER = {"name": "say_hello", "retryCount": 1, "ownerEmail": "ops@example.com"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two definitions that are fine, and one of each way not to be."""
    folder = tmp_path / "definitions"
    (folder / "deep").mkdir(parents=True)
    written(folder / "deep" / "greet.json", {**GREETING, "name": "carried"})
    written(folder / "types.json", [GREETER, {"retryCount": 1}])
    written(folder / "handlers.json", [HANDLER, {**HANDLER, "name": "idle", "actions": []}])
    never = {**SCHEDULE, "name": "never", "cronExpression": "every day"}
    written(folder / "schedules.json", [SCHEDULE, never, {**SCHEDULE, "startWorkflowRequest": {}}])
    definitions: tuple[dict[str, Any], ...] = (GREETING, {"tasks": []})
    starts = [{"name": "own", "workflowDef": one} for one in definitions]
    own = [{**SCHEDULE, "name": f"own{n}", "startWorkflowRequest": starts[n]} for n in (0, 1)]
    written(folder / "deep" / "own.json", own)
    written(folder / "empty.json", {"name": "carried_empty", "tasks": []})
    (folder / "broken.json").write_text("{")
    (folder / "read.me").write_text("no definition at all")
    return folder


def written(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))


def results(done: Done) -> dict[str, str]:
    return {row["place"]: row["result"] for row in done.json["definitions"]}


EXPECTED = {
    "types.json[0]": "fine",
    "types.json[1]": "refused",
    "deep/greet.json": "fine",
    "schedules.json[0]": "fine",
    "schedules.json[1]": "refused",
    "schedules.json[2]": "refused",
    "deep/own.json[0]": "fine",
    "deep/own.json[1]": "refused",
    "handlers.json[0]": "fine",
    "handlers.json[1]": "refused",
    "empty.json": "refused",
    "broken.json": "refused",
}


def test_a_dry_run_tells_all_and_keeps_nothing(ask: Run, folder: Path) -> None:
    done = ask("conductor", "import", str(folder), "--dry-run", "-o", "json")
    assert (done.code, results(done)) == (1, EXPECTED)
    assert done.json["counts"] == {"fine": 5, "fine, with a note": 0, "refused": 7}
    assert ask("version", "list", "carried").code == 3
    assert ask("call", "eventHandler.get", '{"name": "greeted"}').code == 3


def test_a_folder_is_carried_over_and_what_is_wrong_says_why(ask: Run, folder: Path) -> None:
    first = ask("conductor", "import", str(folder))
    assert first.code == 1
    assert "workflow carried version 1: fine\n" in first.out
    assert "workflow carried_empty version 1: refused\n    /tasks: WorkflowTask list" in first.out
    assert "broken.json" not in first.out
    assert "this is not JSON" in first.out
    assert "Imported 5 of 12 definitions: 5 fine, 0 fine, with a note, 7 refused." in first.out
    assert ask("task-type", "show", "say_hello", "-o", "json").json["definition"] == GREETER

    greeted = ask("call", "eventHandler.get", '{"name": "greeted"}', "-o", "json").json
    assert greeted["definition"]["event"] == HANDLER["event"]

    daily = ask("call", "schedule.get", '{"name": "greeting_daily"}', "-o", "json").json
    assert daily["crons"] == [{"cron": "0 30 7 * * *", "zone": "Europe/Berlin"}]
    assert (daily["workflow"], daily["paused"]) == ("greet", True)
    assert "/startWorkflowRequest/name: Workflow name cannot be null or empty" in first.out

    for name in ("broken.json", "handlers.json", "schedules.json"):
        (folder / name).unlink()
    (folder / "deep" / "own.json").unlink()
    (folder / "empty.json").unlink()
    (folder / "types.json").unlink()
    again = ask("conductor", "import", str(folder))
    assert (again.code, again.out.splitlines()[1].strip()) == (0, "it is there already")

    written(folder / "deep" / "greet.json", {**GREETING, "name": "carried", "description": "new"})
    other = ask("conductor", "import", str(folder))
    assert other.code == 1
    assert "--overwrite gives it a new revision" in other.out
    assert ask("conductor", "import", str(folder), "--overwrite").code == 0
    assert ask("version", "show", "carried", "1", "-o", "json").json["revision"] is True


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpDaemon]:
    data = tmp_path / "server"
    data.mkdir(mode=0o700)
    server = HttpDaemon(data)
    server.ready()
    yield server
    server.stop()


def test_a_server_is_read_through_its_interface(ask: Run, server: HttpDaemon) -> None:
    with server.http() as http:
        assert http.post("/api/metadata/taskdefs", [{"name": "served_type"}]).status == 200
        assert http.post("/api/metadata/workflow", {**GREETING, "name": "served"}).status == 200
    done = ask("conductor", "import", server.url, "-o", "json")
    kinds = {(row["kind"], row["name"]): row["result"] for row in done.json["definitions"]}
    assert kinds["task type", "served_type"] == "fine"
    assert kinds["workflow", "served"].startswith("fine")
    assert ask("version", "list", "served", "-o", "json").json["versions"]


def test_what_is_no_source_is_said(ask: Run, tmp_path: Path) -> None:
    nowhere = ask("conductor", "import", str(tmp_path / "nowhere"))
    assert nowhere.code == 2
    assert "there is no folder" in nowhere.err
    closed = ask("conductor", "import", "http://127.0.0.1:1")
    assert closed.code == 1
    assert "http://127.0.0.1:1/api/metadata/taskdefs cannot be read" in closed.err
    assert ask("conductor", "import", str(tmp_path), "--header", "no-colon").code == 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"name": "a", "tasks": []}, Kind.WORKFLOW),
        ({"name": "a", "event": "conductor:a:b", "actions": []}, Kind.EVENT_HANDLER),
        ({"name": "a", "startWorkflowRequest": {}}, Kind.SCHEDULE),
        ({"name": "a"}, Kind.TASK_TYPE),
        ({"steps": []}, Kind.UNKNOWN),
        ("text", Kind.UNKNOWN),
        (None, Kind.UNKNOWN),
    ],
)
def test_definitions_are_told_apart(content: Any, kind: Kind) -> None:
    assert kind_of(content) is kind


def test_an_address_without_a_path_means_the_usual_one() -> None:
    assert api_of("http://127.0.0.1:8080/") == "http://127.0.0.1:8080/api"
    assert api_of("http://127.0.0.1:8080/conductor/api") == "http://127.0.0.1:8080/conductor/api"
