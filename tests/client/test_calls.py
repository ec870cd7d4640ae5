"""Calls: answers, errors, time, and a daemon that comes and goes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import playhead
from config.settings import load
from daemon.operations.calls import ErrorType
from playhead import (
    Busy,
    CallTimedOut,
    Client,
    ConnectionLost,
    DaemonUnreachable,
    InvalidParams,
    NotFound,
    ProtocolError,
    RpcError,
)
from playhead.errors import rpc_error
from playhead.request_ids import CHANGING
from tests.client.daemons import ScriptedDaemon, error


async def test_an_answer_is_the_result(client: Client, daemon: ScriptedDaemon) -> None:
    daemon.handlers["workflow.get"] = lambda params, _: {"name": params["workflow"]}
    assert await client.get_workflow("greet") == {"name": "greet"}


async def test_only_what_was_given_is_sent(client: Client, daemon: ScriptedDaemon) -> None:
    daemon.handlers["job.submit"] = lambda _, __: {"jobId": "j-1"}
    assert await client.submit_job("greet", version="$LIVE", request_id="r") == "j-1"
    assert await client.submit_job("greet", version=3, input={"a": None}, request_id="r") == "j-1"
    assert daemon.asked("job.submit") == [
        {"workflow": "greet", "version": {"tag": "$LIVE"}, "requestId": "r"},
        {
            "workflow": "greet",
            "version": {"versionNumber": 3},
            "input": {"a": None},
            "requestId": "r",
        },
    ]


@pytest.mark.parametrize("type", list(ErrorType))
async def test_every_error_of_the_daemon_has_its_own_class(
    client: Client, daemon: ScriptedDaemon, type: ErrorType
) -> None:
    daemon.handlers["job.get"] = lambda _, __: error(type, "because", errors=[])
    patient = Client(client.socket, reconnect_seconds=0)
    with pytest.raises(RpcError, match="because") as caught:
        await patient.get_job("j-1")
    assert caught.value.type == type.word
    assert caught.value.code == type.code
    assert caught.value.__class__ is not RpcError
    assert getattr(playhead, caught.value.__class__.__name__) is caught.value.__class__
    await patient.close()


def test_an_error_of_a_later_release_is_still_an_rpc_error() -> None:
    caught = rpc_error({"code": 4711, "message": "new", "data": {"type": "brandNew"}})
    assert (type(caught), caught.type, caught.code) == (RpcError, "brandNew", 4711)
    assert type(rpc_error({"code": -32603, "message": "bare"})) is RpcError


async def test_errors_are_the_builtins_that_one_expects(
    client: Client, daemon: ScriptedDaemon
) -> None:
    daemon.handlers["job.get"] = lambda _, __: error(ErrorType.NOT_FOUND, "no job")
    daemon.handlers["job.list"] = lambda _, __: error(ErrorType.INVALID_PARAMS, "no limit")
    with pytest.raises(LookupError) as missing:
        await client.get_job("j-1")
    with pytest.raises(ValueError, match="no limit") as invalid:
        await client.list_jobs(limit=0)
    assert (type(missing.value), type(invalid.value)) == (NotFound, InvalidParams)


async def test_many_calls_share_one_connection(client: Client, daemon: ScriptedDaemon) -> None:
    daemon.handlers["task.get"] = lambda _, __: None
    calls = [asyncio.create_task(client.get_task(f"t-{n}")) for n in range(100)]
    await daemon.until(lambda: len(daemon.waiting) == 100)
    for number, reply in reversed(list(enumerate(daemon.waiting))):
        reply({"taskId": daemon.asked("task.get")[number]["taskId"]})
    answers = await asyncio.gather(*calls)
    assert [each["taskId"] for each in answers] == [f"t-{n}" for n in range(100)]
    assert len(daemon.peers) == 1


async def test_a_call_that_takes_too_long_says_so(client: Client, daemon: ScriptedDaemon) -> None:
    daemon.handlers["job.get"] = lambda _, __: None
    with pytest.raises(CallTimedOut, match=r"job\.get did not come within 0\.01 seconds"):
        await client.call("job.get", {"jobId": "j"}, timeout_seconds=0.01)
    daemon.handlers["job.get"] = lambda _, __: {"late": False}
    assert await client.call("job.get") == {"late": False}
    daemon.waiting[0]({"late": True})
    assert await client.call("job.get") == {"late": False}


async def test_nobody_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable, match="No such file") as caught:
        async with Client(tmp_path / "none.sock"):
            raise AssertionError("unreachable")
    assert str(tmp_path / "none.sock") in str(caught.value)
    assert isinstance(caught.value, ConnectionError)


async def test_a_change_is_made_again_with_the_same_request_id(
    client: Client, daemon: ScriptedDaemon
) -> None:
    daemon.handlers["job.submit"] = lambda _, __: None
    submit = asyncio.create_task(client.submit_job("greet"))
    await daemon.until(lambda: daemon.waiting)
    await daemon.stop()
    daemon.handlers["job.submit"] = lambda _, __: {"jobId": "j-1"}
    await asyncio.sleep(0.05)
    await daemon.start()
    assert await submit == "j-1"
    first, second = daemon.asked("job.submit")
    assert first == second
    assert len(first["requestId"]) <= 128


async def test_every_changing_call_has_a_request_id_of_its_own(
    client: Client, daemon: ScriptedDaemon
) -> None:
    for method in sorted(CHANGING):
        daemon.handlers[method] = lambda _, __: {}
        await client.call(method, {"x": 1})
        await client.call(method, {"x": 1, "requestId": "mine"})
        await client.call(method, {"x": 1}, once=False)
    ids = [params.get("requestId") for _, params in daemon.calls]
    assert ids[1::3] == ["mine"] * len(CHANGING)
    assert ids[2::3] == [None] * len(CHANGING)
    assert len(set(ids[0::3])) == len(CHANGING)


async def test_a_call_that_cannot_be_repeated_says_that_its_outcome_is_unknown(
    client: Client, daemon: ScriptedDaemon
) -> None:
    daemon.handlers["system.backup"] = lambda _, __: None
    backup = asyncio.create_task(client.call("system.backup", {"path": "/b"}))
    await daemon.until(lambda: daemon.waiting)
    await daemon.stop()
    with pytest.raises(ConnectionLost, match="unknown"):
        await backup
    assert len(daemon.calls) == 1


async def test_a_call_waits_for_a_daemon_that_is_away_but_not_for_ever(
    daemon: ScriptedDaemon,
) -> None:
    daemon.handlers["job.get"] = lambda _, __: {}
    async with Client(daemon.path, reconnect_seconds=0.05) as client:
        await daemon.stop()
        with pytest.raises(DaemonUnreachable):
            await client.get_job("j-1")
        await daemon.start()
        assert await client.call("job.get", {"jobId": "j-1"}) == {}


async def test_busy_is_tried_again(client: Client, daemon: ScriptedDaemon) -> None:
    answers: list[Any] = [error(ErrorType.BUSY, "later"), error(ErrorType.STOPPING, "bye"), {}]
    daemon.handlers["job.pause"] = lambda _, __: answers.pop(0)
    assert await client.call("job.pause", {"jobId": "j-1"}) == {}
    assert len({params["requestId"] for params in daemon.asked("job.pause")}) == 1


async def test_a_daemon_that_stays_busy_is_an_error(daemon: ScriptedDaemon) -> None:
    daemon.handlers["job.get"] = lambda _, __: error(ErrorType.BUSY, "later")
    async with Client(daemon.path, reconnect_seconds=0.05) as client:
        with pytest.raises(Busy):
            await client.get_job("j-1")


async def test_an_error_about_no_call_in_particular_ends_all_of_them(
    client: Client, daemon: ScriptedDaemon
) -> None:
    daemon.handlers["job.get"] = lambda _, __: None
    waiting = asyncio.create_task(client.get_job("j-1"))
    await daemon.until(lambda: daemon.waiting)
    with pytest.raises(RpcError, match="at most"):
        await client.call("job.get", {"x": "y" * load().rpc.max_line_bytes})
    with pytest.raises(RpcError, match="at most"):
        await waiting


async def test_what_is_no_daemon_is_told_apart(tmp_path: Path) -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(babble, tmp_path / "web.sock")
    async with Client(tmp_path / "web.sock") as client:
        with pytest.raises(ProtocolError, match="HTTP"):
            await client.get_job("j-1")
    server.close()


async def test_close_twice_and_before_use(daemon: ScriptedDaemon) -> None:
    await Client(daemon.path).close()
    client = Client(daemon.path)
    await client.connect()
    await client.close()
    await client.close()


async def test_a_cancelled_call_leaves_nothing_behind(
    client: Client, daemon: ScriptedDaemon
) -> None:
    daemon.handlers["job.get"] = lambda _, __: None
    waiting = asyncio.create_task(client.get_job("j-1"))
    await daemon.until(lambda: daemon.waiting)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    daemon.handlers["job.get"] = lambda _, __: {"jobId": "j-2"}
    daemon.waiting[0]({"jobId": "j-1"})
    assert await client.call("job.get", {"jobId": "j-2"}) == {"jobId": "j-2"}
