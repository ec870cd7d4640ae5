"""A private file that is read and replaced as a whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from daemon.vault.sealing import VaultError

PRIVATE = 0o600
OTHERS = 0o077


class NotPrivate(VaultError):
    """Somebody else can read or change the file."""

    def __init__(self, path: str, mode: int) -> None:
        super().__init__(
            f"{path} can be read or changed by others (its mode is {mode:04o}); it must be its "
            f"owner's alone: chmod 600 {path}"
        )


class NotOurs(VaultError):
    """The file belongs to another user."""

    def __init__(self, path: str, owner: int, user: int) -> None:
        super().__init__(
            f"{path} belongs to user {owner}, and the daemon runs as user {user}: "
            f"chown {user} {path}"
        )


class Drawer(Protocol):
    """What lies in it is there as a whole, old or new, whenever the power goes."""

    @property
    def place(self) -> str:
        """Where it is, for people."""

    def read(self) -> bytes | None:
        """None: nothing is there. Raises OSError and VaultError."""

    def replace(self, content: bytes) -> None:
        """On the disk when this returns. Raises OSError."""


class PrivateFile:
    """Made with mode 0600; refused when it is not its owner's alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def place(self) -> str:
        return str(self.path)

    def read(self) -> bytes | None:
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return None
        with file:
            found = os.fstat(file.fileno())
            mode = stat.S_IMODE(found.st_mode)
            if mode & OTHERS:
                raise NotPrivate(self.place, mode)
            if found.st_uid not in (0, os.geteuid()):
                raise NotOurs(self.place, found.st_uid, os.geteuid())
            return file.read()

    def replace(self, content: bytes) -> None:
        new = self.path.with_name(self.path.name + ".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class MemoryDrawer:
    """Of a daemon that keeps nothing, and of tests."""

    def __init__(self, content: bytes | None = None) -> None:
        self.content = content

    @property
    def place(self) -> str:
        return "memory"

    def read(self) -> bytes | None:
        return self.content

    def replace(self, content: bytes) -> None:
        self.content = content
