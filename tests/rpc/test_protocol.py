"""JSON-RPC 2.0 to the letter; the examples of its specification among them."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from typing import Any

import pytest

from tests.rpc.fakes import FakeService, RawPeer


async def test_a_call_is_answered_with_its_id(peer: RawPeer, service: FakeService) -> None:
    answer = await peer.call("echo", {"a": [1, None, "ä"]}, id="x")
    assert answer == {"jsonrpc": "2.0", "id": "x", "result": {"params": {"a": [1, None, "ä"]}}}
    assert service.calls == [("echo", {"a": [1, None, "ä"]})]


@pytest.mark.parametrize("id", [0, -7, 1.5, "", "1", None, 2**63, 2**64 - 1])
async def test_ids_come_back_as_they_were(peer: RawPeer, id: Any) -> None:
    answer = await peer.call("echo", id=id)
    assert (answer["id"], type(answer["id"])) == (id, type(id))


async def test_no_parameters_are_none_and_so_is_an_empty_list(
    peer: RawPeer, service: FakeService
) -> None:
    await peer.ask('{"jsonrpc":"2.0","id":1,"method":"echo"}')
    await peer.ask('{"jsonrpc":"2.0","id":1,"method":"echo","params":[]}')
    await peer.ask('{"jsonrpc":"2.0","id":1,"method":"echo","params":{}}')
    assert service.calls == [("echo", None), ("echo", None), ("echo", {})]


async def test_parameters_by_position_are_refused(peer: RawPeer, service: FakeService) -> None:
    answer = await peer.call("echo", [1, 2])
    assert answer["error"]["code"] == -32602
    assert answer["error"]["data"]["type"] == "invalidParams"
    assert service.calls == []


async def test_an_operations_error_comes_with_its_data(peer: RawPeer) -> None:
    answer = await peer.call("refuse", {})
    assert answer["error"] == {
        "code": 1001,
        "message": "no job j-1",
        "data": {"type": "notFound", "message": "no job j-1", "jobId": "j-1"},
    }


async def test_an_unknown_method_is_the_services_to_refuse(peer: RawPeer) -> None:
    assert (await peer.call("foobar"))["error"]["code"] == -32601


async def test_a_notification_is_never_answered(peer: RawPeer, service: FakeService) -> None:
    peer.send(b'{"jsonrpc":"2.0","method":"echo","params":{}}\n')
    peer.send(b'{"jsonrpc":"2.0","method":"foobar"}\n')
    peer.send(b'{"jsonrpc":"2.0","method":"echo","params":[1]}\n')
    assert (await peer.call("echo", id="next"))["id"] == "next"
    assert [method for method, _ in service.calls] == ["echo", "foobar", "echo"]


@pytest.mark.parametrize(
    ("request_text", "id"),
    [
        ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}', None),
        ('{"foo": "boo"}', None),
        ('{"jsonrpc": "2.0", "id": 4}', 4),
        ('{"jsonrpc": "1.0", "id": 4, "method": "echo"}', 4),
        ('{"jsonrpc": 2.0, "id": 4, "method": "echo"}', 4),
        ('{"id": 4, "method": "echo"}', 4),
        ('{"jsonrpc": "2.0", "id": 4, "method": "echo", "params": null}', 4),
        ('{"jsonrpc": "2.0", "id": 4, "method": "echo", "params": "x"}', 4),
        ('{"jsonrpc": "2.0", "id": true, "method": "echo"}', None),
        ('{"jsonrpc": "2.0", "id": {}, "method": "echo"}', None),
        ('{"jsonrpc": "2.0", "id": [1], "method": "echo"}', None),
        ("1", None),
        ('"echo"', None),
        ("null", None),
    ],
)
async def test_what_is_no_request_is_refused(
    peer: RawPeer, service: FakeService, request_text: str, id: Any
) -> None:
    answer = await peer.ask(request_text)
    assert answer["jsonrpc"] == "2.0"
    assert answer["id"] == id
    assert answer["error"]["code"] == -32600
    assert answer["error"]["data"]["type"] == "invalidRequest"
    assert service.calls == []


async def test_a_batch_is_answered_once_in_the_order_of_its_members(peer: RawPeer) -> None:
    answers = await peer.ask(
        """[{"jsonrpc": "2.0", "method": "echo", "params": {"a": 1}, "id": "1"},
            {"jsonrpc": "2.0", "method": "echo", "params": {"hello": 7}},
            {"jsonrpc": "2.0", "method": "refuse", "id": "2"},
            {"foo": "boo"},
            {"jsonrpc": "2.0", "method": "foobar", "id": "5"},
            {"jsonrpc": "2.0", "method": "whoami", "id": "9"}]""".replace("\n", " ")
    )
    assert [each["id"] for each in answers] == ["1", "2", None, "5", "9"]
    assert [each.get("error", {}).get("code") for each in answers] == [
        None,
        1001,
        -32600,
        -32601,
        None,
    ]


async def test_a_batch_waits_for_its_slowest_member(peer: RawPeer, service: FakeService) -> None:
    batch = [
        {"jsonrpc": "2.0", "method": "wait", "id": 1},
        {"jsonrpc": "2.0", "method": "echo", "id": 2},
        {"jsonrpc": "2.0", "method": "wait"},
    ]
    peer.send(json.dumps(batch).encode() + b"\n")
    await service.until(lambda: len(service.waiting) == 2)
    assert (await peer.call("echo", id="meanwhile"))["id"] == "meanwhile"
    service.waiting[0]({"late": True})
    service.waiting[1]({})
    answers = await peer.receive()
    assert [each["id"] for each in answers] == [1, 2]
    assert answers[0]["result"] == {"late": True}


async def test_an_empty_batch_is_one_error(peer: RawPeer) -> None:
    answer = await peer.ask("[]")
    assert (answer["id"], answer["error"]["code"]) == (None, -32600)


@pytest.mark.parametrize("members", [1, 3])
async def test_a_batch_of_invalid_members_has_an_error_for_each(
    peer: RawPeer, members: int
) -> None:
    answers = await peer.ask(json.dumps(list(range(members))))
    assert [(each["id"], each["error"]["code"]) for each in answers] == [(None, -32600)] * members


async def test_a_batch_of_notifications_is_not_answered(peer: RawPeer) -> None:
    peer.send(b'[{"jsonrpc":"2.0","method":"echo"},{"jsonrpc":"2.0","method":"nope"}]\n')
    assert (await peer.call("echo", id="next"))["id"] == "next"


async def test_answers_come_when_they_are_ready(peer: RawPeer, service: FakeService) -> None:
    peer.send(b'{"jsonrpc":"2.0","method":"wait","id":1}\n')
    assert (await peer.call("echo", id=2))["id"] == 2
    service.waiting[0]({"done": 1})
    assert await peer.receive() == {"jsonrpc": "2.0", "id": 1, "result": {"done": 1}}


async def test_a_second_answer_to_one_request_is_a_bug(peer: RawPeer, service: FakeService) -> None:
    peer.send(b'{"jsonrpc":"2.0","method":"wait","id":1}\n{"jsonrpc":"2.0","method":"wait"}\n')
    await service.until(lambda: len(service.waiting) == 2)
    for reply in service.waiting:
        reply({})
        with pytest.raises(RuntimeError, match="answered already"):
            reply({})


async def test_discover_is_the_operations_table(peer: RawPeer, service: FakeService) -> None:
    assert (await peer.call("rpc.discover"))["result"] == {"openrpc": "1.3.2"}
    assert service.calls == []


async def test_the_actor_is_who_the_kernel_says(peer: RawPeer) -> None:
    uid = os.getuid()
    actor = (await peer.call("whoami"))["result"]["actor"]
    assert actor == f"uid:{uid}/{pwd.getpwuid(uid).pw_name}"


async def test_every_connection_is_a_session_of_its_own(connect: Any) -> None:
    peers = [await connect() for _ in range(3)]
    sessions = {(await each.call("whoami"))["result"]["session"] for each in peers}
    assert len(sessions) == 3
    again = (await peers[0].call("whoami"))["result"]["session"]
    assert again in sessions


async def test_a_result_json_cannot_carry_is_an_internal_error(peer: RawPeer) -> None:
    answer = await peer.call("unencodable")
    assert answer["error"]["code"] == -32603
    batch = await peer.ask(
        '[{"jsonrpc":"2.0","method":"echo","id":1},{"jsonrpc":"2.0","method":"unencodable","id":2}]'
    )
    assert [each["id"] for each in batch] == [1, 2]
    assert "result" in batch[0]
    assert batch[1]["error"]["code"] == -32603


async def test_the_weight_of_a_call_is_its_size(peer: RawPeer, service: FakeService) -> None:
    text = b'{"jsonrpc":"2.0","id":1,"method":"echo"}'
    await peer.ask(text)
    await peer.ask(b"[" + text + b"," + text + b"]")
    assert service.weights == [len(text), *[(2 * len(text) + 3) // 2] * 2]


async def test_the_service_learns_that_a_peer_is_gone(peer: RawPeer, service: FakeService) -> None:
    await peer.call("echo")
    await peer.close()
    await service.until(lambda: service.left)
    assert service.left == service.peers[:1]


async def test_hundreds_of_calls_in_one_write_are_all_answered(peer: RawPeer) -> None:
    one = '{{"jsonrpc":"2.0","id":{},"method":"echo","params":{{"n":{}}}}}\n'
    peer.send("".join(one.format(n, n) for n in range(500)).encode())
    answers = [await peer.receive() for _ in range(500)]
    assert [each["result"]["params"]["n"] for each in answers] == list(range(500))


async def test_notifications_of_the_service_reach_the_peer(
    peer: RawPeer, service: FakeService
) -> None:
    await peer.call("echo")
    assert service.peers[0].notify("events.event", {"subscription": "s", "event": {}})
    assert await peer.receive() == {
        "jsonrpc": "2.0",
        "method": "events.event",
        "params": {"subscription": "s", "event": {}},
    }
    await peer.close()
    await service.until(lambda: service.left)
    assert not service.peers[0].notify("events.event", {})


async def test_writes_of_one_turn_travel_together(
    peer: RawPeer, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await peer.call("echo")
    connection: Any = service.peers[0]
    writes: list[bytes] = []
    monkeypatch.setattr(connection._outbox, "_transport", Recording(writes))
    for number in range(3):
        service.peers[0].notify("n", {"number": number})
    await asyncio.sleep(0)
    assert [write.count(b"\n") for write in writes] == [3]


class Recording:
    """Stands for the transport."""

    def __init__(self, writes: list[bytes]) -> None:
        self.write = writes.append

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0
