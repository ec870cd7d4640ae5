"""The socket's place in the file system."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.sections import Rpc
from config.settings import load
from daemon.rpc import RpcServer, UnusableSocketPath
from daemon.rpc.credentials import actor_of_uid
from daemon.rpc.socket_file import SocketFile, SocketInUse
from tests.rpc.fakes import FakeService


def test_only_the_owner_may_connect(tmp_path: Path) -> None:
    file = SocketFile(tmp_path / "run" / "daemon.sock")
    with file.bind(backlog=1):
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    file.remove()
    assert not file.path.exists()


def test_a_path_that_is_too_long_is_named_with_its_length(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 200)
    with pytest.raises(UnusableSocketPath, match="at most 107") as caught:
        SocketFile(path).bind(backlog=1)
    assert str(path) in str(caught.value)
    assert str(len(str(path))) in str(caught.value)


def test_the_longest_path_works(tmp_path: Path) -> None:
    room = 107 - len(str(tmp_path)) - 1
    file = SocketFile(tmp_path / ("x" * room))
    file.bind(backlog=1).close()
    file.remove()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_a_directory_where_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    with pytest.raises(UnusableSocketPath, match="others may write") as caught:
        SocketFile(shared / "daemon.sock").bind(backlog=1)
    assert f"chmod go-w {shared}" in str(caught.value)
    assert list(shared.iterdir()) == []


def test_a_socket_nobody_answers_on_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "daemon.sock"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    file = SocketFile(path)
    file.bind(backlog=1).close()
    file.remove()


def test_a_socket_in_use_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "daemon.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen(1)
        with pytest.raises(SocketInUse, match=str(path)):
            SocketFile(path).bind(backlog=1)
        assert path.is_socket()


def test_two_daemons_do_not_take_it_from_each_other(tmp_path: Path) -> None:
    first = SocketFile(tmp_path / "daemon.sock")
    with first.bind(backlog=1):
        first.path.unlink()
        with pytest.raises(SocketInUse):
            SocketFile(first.path).bind(backlog=1)
    first.remove()
    second = SocketFile(first.path)
    second.bind(backlog=1).close()
    second.remove()


@pytest.mark.parametrize("kind", ["file", "directory", "symlink"])
def test_what_is_not_a_socket_is_never_removed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "daemon.sock"
    match kind:
        case "file":
            path.write_text("precious")
        case "directory":
            path.mkdir()
        case _:
            path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UnusableSocketPath, match="not a socket"):
        SocketFile(path).bind(backlog=1)
    assert path.is_symlink() or path.exists()


def test_a_parent_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableSocketPath, match="directory cannot be used"):
        SocketFile(tmp_path / "file" / "daemon.sock").bind(backlog=1)


def test_remove_leaves_another_daemons_socket(tmp_path: Path) -> None:
    file = SocketFile(tmp_path / "daemon.sock")
    file.bind(backlog=1).close()
    file.path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(file.path))
        file.remove()
        assert file.path.is_socket()
    file.remove()


def test_a_killed_daemon_leaves_a_path_that_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "daemon.sock"
    script = (
        "import os, signal, sys, pathlib; sys.path.insert(0, '.');"
        "from daemon.rpc.socket_file import SocketFile;"
        "listening = SocketFile(pathlib.Path(sys.argv[1])).bind(backlog=1);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script, path], check=False)
    assert killed.returncode < 0
    assert path.is_socket()
    file = SocketFile(path)
    file.bind(backlog=1).close()
    file.remove()


async def test_a_server_can_be_closed_before_and_twice(tmp_path: Path) -> None:
    limits: Rpc = load().rpc
    server = RpcServer(FakeService(), tmp_path / "daemon.sock", limits)
    await server.close()
    await server.start()
    await server.close()
    await server.close()
    assert not server.path.exists()


def test_an_actor_without_a_name_is_its_number() -> None:
    assert actor_of_uid(3_999_999_999) == "uid:3999999999"
    assert actor_of_uid(0) == "uid:0/root"
