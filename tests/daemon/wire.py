"""A JSON-RPC client of a page: it knows the protocol, and nothing of the project's own client."""

from __future__ import annotations

import json
import socket
from collections import deque
from pathlib import Path
from typing import Any

from tests.daemon.shapes import Shapes

PATIENCE_SECONDS = 20.0


class Refused(Exception):
    """The daemon answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(json.dumps(error))
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: dict[str, Any] = error["data"]
        self.type: str = error["data"]["type"]

    @property
    def paths(self) -> list[str]:
        return [one["path"] for one in self.data["errors"]]


class Hung(Exception):
    """The daemon closed the connection."""


class Wire:
    """One connection. With ``shapes`` every result is held to what rpc.discover says."""

    def __init__(self, path: Path, shapes: Shapes | None = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_SECONDS)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._shapes = shapes
        self._number = 0
        self._methods: dict[int, str] = {}
        self._partial = b""
        self._lines: deque[bytes] = deque()
        self._answers: dict[int, dict[str, Any]] = {}
        self.notified: deque[dict[str, Any]] = deque()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def call(self, method: str, params: dict[str, Any] | None = None, /, **more: Any) -> Any:
        """The result; raises Refused."""
        return self.result(self.send(method, params, **more))

    def refusal(self, method: str, params: dict[str, Any] | None = None, /, **more: Any) -> Refused:
        """The error that the call must be answered with."""
        try:
            result = self.call(method, params, **more)
        except Refused as refused:
            return refused
        raise AssertionError(f"{method} was not refused: {result}")

    def send(self, method: str, params: dict[str, Any] | None = None, /, **more: Any) -> int:
        """Send a request and go on; its id."""
        self._number += 1
        self._methods[self._number] = method
        request = {"jsonrpc": "2.0", "id": self._number, "method": method}
        self.write(json.dumps({**request, "params": {**(params or {}), **more}}).encode() + b"\n")
        return self._number

    def result(self, id: int) -> Any:
        message = self.answer(id)
        method = self._methods.pop(id)
        if "error" in message:
            raise Refused(message["error"])
        if self._shapes is not None:
            self._shapes.check(method, message["result"])
        return message["result"]

    def answer(self, id: int) -> dict[str, Any]:
        """The answer to request ``id``; what comes before it is kept."""
        while id not in self._answers:
            message = self.read()
            if "method" in message:
                self.notified.append(message)
            else:
                self._answers[message["id"]] = message
        return self._answers.pop(id)

    def notification(self) -> dict[str, Any]:
        """The next one."""
        while not self.notified:
            message = self.read()
            assert "method" in message, f"an answer that nobody waits for: {message}"
            self.notified.append(message)
        return self.notified.popleft()

    def line(self, text: bytes) -> Any:
        """The next message after sending ``text`` as a line."""
        self.write(text + b"\n")
        return self.read()

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def end_input(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def read(self) -> Any:
        """The next message; raises Hung at the end of the stream."""
        while not self._lines:
            try:
                data = self._socket.recv(1 << 16)
            except ConnectionResetError as error:
                raise Hung from error
            if not data:
                raise Hung
            *whole, self._partial = (self._partial + data).split(b"\n")
            self._lines.extend(whole)
        return json.loads(self._lines.popleft())
