"""One child process: started, asked, ended."""

from __future__ import annotations

import math
import sys
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL

import anyio
import msgspec
from anyio.abc import Process

from daemon.executors.scripts import child
from daemon.executors.scripts.errors import ScriptCrashed
from daemon.executors.scripts.messages import Reply

CHUNK_BYTES = 1 << 16


class ScriptLimits(msgspec.Struct, frozen=True, kw_only=True):
    timeout_seconds: float = 4
    """Of one script, from when a process has it."""
    memory_bytes: int = 64 << 20
    """That one script may take."""
    max_value_bytes: int = 8 << 20
    """Of the input and of the result, each, as JSON."""
    max_depth: int = 64
    """Arrays and objects inside each other in a result."""


class Child:
    """Its environment is empty, its only open files are three pipes, and it can start no
    process. Raises ScriptCrashed wherever it turns out to be gone."""

    def __init__(self, process: Process, max_value_bytes: int) -> None:
        self._process = process
        self._max_bytes = max(max_value_bytes, child.MAX_MESSAGE_CHARACTERS * 4)
        self._buffer = b""

    @classmethod
    async def start(cls, limits: ScriptLimits) -> Child:
        process = await anyio.open_process(
            _command(limits), env={}, stderr=DEVNULL, start_new_session=True, cwd="/"
        )
        one = cls(process, limits.max_value_bytes)
        try:
            await one._read(len(child.READY))
        except BaseException:
            await one.end()
            raise
        return one

    async def ask(self, language: bytes, source: bytes, given: bytes) -> Reply:
        assert self._process.stdin is not None
        head = child.REQUEST.pack(language, len(source), len(given))
        try:
            await self._process.stdin.send(b"".join((head, source, given)))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError) as error:
            raise ScriptCrashed(self._process.returncode) from error
        kind, line, length = child.ANSWER.unpack(await self._read(child.ANSWER.size))
        if length > self._max_bytes:
            raise ScriptCrashed(self._process.returncode)
        return Reply(kind.lower() == child.VALUE, kind.isupper(), await self._read(length), line)

    async def end(self) -> None:
        """Kill it, whatever it does."""
        with anyio.CancelScope(shield=True):
            if self._process.returncode is None:
                self._process.kill()
            await self._process.aclose()

    async def _read(self, count: int) -> bytes:
        assert self._process.stdout is not None
        parts = [self._buffer]
        missing = count - len(self._buffer)
        while missing > 0:
            try:
                part = await self._process.stdout.receive(CHUNK_BYTES)
            except (anyio.EndOfStream, anyio.BrokenResourceError) as error:
                raise ScriptCrashed(await self._process.wait()) from error
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self._buffer = data[count:]
        return data[:count]


def _command(limits: ScriptLimits) -> list[str]:
    return [
        sys.executable,
        *("-I", "-S", "-B", "-X", "utf8"),
        str(Path(child.__file__)),
        _folder("_quickjs"),
        _folder("jq"),
        str(limits.memory_bytes),
        str(limits.max_value_bytes),
        str(limits.max_depth),
        str(math.ceil(limits.timeout_seconds)),
    ]


def _folder(module: str) -> str:
    found = find_spec(module)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"scripts need the module {module}, which is not installed")
    return str(Path(found.origin).parent)
