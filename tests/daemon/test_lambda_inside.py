"""The seed page's definition against an emulated Lambda function."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.daemon.conftest import Start
from tests.daemon.definitions import example
from tests.daemon.test_step_executors import ended, registered, steps

pytest.importorskip("aiobotocore", reason="the extra playhead[aws] is not installed")


class Invocations(BaseHTTPRequestHandler):
    """Answers as Lambda's Invoke does: `data` is the name of the function."""

    events: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.events.append(json.loads(self.rfile.read(length)))
        body = json.dumps({"data": self.path.split("/")[3].rpartition("%3A")[2]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Invocations)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_seed_pages_definition_runs_on_a_function(start: Start, endpoint: str) -> None:
    daemon = start({"aws.enabled": "true", "aws.endpoint": endpoint}).ready()
    with daemon.checked() as wire:
        name = registered(wire, example("my-workflow.json"))
        job = wire.call("job.submit", workflow=name, input={})["jobId"]
        document = ended(wire, job)
        assert (document["status"], document["reason"]) == ("COMPLETED", None)
        assert document["output"]["data"].endswith("fetch-data")
        [event] = Invocations.events
        assert event["__jobContext"]["jobId"] == job

        lacking = steps("lacking", "/justworkflowit/aws/lambda", region="us-east-1")
        found = wire.call("version.validate", definition=lacking)
        assert "must have required property 'accountId'" in found["errors"][0]["message"]
