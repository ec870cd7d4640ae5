"""Callbacks of jobs told to a webhook: signed, in order, and after a ``kill -9`` too."""

from __future__ import annotations

import hmac
import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

SECRET = b"a secret of 32 bytes, or of any size"
PATIENCE_SECONDS = 60.0


class Receiver(ThreadingHTTPServer):
    """Takes nothing until ``takes`` is set; keeps what it took."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.takes = threading.Event()
        self.refused = threading.Event()
        self.taken: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def until(self, count: int) -> list[dict[str, Any]]:
        """What it took first, each callback once, by the order in which it came."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.documents()) < count:
            assert time.monotonic() < deadline, self.documents()
            time.sleep(0.02)
        return self.documents()

    def documents(self) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for _, _, body in list(self.taken):
            document = json.loads(body)
            found.setdefault(document["id"], document)
        return list(found.values())


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        takes = self.server.takes.is_set()
        if takes:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.server.taken.append((self.path, headers, body))
        else:
            self.server.refused.set()
        self.send_response(204 if takes else 503)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Tests print nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_bytes(SECRET)
    return path


def settings(url: str, secret: Path, **more: Any) -> dict[str, Any]:
    return {
        "http_tasks.allow_loopback": True,
        "listener.webhook_url": url,
        "listener.secret_file": str(secret),
        "listener.retry_seconds": 0.1,
        "listener.retry_limit_seconds": 0.2,
        **more,
    }


def listened(name: str, enabled: bool = True, **more: Any) -> dict[str, Any]:
    noop = {"name": "n", "taskReferenceName": "n", "type": "NOOP"}
    return {"name": name, "tasks": [noop], "workflowStatusListenerEnabled": enabled, **more}


def run(wire: Wire, definition: dict[str, Any]) -> str:
    wire.call("version.add", definition=definition)
    return str(wire.call("job.submit", workflow=definition["name"], input={})["jobId"])


def test_a_kill_between_event_and_delivery_loses_no_callback(
    tmp_path: Path, receiver: Receiver, secret: Path
) -> None:
    daemon = DaemonProcess(tmp_path / "data", settings(f"{receiver.url}/hook", secret)).ready()
    try:
        with daemon.wire() as wire:
            silent = run(wire, listened("silent", enabled=False))
            job_id = run(wire, listened("told"))
            assert receiver.refused.wait(PATIENCE_SECONDS)
        daemon.kill()
        receiver.takes.set()
        daemon.again().ready()
        found = receiver.until(3)
        assert [one["type"].rpartition(".")[2] for one in found] == [
            "started",
            "completed",
            "finalized",
        ]
        assert {one["subject"] for one in found} == {job_id} != {silent}
        with daemon.wire() as wire:
            events = wire.call("events.read", job=job_id)["events"]
            positions = {one["type"]: one["position"] for one in events}
            assert found[0]["id"] == str(positions["JobSubmitted"])
            assert found[1]["id"] == str(positions["JobCompleted"])
        _are_signed(receiver)
    finally:
        daemon.close()


def _are_signed(receiver: Receiver) -> None:
    for path, headers, body in receiver.taken:
        assert path == "/hook"
        assert headers["content-type"] == "application/cloudevents+json"
        document = json.loads(body)
        assert headers["webhook-id"] == document["id"]
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        signature = b64encode(hmac.new(SECRET, content, sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{signature}"


def test_what_was_told_is_not_told_again_after_a_restart(
    tmp_path: Path, receiver: Receiver, secret: Path
) -> None:
    receiver.takes.set()
    daemon = DaemonProcess(tmp_path / "data", settings(receiver.url, secret)).ready()
    try:
        with daemon.wire() as wire:
            run(wire, listened("first"))
            receiver.until(3)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not wire.call("events.read", stream="listener/notifications", after=2)["events"]:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        daemon.kill()
        daemon.again().ready()
        with daemon.wire() as wire:
            run(wire, listened("first"))
        assert len(receiver.until(6)) == len(receiver.taken) == 6
    finally:
        daemon.close()


def test_a_sink_of_a_definition_is_told_where_settings_allow_it(
    tmp_path: Path, receiver: Receiver, secret: Path
) -> None:
    receiver.takes.set()
    allowed = settings("", secret, **{"listener.allowed_sinks": f"{receiver.url}/ok"})
    daemon = DaemonProcess(tmp_path / "data", allowed).ready()
    try:
        with daemon.wire() as wire:
            for name, path in (("no", "/okay"), ("yes", "/ok/go")):
                sink: dict[str, Any] = {"workflowStatusListenerSink": f"{receiver.url}{path}"}
                run(wire, listened(name, **sink))
        receiver.until(3)
        assert {path for path, _, _ in receiver.taken} == {"/ok/go"}
    finally:
        daemon.close()
