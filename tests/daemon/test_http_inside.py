"""HTTP tasks of a daemon of its own process, against a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.daemon.conftest import Start
from tests.daemon.test_step_executors import ended


class Answers(BaseHTTPRequestHandler):
    """Gives back what it was sent; ``/broken`` fails."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def called(name: str, uri: str) -> dict[str, Any]:
    request = {"uri": uri, "method": "POST", "body": {"value": "${workflow.input.value}"}}
    task = {
        "name": name,
        "taskReferenceName": "call",
        "type": "HTTP",
        "inputParameters": {"http_request": request},
    }
    return {"name": name, "version": 1, "tasks": [task]}


def test_an_answer_is_recorded_and_a_bad_one_fails_the_job(start: Start, address: str) -> None:
    daemon = start({"http_tasks.allow_loopback": "true"}).ready()
    with daemon.checked() as wire:
        for name, path in (("calls", "/echo"), ("calls-in-vain", "/broken")):
            wire.call("version.add", definition=called(name, address + path))
        good = wire.call("job.submit", workflow="calls", input={"value": 7})["jobId"]
        bad = wire.call("job.submit", workflow="calls-in-vain", input={"value": 7})["jobId"]
        answer = ended(wire, good)["output"]["response"]
        assert (answer["statusCode"], answer["body"]) == (200, {"value": 7})
        assert answer["headers"]["Content-Type"] == ["application/json"]
        document = ended(wire, bad)
        assert document["status"] == "FAILED"
        assert json.dumps({"value": 7}, separators=(",", ":")) in document["output"]["response"]
