from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from config.sections import Rpc
from config.settings import load
from daemon.rpc import RpcServer
from tests.rpc.fakes import FakeService, RawPeer

Connect = Callable[[], Awaitable[RawPeer]]


@pytest.fixture
def limits(request: pytest.FixtureRequest) -> Rpc:
    """The default limits, or with those changed that ``@pytest.mark.parametrize(...,
    indirect=True)`` names."""
    return msgspec.structs.replace(load().rpc, **getattr(request, "param", {}))


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    return tmp_path / "daemon.sock"


@pytest.fixture
async def server(service: FakeService, socket_path: Path, limits: Rpc) -> AsyncIterator[RpcServer]:
    server = RpcServer(service, socket_path, limits)
    await server.start()
    yield server
    await server.close(grace_seconds=0.1)


@pytest.fixture
async def connect(server: RpcServer) -> AsyncIterator[Connect]:
    async with AsyncExitStack() as stack:

        async def connect() -> RawPeer:
            peer = await RawPeer.connect(server.path)
            stack.push_async_callback(peer.close)
            return peer

        yield connect


@pytest.fixture
async def peer(connect: Connect) -> RawPeer:
    return await connect()


def with_limits(**changed: object) -> pytest.MarkDecorator:
    """Run a test with other limits than the default ones."""
    return pytest.mark.parametrize("limits", [changed], indirect=True, ids=["limits"])
