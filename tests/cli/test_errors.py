"""Every way to fail: the code, and three lines that help."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.operations.calls import ErrorType
from playhead.cli.exits import MEANINGS, Exit
from tests.cli.conftest import Run
from tests.client.daemons import ScriptedDaemon, error


class Fake:
    """A scripted daemon that runs beside the test, in a thread."""

    def __init__(self, path: Path) -> None:
        self.scripted = ScriptedDaemon(path)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.do(self.scripted.start)

    def do(self, act: object) -> None:
        asyncio.run_coroutine_threadsafe(act(), self._loop).result(10)  # type: ignore[operator]

    def end(self) -> None:
        self.do(self.scripted.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    fake = Fake(tmp_path / "fake.sock")
    yield fake
    fake.end()


@pytest.fixture
def ask_fake(run: Run, fake: Fake) -> Run:
    return lambda *words: run(*words, "--socket", str(fake.scripted.path))


def helps(err: str) -> bool:
    what, *why, next = err.splitlines()
    return (
        what.startswith("error: ") and why[0].startswith("  why:  ") and next.startswith("  next: ")
    )


@pytest.mark.parametrize(
    ("type", "code"),
    [
        (ErrorType.INVALID_PARAMS, 2),
        (ErrorType.METHOD_NOT_FOUND, 2),
        (ErrorType.BAD_CURSOR, 2),
        (ErrorType.TOO_LARGE, 2),
        (ErrorType.NOT_FOUND, 3),
        (ErrorType.NO_VERSION, 3),
        (ErrorType.BEYOND_HEAD, 3),
        (ErrorType.NOT_ALLOWED, 4),
        (ErrorType.CONFLICT, 5),
        (ErrorType.REFUSED, 5),
        (ErrorType.NO_SLOT, 5),
        (ErrorType.REQUEST_ID_REUSED, 5),
        (ErrorType.INTERNAL, 1),
        (ErrorType.INVALID_DEFINITION, 1),
        (ErrorType.CONTRACT_BROKEN, 1),
        (ErrorType.BUSY, 1),
        (ErrorType.READ_ONLY, 1),
        (ErrorType.STOPPING, 1),
        (ErrorType.UNKNOWN_OUTCOME, 1),
        (ErrorType.LAGGING, 1),
    ],
)
def test_every_error_of_the_daemon_has_a_code_and_a_next_command(
    fake: Fake, ask_fake: Run, type: ErrorType, code: int
) -> None:
    fake.scripted.handlers["job.get"] = lambda _, __: error(type, "it is so")
    done = ask_fake("job", "show", "j-1")
    assert (done.code, done.out) == (code, "")
    assert helps(done.err), done.err
    assert "it is so" in done.err


def test_every_error_type_is_in_that_list() -> None:
    cases = test_every_error_of_the_daemon_has_a_code_and_a_next_command.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {type for type, _ in cases} == set(ErrorType)


def test_every_problem_of_a_definition_is_printed(ask: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"name": "bad", "schemaVersion": 2, "tasks": [{}, {}]}')
    refused = ask("version", "add", str(bad))
    assert refused.code == 1
    assert helps(refused.err)
    assert "/tasks/0/name: " in refused.err
    assert "/tasks/1/name: " in refused.err
    checked = ask("version", "validate", str(bad))
    assert checked.code == 1
    assert "error: /tasks/0/name: " in checked.out


@pytest.mark.parametrize(
    "words",
    [
        ("job", "show", "no-such-job"),
        ("workflow", "show", "no-such-workflow"),
        ("version", "show", "no-such-workflow"),
        ("task", "show", "no-such-job.1"),
        ("job", "submit", "no-such-workflow"),
        ("tag", "history", "no-such-workflow", "$LIVE"),
    ],
)
def test_what_is_not_there(ask: Run, words: tuple[str, ...]) -> None:
    done = ask(*words)
    assert done.code == 3, done.err
    assert helps(done.err)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nope",),
        ("job",),
        ("job", "nope"),
        ("job", "show"),
        ("job", "submit", "greet", "--input", "{"),
        ("job", "submit", "greet", "--input", "@/nowhere.json"),
        ("call", "job.get", "[1]"),
        ("call", "no.such.method"),
        ("job", "list", "--limit", "0"),
        ("job", "list", "--cursor", "nonsense"),
        ("job", "list", "--limit", "many"),
        ("status", "--timeout", "0"),
        ("version", "add", "/nowhere.json"),
        ("serve", "--set", "nonsense"),
        ("serve", "--set", "store.no_such_setting=1"),
    ],
)
def test_wrong_usage(ask: Run, run: Run, words: tuple[str, ...]) -> None:
    done = ask(*words) if words else run()
    assert done.code == 2, done
    assert helps(done.err), done.err


def test_a_finished_task_takes_no_result(ask: Run, job: str) -> None:
    assert ask("task", "complete", f"{job}.1").code == 0
    late = ask("task", "fail", f"{job}.1")
    assert late.code == 5
    assert "COMPLETED" in late.err


def test_an_ended_job_cannot_be_paused(ask: Run, job: str) -> None:
    ask("job", "terminate", job)
    refused = ask("job", "pause", job)
    assert refused.code == 5
    assert helps(refused.err)


def test_nobody_there(run: Run, tmp_path: Path) -> None:
    done = run("job", "list", "--socket", str(tmp_path / "none.sock"))
    assert done.code == 6
    assert helps(done.err)
    assert "playhead up" in done.err


def test_a_connection_that_breaks_names_the_request_id(fake: Fake, ask_fake: Run) -> None:
    stopper = threading.Thread(target=fake.do, args=(fake.scripted.stop,))
    fake.scripted.handlers["job.submit"] = lambda _, __: stopper.start()
    done = ask_fake("job", "submit", "greet", "--request-id", "mine")
    stopper.join()
    assert done.code == 6
    assert "unknown" in done.err
    assert "--request-id mine" in done.err


def test_no_answer_in_time(fake: Fake, ask_fake: Run) -> None:
    fake.scripted.handlers["job.get"] = lambda _, __: None
    done = ask_fake("job", "show", "j-1", "--timeout", "0.05")
    assert done.code == 7
    assert helps(done.err)


def test_found_differences_and_broken_chains_have_codes(fake: Fake, ask_fake: Run) -> None:
    head = {"position": 9, "hash": "00"}
    broken = {"ok": False, "events": 9, "head": head, "brokenAt": 4, "problem": "hash"}
    different = {"ok": False, "jobs": 1, "differences": [{"path": "/status"}]}
    fake.scripted.handlers["audit.verify"] = lambda _, __: broken
    fake.scripted.handlers["replay.verify"] = lambda _, __: different
    verified = ask_fake("audit", "verify")
    assert (verified.code, verified.out) == (9, "BROKEN at position 4: hash\n")
    replayed = ask_fake("replay", "verify")
    assert replayed.code == 8
    assert "/status" in replayed.out


def test_a_subscription_that_the_daemon_ends_says_how_to_go_on(fake: Fake, ask_fake: Run) -> None:
    def subscribe(_: object, peer: object) -> dict[str, object]:
        told = {"subscription": "s1", "reason": "lagging", "resumeAfter": 3}
        loop = asyncio.get_running_loop()
        loop.call_soon(peer.notify, "events.ended", told)  # type: ignore[attr-defined]
        return {"subscription": "s1", "after": 3}

    fake.scripted.handlers["events.read"] = lambda _, __: {"events": [], "next": 3}
    fake.scripted.handlers["events.subscribe"] = subscribe
    done = ask_fake("events", "tail", "-f", "--after", "3")
    assert done.code == 1
    assert "playhead events tail -f --after 3" in done.err


def test_every_code_is_documented() -> None:
    assert set(MEANINGS) == set(Exit)
