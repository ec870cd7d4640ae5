"""What is no call at all: lines that are not JSON, or not JSON-RPC, or lose something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.conftest import Start
from tests.daemon.definitions import Row, finish
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Hung, Wire


def submit_line(input: str, id: int = 5) -> bytes:
    params = f'{{"workflow":"any","input":{input}}}'
    text = f'{{"jsonrpc":"2.0","id":{id},"method":"job.submit","params":{params}}}'
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("line", "code", "type"),
    [
        (b"{", -32700, "parseError"),
        (b"hello", -32700, "parseError"),
        (b"\xff\xfe", -32700, "parseError"),
        (b"{'a': 1}", -32700, "parseError"),
        (b"\x00", -32700, "parseError"),
        (b'{"jsonrpc":"2.0","id":1,"method":"system.health"}x', -32700, "parseError"),
        (submit_line("NaN"), -32700, "parseError"),
        (submit_line("Infinity"), -32700, "parseError"),
        (submit_line("1e999"), -32700, "parseError"),
        (submit_line(r'"\ud800"'), -32700, "parseError"),
        (submit_line('"\ud800"'), -32700, "parseError"),
        (submit_line("01"), -32700, "parseError"),
        (submit_line("[" * 100_000), -32700, "parseError"),
        (submit_line("[" * 1_500 + "]" * 1_500), -32700, "parseError"),
        (submit_line("[" * 70 + "]" * 70), -32600, "tooDeep"),
        (submit_line('{"a":' * 70 + "1" + "}" * 70), -32600, "tooDeep"),
        (submit_line('{"a":1,"a":2}'), -32600, "duplicateKey"),
        (submit_line(r'{"a":1,"\u0061":2}'), -32600, "duplicateKey"),
        (submit_line("18446744073709551616"), -32600, "numberTooLarge"),
        (submit_line("-9223372036854775809"), -32600, "numberTooLarge"),
        (submit_line("1" + "0" * 5_000), -32700, "parseError"),
        (b"null", -32600, "invalidRequest"),
        (b"5", -32600, "invalidRequest"),
        (b'"x"', -32600, "invalidRequest"),
        (b"{}", -32600, "invalidRequest"),
        (b'{"jsonrpc":"1.0","id":1,"method":"system.health"}', -32600, "invalidRequest"),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600, "invalidRequest"),
        (b'{"jsonrpc":"2.0","id":{},"method":"system.health"}', -32600, "invalidRequest"),
        (b'{"jsonrpc":"2.0","id":true,"method":"system.health"}', -32600, "invalidRequest"),
        (b'{"jsonrpc":"2.0","id":1,"method":"system.health","params":5}', -32600, "invalidRequest"),
        (b"[]", -32600, "emptyBatch"),
        (b'{"jsonrpc":"2.0","id":1,"method":"system.health","params":[1]}', -32602, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"no.such"}', -32601, "methodNotFound"),
        (b'{"jsonrpc":"2.0","id":1,"method":""}', -32601, "methodNotFound"),
    ],
)
def test_a_bad_line_is_answered_and_nothing_else_happens(
    wire: Wire, line: bytes, code: int, type: str | None
) -> None:
    message = wire.line(line)
    assert message["jsonrpc"] == "2.0"
    error = message["error"]
    assert (error["code"], error["data"]["type"]) == (code, type or "invalidParams")
    assert len(error["message"]) > 10
    assert len(error["message"]) < 500
    assert error["data"]["message"] == error["message"]
    assert wire.call("system.health")["ok"]


def test_an_unknown_method_says_where_to_look(wire: Wire) -> None:
    refused = wire.refusal("job.sumbit")
    assert "rpc.discover" in refused.message
    assert "job.sumbit" in refused.message


def test_whole_numbers_of_64_bits_are_kept_exactly(wire: Wire) -> None:
    row = Row(wire)
    numbers = [2**53 + 1, 2**63 - 1, 2**64 - 1, -(2**63), -(2**53) - 1]
    job = wire.call("job.submit", workflow=row.name, input={"n": numbers})["jobId"]
    assert row.job(job)["input"] == {"n": numbers}
    task = row.take()
    assert task["input"] == {"n": numbers}
    finish(wire, task, {"n": numbers})
    document = row.job(job)
    assert document["output"] == {"n": numbers}
    assert wire.call("job.get", jobId=job, at={"sequence": document["sequence"]}) == document


def test_text_and_floats_are_kept_exactly(wire: Wire) -> None:
    row = Row(wire)
    kept: list[Any] = ["\x00\x1f", "\u2028 é 𝄞 \U0010ffff", "", 0.1, 1e308, -0.0, 5e-324, 1.0]
    job = wire.call("job.submit", workflow=row.name, input={"n": kept, "": {"": []}})["jobId"]
    got = row.job(job)["input"]
    assert json.dumps(got) == json.dumps({"n": kept, "": {"": []}})


def test_numbers_beyond_64_bits_are_refused_in_every_style(wire: Wire) -> None:
    for text in ("18446744073709551616", " 18446744073709551616 ", "[1, 18446744073709551616]"):
        message = wire.line(submit_line(text))
        assert message["error"]["data"]["type"] == "numberTooLarge"
        assert message["id"] == 5
        assert "18446744073709551616" in message["error"]["message"]
        assert "string" in message["error"]["message"]


def test_a_duplicate_key_is_named(wire: Wire) -> None:
    message = wire.line(submit_line('{"amount":1,"amount":2}'))
    assert '"amount"' in message["error"]["message"]
    assert message["id"] == 5


def short_lines(most: int) -> dict[str, int]:
    names = ("rpc.max_line_bytes", "jobs.max_input_bytes", "definitions.max_definition_bytes")
    return dict.fromkeys(names, most)


def test_a_huge_line_is_skipped_and_the_next_is_answered(start: Start) -> None:
    daemon = start(short_lines(100_000)).ready()
    with daemon.checked() as wire, daemon.checked() as other:
        wire.write(submit_line('"' + "x" * 1_000_000 + '"') + b"\n")
        error = wire.read()["error"]
        assert error["data"]["type"] == "lineTooLong"
        assert error["data"]["limit"] == 100_000
        assert wire.call("system.health")["ok"]
        assert other.call("system.health")["ok"]


def test_a_line_without_an_end_does_not_fill_the_memory(start: Start) -> None:
    daemon = start(short_lines(1_000_000)).ready()
    with daemon.wire() as wire, daemon.checked() as other:
        before = _resident_kib(daemon)
        for _ in range(64):
            wire.write(b"x" * 1_000_000)
            assert other.call("system.health")["ok"]
        assert _resident_kib(daemon) - before < 32_000
        assert wire.read()["error"]["data"]["type"] == "lineTooLong"


def _resident_kib(daemon: DaemonProcess) -> int:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    (line,) = [one for one in status.splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1])


def test_a_batch_is_answered_as_one_and_in_its_order(wire: Wire) -> None:
    def request(id: object, method: str, **params: object) -> dict[str, object]:
        return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}

    notification = {"jsonrpc": "2.0", "method": "system.health"}
    members = [
        request("a", "system.health"),
        notification,
        request(2, "no.such"),
        5,
        request(None, "workflow.get", workflow="nobody"),
        request(3, "rpc.discover"),
    ]
    answers = wire.line(json.dumps(members).encode())
    assert [one["id"] for one in answers] == ["a", 2, None, None, 3]
    assert ["error" in one for one in answers] == [False, True, True, True, False]
    assert wire.line(json.dumps([members[0]] * 101).encode())["error"]["data"] == {
        "type": "batchTooLong",
        "message": "a batch has at most 100 members; this one has 101",
        "limit": 100,
    }


def test_a_notification_is_carried_out_and_not_answered(wire: Wire) -> None:
    row = Row(wire)
    submit = {"jsonrpc": "2.0", "method": "job.submit", "params": {"workflow": row.name}}
    wire.write(json.dumps(submit).encode() + b"\n")
    assert row.take()["taskId"]


def test_a_last_line_without_a_newline_is_answered(daemon: DaemonProcess) -> None:
    with daemon.wire() as wire:
        wire.write(b'{"jsonrpc":"2.0","id":9,"method":"system.health"}')
        wire.end_input()
        assert wire.read()["id"] == 9
        with pytest.raises(Hung):
            wire.read()


def test_too_many_connections(start: Start) -> None:
    daemon = start({"rpc.max_connections": 3}).ready()
    wires = [daemon.wire() for _ in range(3)]
    assert all(one.call("system.health")["ok"] for one in wires)
    with daemon.wire() as more:
        error = more.read()["error"]
        assert (error["data"]["type"], error["data"]["limit"]) == ("busy", 3)
        with pytest.raises(Hung):
            more.read()
    wires.pop().close()
    assert all(one.call("system.health")["ok"] for one in wires)
    for one in wires:
        one.close()


def test_hundreds_of_idle_and_half_spoken_clients(daemon: DaemonProcess, wire: Wire) -> None:
    crowd = [daemon.wire() for _ in range(200)]
    for place, one in enumerate(crowd):
        one.write(b'{"jsonrpc":'[: place % 11])
    row = Row(wire)
    job = row.submit()
    finish(wire, row.take(), {"n": 1})
    assert row.job(job)["status"] == "COMPLETED"
    for one in crowd:
        one.close()
    assert wire.call("system.health")["ok"]


def test_a_client_that_never_reads_is_not_kept_in_memory(start: Start) -> None:
    daemon = start({"rpc.max_unread_bytes": 100_000, "rpc.pause_unread_bytes": 50_000}).ready()
    with daemon.wire() as deaf, daemon.checked() as other:
        request = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n'
        deaf._socket.setblocking(False)
        sent = 0
        try:
            while sent < 100_000_000:
                sent += deaf._socket.send(request * 100)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
        assert other.call("system.health")["ok"]
        assert _resident_kib(daemon) < 200_000
