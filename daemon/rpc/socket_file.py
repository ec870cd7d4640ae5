"""The daemon's socket in the file system: whose it is, and that nobody else gets at it."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from pathlib import Path

LONGEST_PATH_BYTES = 107
"""``sun_path`` on Linux has 108, the last one is a NUL."""
PROBE_SECONDS = 1.0
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class UnusableSocketPath(OSError):
    """The daemon cannot listen at ``path``; the message says why and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"cannot listen on {path}: {why}")
        self.path = path
        self.why = why


class SocketInUse(UnusableSocketPath):
    """Somebody listens there already."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "another daemon is listening there. Stop it, or choose another path with --socket",
        )


class SocketFile:
    """Holds the path from ``bind`` to ``remove``: a lock beside it keeps two daemons that
    start at the same moment from taking it from each other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None
        self._identity: tuple[int, int, int] | None = None

    def bind(self, *, backlog: int) -> socket.socket:
        """A listening, non-blocking socket, for its owner only. Raises UnusableSocketPath."""
        _check_length(self.path)
        _prepare_directory(self.path)
        self._lock = _lock(self.path)
        try:
            _clear(self.path)
            return self._listen(backlog)
        except OSError:
            self.remove()
            raise

    def remove(self) -> None:
        """Remove the file if it is still the one ``bind`` made. Safe to repeat."""
        if self._identity is not None and _identity(self.path) == self._identity:
            self.path.unlink(missing_ok=True)
        self._identity = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _listen(self, backlog: int) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(os.fspath(self.path))
            self._identity = _identity(self.path)
            # Nobody can connect before listen, so there is no moment with wider rights.
            self.path.chmod(0o600)
            listening.listen(backlog)
            listening.setblocking(False)
        except OSError:
            listening.close()
            raise
        return listening


def _check_length(path: Path) -> None:
    size = len(os.fsencode(path))
    if size > LONGEST_PATH_BYTES:
        raise UnusableSocketPath(
            path,
            f"the path has {size} bytes, a socket's path at most {LONGEST_PATH_BYTES}."
            " Choose a shorter one with --socket",
        )


def _prepare_directory(path: Path) -> None:
    parent = path.parent
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = parent.stat()
    except OSError as error:
        why = f"its directory cannot be used: {error.strerror}"
        raise UnusableSocketPath(path, why) from error
    if found.st_mode & OTHERS_MAY_WRITE:
        raise UnusableSocketPath(
            path,
            f"others may write in {parent} (mode {stat.S_IMODE(found.st_mode):o}), so anybody"
            f" could put a socket of their own there. Use a directory of your own, or run"
            f" chmod go-w {parent}",
        )
    if found.st_uid not in (0, os.geteuid()):
        raise UnusableSocketPath(
            path, f"{parent} belongs to another user (uid {found.st_uid}). Use one of your own"
        )


def _lock(path: Path) -> int:
    """Held until closed; the empty file stays, since removing it would let two hold it."""
    name = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        why = f"its lock {name} cannot be opened: {error.strerror}"
        raise UnusableSocketPath(path, why) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise SocketInUse(path) from error
    return descriptor


def _clear(path: Path) -> None:
    """Remove what a daemon that is no more left behind, and nothing else."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise UnusableSocketPath(
            path, "something that is not a socket is there. Move it, or choose another path"
        )
    if _answers(path):
        raise SocketInUse(path)
    path.unlink()


def _answers(path: Path) -> bool:
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(PROBE_SECONDS)
    with probe:
        code = probe.connect_ex(os.fspath(path))
    if code in (errno.ECONNREFUSED, errno.ENOENT):
        return False
    if code in (0, errno.EAGAIN, errno.ETIMEDOUT):
        return True
    raise UnusableSocketPath(path, f"whether it is in use is unclear: {os.strerror(code)}")


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns
