"""What ``doctor`` looks at. Nothing here changes anything."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import sqlite_version
from typing import Any, NamedTuple

from config.version import VERSION
from playhead.cli.exits import Exit
from playhead.cli.failing import CommandFailed
from playhead.cli.offline import network_type_of
from playhead.cli.session import Session, settings_of, socket_path

OK, WARN, FAIL = "ok", "warn", "FAIL"
LONGEST_SOCKET_BYTES = 107
SCARCE_BYTES = 1024**3
FULL_BYTES = 64 * 1024**2
EARLIEST_CLOCK = 1_735_689_600
"""2025 began; a clock before that was never set."""
SOUND_SQLITE = (3, 51, 3)
"""Before it, two connections that write to or checkpoint one WAL file at the same moment can
damage it. The daemon keeps to one; other programs may not."""


class Finding(NamedTuple):
    """``verdict`` is ok, warn or FAIL; ``fix`` is empty where nothing is wrong."""

    verdict: str
    check: str
    found: str
    fix: str = ""


def look(session: Session) -> list[Finding]:
    return list(_looked_at(session))


def _looked_at(session: Session) -> Iterator[Finding]:
    try:
        data_dir: Path = settings_of(session.asked).paths.data_dir
    except CommandFailed as failure:
        yield Finding(FAIL, "settings", failure.why, failure.next)
        return
    yield Finding(OK, "settings", "read without a mistake")
    path = socket_path(session.asked)
    yield socket_finding(path)
    yield directory_finding(data_dir)
    yield disk_finding(data_dir)
    yield from marker_findings(data_dir)
    yield room_finding(data_dir)
    yield clock_finding(time.time())
    status = _status(session)
    yield daemon_finding(status, path)
    yield sqlite_finding(status["sqlite"] if isinstance(status, dict) else sqlite_version)
    if isinstance(status, dict):
        yield log_finding(status["log"])


def socket_finding(path: Path) -> Finding:
    size = len(os.fsencode(path))
    if size > LONGEST_SOCKET_BYTES:
        fix = "choose a shorter path with --socket"
        return Finding(FAIL, "socket", f"{path} has {size} bytes, more than fit", fix)
    if path.parent.is_dir() and path.parent.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        fix = f"chmod go-w {path.parent}"
        return Finding(FAIL, "socket", f"others may write in {path.parent}", fix)
    if not path.exists():
        return Finding(WARN, "socket", f"nothing is at {path}", "playhead up")
    if not path.is_socket():
        return Finding(FAIL, "socket", f"{path} is no socket", "move it, or choose another path")
    return Finding(OK, "socket", str(path))


def directory_finding(data_dir: Path) -> Finding:
    if not data_dir.exists():
        return Finding(WARN, "data directory", f"{data_dir} is not there yet", "playhead up")
    if not os.access(data_dir, os.W_OK | os.X_OK):
        fix = f"chown it to the daemon's user, or chmod u+wx {data_dir}"
        return Finding(FAIL, "data directory", f"{data_dir} cannot be written to", fix)
    if data_dir.stat().st_mode & stat.S_IWOTH:
        fix = f"chmod o-w {data_dir}"
        return Finding(FAIL, "data directory", f"anybody may write in {data_dir}", fix)
    return Finding(OK, "data directory", str(data_dir))


def disk_finding(data_dir: Path) -> Finding:
    kind = network_type_of(data_dir)
    if kind is not None:
        fix = "choose a folder on a local disk with --data: SQLite is not safe on this one"
        return Finding(FAIL, "file system", f"{data_dir} lies on {kind}", fix)
    return Finding(OK, "file system", "no network file system")


def marker_findings(data_dir: Path) -> Iterator[Finding]:
    for marker in sorted(data_dir.glob("*.io-failed")):
        yield Finding(
            WARN,
            "disk errors",
            f"{marker} says that a write failed",
            "check the disk, then restart the daemon: it copies and verifies the log first",
        )


def room_finding(data_dir: Path) -> Finding:
    place = next(each for each in (data_dir, *data_dir.parents) if each.is_dir())
    free = shutil.disk_usage(place).free
    said = f"{free / 1024**3:.1f} GiB free at {place}"
    fix = "make room, or move the data directory with --data"
    if free < FULL_BYTES:
        return Finding(FAIL, "disk room", said, fix)
    return (
        Finding(WARN, "disk room", said, fix)
        if free < SCARCE_BYTES
        else Finding(OK, "disk room", said)
    )


def clock_finding(now: float) -> Finding:
    said = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    if now < EARLIEST_CLOCK:
        return Finding(FAIL, "clock", f"it says {said}", "set the clock: events carry its times")
    return Finding(OK, "clock", said)


def sqlite_finding(version: str) -> Finding:
    numbers = tuple(int(part) for part in version.split("."))
    if numbers >= SOUND_SQLITE:
        return Finding(OK, "SQLite", version)
    return Finding(
        WARN,
        "SQLite",
        f"{version} can damage a WAL file that two programs write to at once (fixed in 3.51.3)",
        "let no other program open the log while the daemon runs; use playhead backup for copies",
    )


def daemon_finding(status: dict[str, Any] | CommandFailed, path: Path) -> Finding:
    if isinstance(status, CommandFailed):
        verdict = WARN if status.exit is Exit.UNREACHABLE else FAIL
        return Finding(verdict, "daemon", f"{status.what}: {status.why}", status.next)
    said = f"version {status['version']}, process {status['pid']}, at {path}"
    if status["version"] != VERSION:
        return Finding(WARN, "daemon", f"{said}; this is {VERSION}", "restart the daemon")
    return Finding(OK, "daemon", said)


def log_finding(log: dict[str, Any]) -> Finding:
    said = f"{log['mode']}, {log['position']} events"
    if log["mode"] == "ok":
        return Finding(OK, "log", said)
    return Finding(FAIL, "log", f"{said}: {log['why']}", "make room on the disk, or check it")


def _status(session: Session) -> dict[str, Any] | CommandFailed:
    try:
        found: dict[str, Any] = session.call("system.status")
    except CommandFailed as failure:
        return failure
    return found
