"""The commands of every day, against a real daemon."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import GREETING, Daemon, Run


def test_a_workflow_from_its_file_to_its_jobs_end(ask: Run, greeting: Path, tmp_path: Path) -> None:
    definition = {**GREETING, "name": "whole_way"}
    greeting.write_text(json.dumps(definition))
    assert "is valid" in ask("version", "validate", str(greeting)).out
    assert "Added version 1" in ask("version", "add", str(greeting)).out
    assert ask("tag", "set", "whole_way", "$LIVE", "1").out == "$LIVE is at version 1.\n"
    submitted = ask(
        "job", "submit", "whole_way", "--version", "$LIVE", "--input", "@" + str(_input(tmp_path))
    )
    job = submitted.out.strip()
    assert "a worker that polls for say_hello" in ask("job", "why-waiting", job).out
    (task,) = ask("task", "poll", "say_hello", "-o", "json").json["tasks"]
    assert (task["jobId"], task["input"]) == (job, {"name": "Ada"})
    done = ask("task", "complete", task["taskId"], "--result", '{"said": "hello"}')
    assert done.out == f"Task {task['taskId']} is COMPLETED.\n"
    shown = ask("-o", "json", "job", "show", job).json
    assert (shown["status"], shown["output"]) == ("COMPLETED", {"said": "hello"})
    assert "waits for nothing: it is COMPLETED" in ask("job", "why-waiting", job).out
    assert ask("job", "at", job, "2", "-o", "json").json["status"] == "RUNNING"
    watched = ask("job", "watch", job)
    assert watched.code == 0
    assert [line.split()[2] for line in watched.out.splitlines()[:-1]][:1] == ["JobSubmitted"]
    assert watched.out.endswith(f"Job {job} is COMPLETED.\n")


def test_handlers_and_messages(ask: Run) -> None:
    start = {"action": "start_workflow", "start_workflow": {"name": "nowhere"}}
    given = {"name": "cli", "event": "conductor:cli:q", "active": True, "actions": [start]}
    assert ask("handler", "put", json.dumps(given)).out == "Defined cli.\n"
    assert "conductor:cli:q" in ask("handler", "list", "--active").out
    assert ask("handler", "show", "cli").json["definition"] == given
    sent = ask("handler", "publish", "conductor:cli:q", '{"n": 1}', "--id", "cli-message")
    assert sent.out == "Published cli-message; it met cli.\n"
    assert ask("handler", "message", "cli-message").json["payload"] == {"n": 1}
    while ask("handler", "message", "cli-message").json["open"]:
        time.sleep(0.05)
    assert ask("handler", "delete", "cli").out == "Deleted cli.\n"
    unmet = ask("handler", "publish", "conductor:cli:q", "1", "--id", "cli-other")
    assert unmet.out == "Published cli-other; it met no handler.\n"
    page = ask("handler", "messages", "--event", "conductor:cli:q", "-o", "json").json
    shown = [(one["messageId"], one["handlers"], one["open"]) for one in page["messages"]]
    assert shown == [("cli-other", 0, False), ("cli-message", 1, False)]
    assert ask("handler", "messages", "--open").out == "No messages.\n"


def _input(folder: Path) -> Path:
    path = folder / "input.json"
    path.write_text('{"name": "Ada"}')
    return path


def test_lists_are_tables_or_json(ask: Run, job: str) -> None:
    for words in (
        ("workflow", "list"),
        ("version", "list", "greet"),
        ("job", "list"),
        ("task", "list"),
        ("queue", "list"),
        ("tag", "list", "greet"),
        ("task-type", "list"),
        ("audit", "query"),
    ):
        table = ask(*words)
        assert (table.code, table.err) == (0, "")
        assert "\x1b" not in table.out
        (key,) = {key for key, value in ask(*words, "-o", "json").json.items() if key != "cursor"}
        assert key.lower().startswith(words[0].replace("-", "")[:4]) or words[0] == "audit"
    assert job in ask("job", "list", "--workflow", "greet", "--status", "RUNNING").out


def test_a_list_says_how_to_get_its_next_page(ask: Run, job: str, greeting: Path) -> None:
    ask("job", "submit", "greet")
    first = ask("job", "list", "--limit", "1").out.splitlines()
    assert first[-1].startswith("More: the same with --cursor ")
    second = ask("job", "list", "--limit", "1", "--cursor", first[-1].split()[-1])
    assert second.code == 0
    assert second.out.splitlines()[1] != first[1]


def test_the_tasks_of_a_job_are_listed_in_pages(ask: Run, job: str) -> None:
    assert f"{job}.1" in ask("job", "tasks", job).out
    page = ask("job", "tasks", job, "--limit", "1", "-o", "json").json
    assert ([one["ref"] for one in page["tasks"]], page["total"]) == (["hello"], 1)
    failed = ("--status", "FAILED", "--status", "TIMED_OUT")
    assert ask("job", "tasks", job, *failed).out == "No tasks.\n"
    assert ask("job", "tasks", job, "--status", "SOME").code != 0


def test_things_are_shown_one_by_one(ask: Run, job: str) -> None:
    assert "latest version" in ask("workflow", "show", "greet").out
    version = ask("version", "show", "greet", "1").out
    assert json.loads(version[version.index("{") :]) == GREETING
    shown = ask("job", "show", job).out
    assert "RUNNING" in shown
    assert '{"name": "Ada"}' in shown
    assert "a worker that polls for say_hello" in shown
    assert ask("task", "show", f"{job}.1").json["ref"] == "hello"


def test_task_types(ask: Run) -> None:
    settings = {"name": "cli_type", "retryCount": 2, "ownerEmail": "ops@example.com"}
    assert ask("task-type", "put", json.dumps(settings)).out == "Defined cli_type.\n"
    assert ask("task-type", "show", "cli_type").json["definition"]["retryCount"] == 2
    assert ask("task-type", "delete", "cli_type").out == "Deleted cli_type.\n"
    assert ask("task-type", "show", "cli_type").code == 3


def test_a_tags_history_has_every_move(ask: Run, greeting: Path) -> None:
    for number in (1, 2):
        greeting.write_text(json.dumps({**GREETING, "name": "moved", "version": number}))
        ask("version", "add", str(greeting))
        ask("tag", "set", "moved", "$PROD", str(number))
    moves = ask("tag", "history", "moved", "$PROD", "-o", "json").json["history"]
    assert {move["versionNumber"] for move in moves} == {1, 2}
    assert ask("tag", "set", "moved", "$PROD", "1").out == "$PROD is at version 1, before at 2.\n"


def test_a_job_is_steered(ask: Run, job: str) -> None:
    assert ask("job", "pause", job).out == f"Job {job} is PAUSED.\n"
    assert "an operator" in ask("job", "why-waiting", job).out
    assert ask("job", "resume", job).out == f"Job {job} is RUNNING.\n"
    assert ask("job", "terminate", job, "--reason", "enough").out == f"Job {job} is TERMINATED.\n"
    assert "enough" in ask("job", "show", job).out
    assert ask("job", "restart", job).out == f"Job {job} is RUNNING.\n"
    failed = ask("task", "list", "--job", job, "--status", "SCHEDULED", "-o", "json").json["tasks"]
    assert ask("task", "fail", failed[0]["taskId"], "--terminal", "--reason", "no").code == 0
    assert ask("job", "show", job, "-o", "json").json["status"] == "FAILED"
    assert ask("job", "retry", job).out == f"Job {job} is RUNNING.\n"


def test_a_request_id_makes_a_command_repeatable(ask: Run, job: str) -> None:
    first = ask("job", "submit", "greet", "--request-id", "once")
    assert ask("job", "submit", "greet", "--request-id", "once").out == first.out
    other = ask("job", "submit", "greet", "--priority", "5", "--request-id", "once")
    assert other.code == 5
    assert "another --request-id" in other.err


def test_replay_walks_through_what_changed(ask: Run, job: str) -> None:
    said = ask("job", "replay", job, "--from", "2", "--to", "2").out
    assert said.startswith("2. TaskScheduled at ")
    assert "/tasks" in said
    assert ask("replay", "verify").out.startswith("ok: ")
    assert ask("replay", "verify", "--job", job).code == 0


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (("task", "complete", "{task}"), 0),
        (("task", "fail", "{task}", "--terminal"), 10),
        (("job", "terminate", "{job}"), 11),
    ],
)
def test_the_code_of_submit_and_watch_tells_how_the_job_ended(
    ask: Run, run: Run, daemon: Daemon, job: str, end: tuple[str, ...], code: int
) -> None:
    ender = threading.Timer(0.2, _end_a_job, (daemon, list(end)))
    ender.start()
    waited = ask("job", "submit", "greet", "--wait", "20", "--correlation-id", "ends", "-o", "json")
    ender.join()
    assert waited.code == code
    ended = waited.json
    assert ask("job", "watch", ended["jobId"]).code == code


def _end_a_job(daemon: Daemon, words: list[str]) -> None:
    """As another terminal would, in a process of its own."""
    import subprocess
    import sys

    from tests.cli.conftest import ROOT

    def call(*words: str) -> Any:
        command = [sys.executable, "-m", "playhead", *words, "--socket", str(daemon.socket)]
        done = subprocess.run([*command, "-o", "json"], cwd=ROOT, capture_output=True, check=True)
        return json.loads(done.stdout)

    (job,) = call("job", "list", "--correlation-id", "ends", "--status", "RUNNING")["jobs"]
    call(*(word.format(job=job["jobId"], task=f"{job['jobId']}.1") for word in words))


def test_waiting_ends_in_time(ask: Run, job: str) -> None:
    waited = ask("job", "submit", "greet", "--wait", "0.05")
    assert waited.code == 7
    assert "playhead job watch" in waited.err


def test_events_tail(ask: Run, job: str) -> None:
    assert len(ask("events", "tail", "-n", "3").out.splitlines()) == 3
    mine = ask("events", "tail", "--job", job, "--after", "0", "-o", "json").out.splitlines()
    assert [json.loads(line)["type"] for line in mine] == ["JobSubmitted", "TaskScheduled"]
    only = ask("events", "tail", "--after", "0", "--types", "JobSubmitted", "-o", "json")
    assert {json.loads(line)["type"] for line in only.out.splitlines()} == {"JobSubmitted"}


def test_call_is_any_operation(ask: Run, job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("call", "job.get", json.dumps({"jobId": job})).json["jobId"] == job
    assert ask("call", "rpc.discover").json["openrpc"]
    monkeypatch.setattr("sys.stdin.read", lambda: json.dumps({"jobId": job}), raising=False)
    assert ask("call", "system.health").json["ok"] is True


def test_status_and_version(ask: Run, daemon: Daemon) -> None:
    status = ask("status").out
    assert str(daemon.socket) in status
    assert str(daemon.process.pid) in status
    assert ask("version", "-o", "json").json["daemon"]
    assert "subscriptions" in ask("status", "-o", "json").json


def test_backup_and_the_offline_commands(ask: Run, run: Run, job: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert f"--offline {copy}" in ask("backup", str(copy)).out
    assert run("audit", "verify", "--offline", str(copy)).out.startswith("ok: ")
    assert run("replay", "verify", "--offline", str(copy)).out.startswith("ok: ")
    entries = run("audit", "query", "--offline", str(copy), "--job", job, "-o", "json")
    assert entries.json["entries"]
    at = run("job", "at", job, "1", "--offline", str(copy), "-o", "json").json
    assert at == ask("job", "at", job, "1", "-o", "json").json
    steps = run("job", "replay", job, "--offline", str(copy), "-o", "json").json["steps"]
    assert steps == ask("job", "replay", job, "-o", "json").json["steps"]
    assert run("job", "at", "no-job", "1", "--offline", str(copy)).code == 3
    assert run("audit", "verify", "--offline", str(tmp_path / "none.db")).code == 3


def test_a_damaged_copy_is_found_out(ask: Run, run: Run, job: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    ask("backup", str(copy))
    data = copy.read_bytes()
    assert b"say_hello" in data
    copy.write_bytes(data.replace(b"JobSubmitted", b"JobSubmittet"))
    damaged = run("audit", "verify", "--offline", str(copy))
    assert damaged.code in (1, 9)
    assert damaged.out + damaged.err


def test_projections_rebuild(ask: Run, job: str) -> None:
    assert "made anew" in ask("projections", "rebuild").out
    assert job in ask("job", "list").out
