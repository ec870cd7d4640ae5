"""The program as a whole: a process, its output, its speed, its page."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from config.version import VERSION
from playhead.cli import health, reference
from playhead.cli.exits import Exit
from playhead.cli.health import FAIL, OK, WARN
from tests.cli.conftest import ROOT, Daemon, Run, clean_environment

PROGRAM = [sys.executable, "-m", "playhead"]


def test_the_reference_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    assert page == reference.page(), "run: python -m playhead.cli.reference > docs/cli.md"


def test_every_command_has_help_that_fits_its_parser(run: Run) -> None:
    names = [name for name, _ in reference.leaves()]
    assert len(names) == len(set(names)) > 40
    for name in names:
        shown = run(*name.split(), "--help")
        assert shown.code == 0
        assert shown.out.startswith(f"usage: playhead {name}")


def test_the_daemon_says_one_line_when_ready(daemon: Daemon) -> None:
    assert daemon.announced == f"playhead is ready on {daemon.socket}\n"


@contextmanager
def up(data: Path, *words: str) -> Iterator[list[str]]:
    """``playhead up`` until it is ready; what it said. It then ends well on SIGTERM."""
    data.chmod(0o700)
    with subprocess.Popen(
        [*PROGRAM, "up", "--data", str(data), *words],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        while said[-1] and "is ready" not in said[-1]:
            said.append(process.stdout.readline())
        yield said
        process.terminate()
        assert process.wait(5) == 0


def test_up_says_what_it_does_and_ends_on_sigterm(tmp_path: Path) -> None:
    with up(tmp_path, "--http", "off") as said:
        assert str(tmp_path) in "".join(said[:-1])
    assert said[-1] == f"playhead is ready on {tmp_path}/playhead.sock\n"


def test_up_serves_http_too(tmp_path: Path, run: Run) -> None:
    with up(tmp_path, "--http", "127.0.0.1:0") as said:
        found = re.search(r" and http://127\.0\.0\.1:(\d+)$", said[-1])
        assert found is not None, said
        with urlopen(f"http://127.0.0.1:{found[1]}/api/health") as answer:
            assert json.load(answer)["healthy"] is True
        status = run("status", "--socket", str(tmp_path / "playhead.sock"), "-o", "json")
        assert status.json["http"]["port"] == int(found[1])


def test_up_goes_on_without_its_usual_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with up(tmp_path, "--set", f"http.port={port}") as said:
            assert f"HTTP is not served, since 127.0.0.1:{port} is taken" in said[-1]


def test_up_does_not_start_where_its_port_was_asked_for_and_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ["up", "--data", str(tmp_path / "d"), "--http", str(taken.getsockname()[1])]
        done = subprocess.run(
            [*PROGRAM, *words],
            cwd=ROOT,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == Exit.FAILURE
    assert "did not start" in done.stdout


@pytest.mark.parametrize("given", ["here", "x:y", ":8080", "127.0.0.1:65536", "127.0.0.1:"])
def test_an_address_that_is_none_is_refused(run: Run, given: str) -> None:
    done = run("up", "--http", given)
    assert done.code == Exit.USAGE
    assert "is none of HOST:PORT, PORT and off" in done.err


@pytest.mark.parametrize("path", ["x" * 120 + "/d.sock", "open/d.sock"])
def test_a_daemon_that_cannot_start_says_why(tmp_path: Path, path: str) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    command = [*PROGRAM, "serve", "--data", str(tmp_path / "d"), "--socket", str(tmp_path / path)]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.FAILURE
    assert "did not start" in done.stdout + done.stderr


def test_a_second_daemon_is_refused(daemon: Daemon, tmp_path: Path) -> None:
    command = [*PROGRAM, "serve", "--data", str(tmp_path), "--socket", str(daemon.socket)]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.FAILURE
    assert str(daemon.socket) in done.stdout + done.stderr


def test_an_interrupted_command_has_its_own_code(daemon: Daemon) -> None:
    command = [*PROGRAM, "events", "tail", "-f", "-n", "0", "--socket", str(daemon.socket)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    _, stderr = _interrupt_until_ended(process)
    assert process.returncode == Exit.INTERRUPTED
    assert stderr == b""


def _interrupt_until_ended(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    timer = threading.Timer(1.0, process.send_signal, (signal.SIGINT,))
    timer.start()
    try:
        return process.communicate(timeout=20)
    finally:
        timer.join()


def test_a_reader_that_has_read_enough_is_no_error(daemon: Daemon) -> None:
    command = f"{sys.executable} -m playhead call rpc.discover --socket {daemon.socket} | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"{\n", b"")


@pytest.mark.parametrize(("no_color", "colored"), [("", True), ("1", False)])
def test_colour_is_for_terminals(daemon: Daemon, job: str, no_color: str, colored: bool) -> None:
    leader, follower = pty.openpty()
    environment = {**clean_environment(), "NO_COLOR": no_color}
    subprocess.run(
        [*PROGRAM, "job", "show", job, "--socket", str(daemon.socket)],
        cwd=ROOT,
        env=environment,
        stdout=follower,
        check=True,
    )
    os.close(follower)
    seen = os.read(leader, 65536)
    os.close(leader)
    assert (b"\x1b[" in seen) is colored


def test_a_command_does_not_import_what_it_does_not_need(daemon: Daemon) -> None:
    script = (
        "import sys; from playhead import cli;"
        f"cli.main(['status', '--socket', {str(daemon.socket)!r}]);"
        "heavy = {'asyncio', 'sqlite3', 'msgspec', 'orjson', 'anyio', 'jsonschema'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_version(run: Run) -> None:
    assert run("--version").out == f"playhead {VERSION}\n"


def test_doctor_with_a_daemon(ask: Run, daemon: Daemon) -> None:
    done = ask("doctor", "--data", str(daemon.data))
    assert done.code == 0, done.out
    assert "FAIL" not in done.out
    checks = {each["check"] for each in ask("doctor", "-o", "json").json["checks"]}
    assert {"socket", "data directory", "SQLite", "disk room", "clock", "daemon", "log"} <= checks


def test_doctor_without_a_daemon(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    done = run("doctor", "--data", str(tmp_path))
    assert done.code == 0
    assert "warn  daemon: no daemon answers" in done.out
    assert "fix: playhead up" in done.out


def test_doctor_finds_what_is_wrong(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (tmp_path / "log.db.io-failed").write_text("")
    done = run("doctor", "--data", str(tmp_path))
    tmp_path.chmod(0o700)
    assert done.code == 1
    assert f"FAIL  socket: others may write in {tmp_path}" in done.out
    assert "warn  disk errors" in done.out


def test_verdicts() -> None:
    assert health.sqlite_finding("3.40.1").verdict == WARN
    assert "3.51.3" in health.sqlite_finding("3.51.2").found
    assert health.sqlite_finding("3.51.3").verdict == OK
    assert health.clock_finding(0).verdict == FAIL
    assert health.clock_finding(time.time()).verdict == OK
    full = {"mode": "disk-full", "position": 1, "why": "no room"}
    assert health.log_finding(full).verdict == FAIL
    assert health.socket_finding(Path("/" + "x" * 200)).verdict == FAIL
    assert health.socket_finding(Path(__file__)).verdict == FAIL
    assert health.directory_finding(Path("/nowhere/at/all")).verdict == WARN
    assert health.room_finding(Path("/nowhere/at/all")).check == "disk room"
