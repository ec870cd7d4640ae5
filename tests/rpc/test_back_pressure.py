"""Peers that ask too much, read too little, or leave."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from daemon.rpc import RpcServer
from tests.rpc.conftest import with_limits
from tests.rpc.fakes import FakeService, RawPeer

KIB = 1024


def blob(id: int, size: int) -> bytes:
    request = {"jsonrpc": "2.0", "id": id, "method": "blob", "params": {"bytes": size}}
    return json.dumps(request).encode() + b"\n"


class DeafPeer:
    """Sends and never reads; with as small a buffer as the system allows."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self.socket.connect(str(path))
        self.socket.setblocking(False)

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)


@with_limits(max_connections=2)
async def test_connections_beyond_the_limit_are_turned_away(connect: Any) -> None:
    first, second = await connect(), await connect()
    await first.call("echo")
    await second.call("echo")
    third = await connect()
    answer = json.loads(await third.ended())
    assert answer["error"]["data"]["type"] == "busy"
    assert answer["error"]["data"]["retryable"] is True
    assert (await first.call("echo", id=5))["id"] == 5


@with_limits(max_connections=1)
async def test_a_place_is_free_again_when_a_peer_leaves(connect: Any, service: FakeService) -> None:
    first = await connect()
    await first.call("echo")
    await first.close()
    await service.until(lambda: service.left)
    second = await connect()
    assert (await second.call("echo", id=2))["id"] == 2
    assert len(service.left) == 1


@with_limits(pause_unread_bytes=64 * KIB)
async def test_a_peer_that_does_not_read_is_not_read_from(
    server: RpcServer, service: FakeService
) -> None:
    deaf = DeafPeer(server.path)
    sent = asyncio.create_task(deaf.send(b"".join(blob(n, 32 * KIB) for n in range(20_000))))
    await service.until(lambda: len(service.calls) > 1)
    handled = -1
    while handled != len(service.calls):
        handled = len(service.calls)
        await asyncio.sleep(0.05)
    assert handled < 20_000
    assert not sent.done()
    sent.cancel()
    with suppress(asyncio.CancelledError):
        await sent
    deaf.socket.close()
    await service.until(lambda: service.left)


@with_limits(pause_unread_bytes=64 * KIB, max_unread_bytes=128 * KIB)
async def test_a_peer_that_reads_may_send_as_many_calls_as_it_likes(peer: RawPeer) -> None:
    peer.send(b"".join(blob(n, 32 * KIB) for n in range(500)))
    assert [(await peer.receive())["id"] for _ in range(500)] == list(range(500))


@with_limits(max_in_flight=10, half_closed_check_seconds=0.01)
async def test_a_peer_that_dies_while_nothing_is_read_from_it_is_found_gone(
    connect: Any, service: FakeService
) -> None:
    peer = await connect()
    peer.send(b'{"jsonrpc":"2.0","id":1,"method":"wait"}\n' * 20)
    await service.until(lambda: len(service.waiting) == 10)
    await peer.close()
    await service.until(lambda: service.left)
    assert len(service.calls) == 10


@with_limits(max_unread_bytes=256 * KIB)
async def test_answers_to_a_peer_that_does_not_read_end_it(
    server: RpcServer, service: FakeService
) -> None:
    deaf = DeafPeer(server.path)
    await deaf.send(b'{"jsonrpc":"2.0","id":1,"method":"wait"}\n' * 100)
    await service.until(lambda: len(service.waiting) == 100)
    for reply in service.waiting:
        reply({"blob": "x" * 32 * KIB})
    await service.until(lambda: service.left)
    assert server.counters()["refusals"] == {"doesNotRead": 1}
    deaf.socket.close()


@with_limits(max_unread_bytes=128 * KIB)
async def test_one_answer_may_be_longer_than_what_may_lie_unread(peer: RawPeer) -> None:
    peer.send(blob(1, 2 * 1024 * KIB))
    assert len((await peer.receive())["result"]["blob"]) == 2 * 1024 * KIB


