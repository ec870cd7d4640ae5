"""Who may open a log, and what a failed write leaves for the next start."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from eventstore.layout import sync_directory
from eventstore.store import LogLocked


class LogLock:
    """One daemon per log: an ``flock`` on a file beside it, gone with its process."""

    def __init__(self, log: Path) -> None:
        self._path = log.with_name(f"{log.name}.lock")
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises LogLocked."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise LogLocked(
                f"another daemon has the log open (it holds {self._path}); "
                "stop it, or start with another data directory"
            ) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Safe to repeat, and before ``take``."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class FailureMarker:
    """``<log>.io-failed``: a write or sync failed, so what the page cache shows may not be
    on the disk. The next start must not append to that file (``eventstore.recovery``)."""

    def __init__(self, log: Path) -> None:
        self.path = log.with_name(f"{log.name}.io-failed")

    def __bool__(self) -> bool:
        return self.path.exists()

    def leave(self, why: str) -> None:
        """Raises OSError: the disk may refuse this, too."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, why.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_directory(self.path.parent)

    def remove(self) -> None:
        self.path.unlink()
        sync_directory(self.path.parent)
