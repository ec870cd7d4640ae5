"""Whatever is sent: a clear error, never a dead daemon."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.operations.strict_json import LossyJson, NotJson, parse
from daemon.rpc import RpcServer
from daemon.rpc.framing import LineSplitter, Oversize
from tests.rpc.conftest import with_limits
from tests.rpc.fakes import FakeService, RawPeer


def call_with(params: str, id: str = "7") -> str:
    return f'{{"jsonrpc":"2.0","id":{id},"method":"echo","params":{params}}}'


async def still_works(peer: RawPeer) -> bool:
    return bool((await peer.call("echo", id="still"))["id"] == "still")


@pytest.mark.parametrize(
    "text",
    [
        b'{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
        b'[{"jsonrpc": "2.0", "method": "sum", "id": "1"},{"jsonrpc": "2.0", "method"]',
        b"{",
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        call_with('{"x":NaN}').encode(),
        call_with('{"x":Infinity}').encode(),
        call_with('{"x":-Infinity}').encode(),
        call_with('{"x":1e999}').encode(),
        call_with('{"x":"\\ud800"}').encode(),
        call_with('{"\\udc00":1}').encode(),
        call_with('{"x":"a\x00b"}').encode(),
        call_with("{'x':1}").encode(),
        call_with('{"x":1,}').encode(),
        call_with('{"x":01}').encode(),
        b"\xef\xbb\xbf" + call_with("{}").encode(),
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        call_with("{}").encode() + call_with("{}").encode(),
    ],
)
async def test_what_is_not_json_is_a_parse_error(
    peer: RawPeer, service: FakeService, text: bytes
) -> None:
    answer = await peer.ask(text)
    assert (answer["id"], answer["error"]["code"]) == (None, -32700)
    assert answer["error"]["data"]["type"] == "parseError"
    assert service.calls == []
    assert await still_works(peer)


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ('{"a":1,"a":2}', "a"),
        ('{"a":1,"b":[{"x":{"same":1,"other":2,"same":1}}]}', "same"),
        ('{"a":1,"\\u0061":1}', "a"),
        ('{"":1,"":2}', ""),
    ],
)
async def test_a_key_that_stands_twice_is_refused_by_its_name(
    peer: RawPeer, service: FakeService, params: str, key: str
) -> None:
    answer = await peer.ask(call_with(params))
    assert (answer["id"], answer["error"]["code"]) == (7, -32600)
    assert answer["error"]["data"]["type"] == "duplicateKey"
    assert json.dumps(key) in answer["error"]["message"]
    assert service.calls == []


async def test_a_double_id_is_not_answered_with_either(peer: RawPeer) -> None:
    answer = await peer.ask('{"jsonrpc":"2.0","id":1,"id":2,"method":"echo"}')
    assert (answer["id"], answer["error"]["data"]["type"]) == (None, "duplicateKey")


@pytest.mark.parametrize("digits", [str(2**64), str(-(2**63) - 1), "9" * 300])
async def test_an_integer_beyond_64_bits_is_refused_with_a_sentence(
    peer: RawPeer, service: FakeService, digits: str
) -> None:
    answer = await peer.ask(call_with(f'{{"x":{digits}}}'))
    assert (answer["id"], answer["error"]["code"]) == (7, -32600)
    assert answer["error"]["data"]["type"] == "numberTooLarge"
    assert "does not fit 64 bits" in answer["error"]["message"]
    assert len(answer["error"]["message"]) < 200
    assert service.calls == []


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64 - 1, -(2**63), -(2**53) - 1])
async def test_integers_of_64_bits_are_kept_exactly(
    peer: RawPeer, service: FakeService, number: int
) -> None:
    answer = await peer.ask(call_with(f'{{ "x": {number} }}'))
    assert answer["result"]["params"]["x"] == number
    assert service.calls[0][1]["x"] == number


def nested(depth: int) -> str:
    """A request that is ``depth`` deep, itself counted."""
    return call_with('{"x":' + "[" * (depth - 2) + "]" * (depth - 2) + "}")


async def test_nesting_beyond_the_limit_is_refused(peer: RawPeer, service: FakeService) -> None:
    assert "result" in await peer.ask(nested(64))
    answer = await peer.ask(nested(65))
    assert (answer["id"], answer["error"]["code"]) == (7, -32600)
    assert answer["error"]["data"]["type"] == "tooDeep"
    assert "64" in answer["error"]["message"]
    assert len(service.calls) == 1


async def test_many_brackets_side_by_side_are_not_deep(peer: RawPeer) -> None:
    answer = await peer.ask(call_with('{"x":[' + ",".join(["[]", "{}"] * 500) + "]}"))
    assert len(answer["result"]["params"]["x"]) == 1000


@with_limits(max_line_bytes=2000)
async def test_a_line_that_is_too_long_is_skipped_to_its_end(
    peer: RawPeer, server: RpcServer
) -> None:
    peer.send(b'{"jsonrpc":"2.0","id":1,"method":"echo","params":{"x":"' + b"x" * 10_000)
    answer = await peer.receive()
    assert (answer["id"], answer["error"]["code"]) == (None, -32600)
    assert answer["error"]["data"] == {
        "type": "lineTooLong",
        "message": answer["error"]["message"],
        "limit": 2000,
    }
    peer.send(b'"}}\n')
    assert await still_works(peer)
    assert server.counters()["refusals"] == {"lineTooLong": 1}


@with_limits(max_line_bytes=2000)
async def test_the_longest_line_is_still_read(peer: RawPeer) -> None:
    empty = call_with('{"x":""}')
    text = call_with('{"x":"' + "y" * (2000 - len(empty)) + '"}')
    assert len(text) == 2000
    assert "result" in await peer.ask(text)
    assert (await peer.ask(text + " "))["error"]["data"]["type"] == "lineTooLong"


@with_limits(max_batch=3)
async def test_a_batch_that_is_too_long_is_refused_whole(
    peer: RawPeer, service: FakeService
) -> None:
    member = call_with("{}")
    assert len(await peer.ask(f"[{member},{member},{member}]")) == 3
    answer = await peer.ask(f"[{member},{member},{member},{member}]")
    assert (answer["id"], answer["error"]["data"]["type"]) == (None, "batchTooLong")
    assert len(service.calls) == 3


async def test_empty_lines_and_carriage_returns_are_no_requests(peer: RawPeer) -> None:
    peer.send(b"\n\r\n  \n\n")
    assert (await peer.ask(call_with("{}").encode() + b"\r"))["id"] == 7


async def test_a_request_in_many_pieces_is_one_request(peer: RawPeer) -> None:
    for byte in call_with('{"x":"ä"}').encode():
        peer.send(bytes([byte]))
        await asyncio.sleep(0)
    peer.send(b"\n")
    assert (await peer.receive())["result"]["params"] == {"x": "ä"}


async def test_half_a_line_before_the_end_is_a_parse_error(
    peer: RawPeer, service: FakeService
) -> None:
    peer.send(call_with("{}").encode()[:-1])
    peer.writer.write_eof()
    (line,) = (await peer.ended()).splitlines()
    assert json.loads(line)["error"]["code"] == -32700
    assert service.calls == []


async def test_a_last_line_without_newline_is_answered(peer: RawPeer) -> None:
    peer.send(call_with("{}").encode())
    peer.writer.write_eof()
    (line,) = (await peer.ended()).splitlines()
    assert json.loads(line)["id"] == 7


async def test_refused_lines_are_counted(peer: RawPeer, server: RpcServer) -> None:
    for text in ("{", "[]", "1", call_with('{"a":1,"a":1}')):
        await peer.ask(text)
    assert server.counters() == {
        "connections": 1,
        "refusals": {"parseError": 1, "emptyBatch": 1, "invalidRequest": 1, "duplicateKey": 1},
    }


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=json_values, ascii=st.booleans(), indent=st.sampled_from([None, 0]))
def test_whatever_is_json_is_kept_as_it_is(value: Any, ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii, indent=indent).encode()
    read = parse(text, max_depth=64)
    assert json.dumps(read) == json.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        '{"a b": 1, "a b": 1}',
        '{ "a": [1, 2],\n  "a": [1, 2] }',
        '{"a":" ","a":""}',
        '{"a b": 1, "ab": 18446744073709551616}',
        "[ 1e2, -9223372036854775809 ]",
    ],
)
def test_blanks_hide_nothing(text: str) -> None:
    with pytest.raises(LossyJson):
        parse(text.encode(), max_depth=64)


@given(text=st.binary(max_size=60) | st.text('[]{}",:0123456789e.-+ \\uanul', max_size=60))
def test_no_text_ends_in_another_error(text: bytes | str) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    try:
        read = parse(data, max_depth=8)
    except (NotJson, LossyJson):
        return
    assert json.loads(json.dumps(read)) == read


@given(
    lines=st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"?"))),
    cuts=st.lists(st.integers(0, 400)),
)
def test_lines_do_not_depend_on_how_the_bytes_arrive(lines: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    splitter = LineSplitter(20)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    got = [each for a, b in pairwise(edges) for each in splitter.feed(stream[a:b])]
    assert got == [line if len(line) <= 20 else Oversize.LINE for line in lines]
    assert splitter.finish() == b""


def test_every_way_to_be_refused_is_documented() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "rpc.md").read_text()
    code = "".join(
        (root / place).read_text() for place in ("daemon/rpc/dispatch.py", "daemon/rpc/messages.py")
    )
    kinds = set(re.findall(r'(?:INVALID_REQUEST|PARSE_ERROR), "(\w+)"', code))
    kinds |= {"duplicateKey", "numberTooLarge", "tooDeep"}
    assert len(kinds) == 8
    assert {kind for kind in kinds if f"`{kind}`" not in page} == set()
