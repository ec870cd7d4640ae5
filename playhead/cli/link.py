"""A plain blocking connection to the daemon: enough for one command, quick to import."""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from pathlib import Path
from typing import Any

from playhead.errors import (
    CallTimedOut,
    ConnectionLost,
    DaemonUnreachable,
    ProtocolError,
    rpc_error,
)

Notification = tuple[str, dict[str, Any]]
RECEIVED_BYTES = 256 * 1024


class Link:
    """Raises DaemonUnreachable when nobody answers at ``path``."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._partial = b""
        self._lines: deque[bytes] = deque()
        self._notifications: deque[Notification] = deque()
        self._calls = 0
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise DaemonUnreachable(str(path), error.strerror or str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def call(self, method: str, params: dict[str, Any], *, seconds: float) -> Any:
        """The result. Raises RpcError, ConnectionLost, CallTimedOut, ProtocolError."""
        self._calls += 1
        id = self._calls
        request = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        deadline = time.monotonic() + seconds
        try:
            self._wait_until(deadline)
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            while (answer := self._message(deadline)) is None or answer.get("id") not in (id, None):
                pass
        except TimeoutError as error:
            raise CallTimedOut(f"the answer of {method}", seconds) from error
        except ConnectionError as error:
            raise ConnectionLost(method, params.get("requestId")) from error
        if "error" in answer:
            raise rpc_error(answer["error"])
        return answer["result"]

    def next_notification(self, *, deadline: float | None = None) -> Notification:
        """Waits for it, until ``deadline`` on the monotonic clock. Raises CallTimedOut and
        ConnectionLost."""
        try:
            while not self._notifications:
                self._message(deadline)
        except TimeoutError as error:
            raise CallTimedOut("the next event", 0) from error
        except ConnectionError as error:
            raise ConnectionLost("the next event") from error
        return self._notifications.popleft()

    def _message(self, deadline: float | None) -> dict[str, Any] | None:
        """The next answer; None when a notification came and was put aside."""
        line = self._line(deadline)
        try:
            message: dict[str, Any] = json.loads(line)
            if "method" not in message:
                return message
            self._notifications.append((message["method"], message["params"]))
        except (ValueError, TypeError, KeyError) as error:
            raise ProtocolError(f"this is no answer of a daemon: {line[:80]!r}") from error
        return None

    def _line(self, deadline: float | None) -> bytes:
        pieces = [self._partial]
        while not self._lines:
            self._wait_until(deadline)
            data = self._socket.recv(RECEIVED_BYTES)
            if not data:
                raise ConnectionResetError
            if b"\n" in data:
                *whole, self._partial = data.split(b"\n")
                whole[0] = b"".join([*pieces, whole[0]])
                self._lines.extend(whole)
                return self._lines.popleft()
            pieces.append(data)
        return self._lines.popleft()

    def _wait_until(self, deadline: float | None) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