@with_limits(max_unread_bytes=128 * KIB)
async def test_events_beyond_the_limit_are_not_taken_and_the_notice_after_is(
    server: RpcServer, service: FakeService
) -> None:
    deaf = DeafPeer(server.path)
    await deaf.send(b'{"jsonrpc":"2.0","id":1,"method":"echo"}\n')
    await service.until(lambda: service.peers)
    peer = service.peers[0]
    taken = 0
    while peer.notify("events.event", {"number": taken, "blob": "x" * 8 * KIB}):
        taken += 1
        await asyncio.sleep(0)
    assert 8 < taken < 200
    assert peer.notify("events.lagging", {"resumeAfter": taken})
    assert not peer.notify("events.event", {"number": "of another subscription"})
    read = b""
    deaf.socket.setblocking(True)
    while b"lagging" not in read:
        read += await asyncio.to_thread(deaf.socket.recv, 1024 * KIB)
    lines = [json.loads(line) for line in read.splitlines()]
    assert [line["params"]["number"] for line in lines[1:-1]] == list(range(taken))
    assert lines[-1]["params"] == {"resumeAfter": taken}
    deaf.socket.close()


@with_limits(max_in_flight=10)
async def test_calls_beyond_those_in_flight_wait(peer: RawPeer, service: FakeService) -> None:
    peer.send(b'{"jsonrpc":"2.0","id":1,"method":"wait"}\n' * 10)
    await service.until(lambda: len(service.waiting) == 10)
    peer.send(b'{"jsonrpc":"2.0","id":2,"method":"echo"}\n')
    await asyncio.sleep(0.05)
    assert len(service.calls) == 10
    service.waiting[0]({})
    assert (await peer.receive())["id"] == 1
    assert (await peer.receive())["id"] == 2


async def test_a_peer_that_sends_no_more_gets_its_answers(
    peer: RawPeer, service: FakeService
) -> None:
    peer.send(b'{"jsonrpc":"2.0","id":1,"method":"wait"}\n')
    peer.writer.write_eof()
    await service.until(lambda: service.waiting)
    await asyncio.sleep(0.01)
    assert service.left == []
    service.waiting[0]({"late": True})
    assert json.loads(await peer.ended())["result"] == {"late": True}
    await service.until(lambda: service.left)


async def test_a_peer_that_dies_while_its_call_waits_is_gone_at_once(
    connect: Any, service: FakeService
) -> None:
    peer = await connect()
    peer.send(b'{"jsonrpc":"2.0","id":1,"method":"wait"}\n')
    await service.until(lambda: service.waiting)
    peer.writer.transport.abort()
    await service.until(lambda: service.left)
    service.waiting[0]({"too": "late"})


@with_limits(half_closed_check_seconds=0.01)
async def test_a_peer_that_dies_after_it_stopped_sending_is_found_gone(
    connect: Any, service: FakeService
) -> None:
    peer = await connect()
    peer.send(b'{"jsonrpc":"2.0","id":1,"method":"wait"}\n')
    peer.writer.write_eof()
    await service.until(lambda: service.waiting)
    await asyncio.sleep(0.03)
    assert service.left == []
    peer.writer.transport.abort()
    await service.until(lambda: service.left)


async def test_close_answers_what_runs_and_reads_no_more(
    peer: RawPeer, service: FakeService, server: RpcServer
) -> None:
    peer.send(b'{"jsonrpc":"2.0","id":1,"method":"wait"}\n')
    await service.until(lambda: service.waiting)
    closing = asyncio.create_task(server.close(grace_seconds=10))
    await asyncio.sleep(0)
    peer.send(b'{"jsonrpc":"2.0","id":2,"method":"echo"}\n')
    await asyncio.sleep(0.01)
    service.waiting[0]({"done": True})
    await closing
    assert [json.loads(line)["id"] for line in (await peer.ended()).splitlines()] == [1]
    assert len(service.left) == 1
    assert not server.path.exists()


async def test_close_does_not_wait_for_ever(
    peer: RawPeer, service: FakeService, server: RpcServer
) -> None:
    peer.send(b'{"jsonrpc":"2.0","id":1,"method":"wait"}\n')
    await service.until(lambda: service.waiting)
    await server.close(grace_seconds=0.01)
    assert await peer.ended() == b""
    assert len(service.left) == 1
