"""An HTTP task cannot reach inside."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.executors.executor import Outcome
from daemon.executors.http import AddressPolicy, AddressRefused, Http, HttpLimits, Transport
from eventstore.events import TaskStatus
from tests.executors.orders import order
from tests.executors.servers import Canary, Names, Site, listening, serving

OPEN = AddressPolicy(allow_private=True, allow_loopback=True)
CLOSED = AddressPolicy()

NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "2001::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "::ffff:0.0.0.0",
    "::ffff:0:169.254.169.254",
    "not-an-address",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
]
PRIVATE = [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "fc00::1",
    "fdff::1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:a00:1::",
]
LOOPBACK = [
    "127.0.0.1",
    "127.255.255.254",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "2002:7f00:1::",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "2606:4700::1",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_reached(address: str) -> None:
    with pytest.raises(AddressRefused):
        OPEN.check(address, 80)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_a_setting(address: str) -> None:
    OPEN.check(address, 80)
    with pytest.raises(AddressRefused, match=r"set http_tasks\.allow_private"):
        AddressPolicy(allow_loopback=True).check(address, 80)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_needs_a_setting(address: str) -> None:
    OPEN.check(address, 80)
    with pytest.raises(AddressRefused, match=r"set http_tasks\.allow_loopback"):
        AddressPolicy(allow_private=True).check(address, 80)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_world_is_open(address: str) -> None:
    CLOSED.check(address, 80)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_that_is_not_global_is_reached_unasked(address: object) -> None:
    try:
        CLOSED.check(str(address), 80)
    except AddressRefused:
        return
    assert getattr(address, "is_global") or getattr(address, "ipv4_mapped", None)  # noqa: B009


def test_the_daemon_is_not_reached_through_itself() -> None:
    policy = AddressPolicy(allow_private=True, allow_loopback=True, own_ports=frozenset({8080}))
    policy.check("127.0.0.1", 80)
    for address in ("127.0.0.1", "::1", "10.0.0.1"):
        with pytest.raises(AddressRefused, match="port 8080 is the daemon's own"):
            policy.check(address, 8080)


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with listening() as one:
        yield one


async def run(policy: AddressPolicy, uri: str, names: Names | None = None) -> Outcome:
    http = Http(Transport(policy, HttpLimits(total_seconds=20), names))
    try:
        return await http.run(order("HTTP", {"uri": uri, "method": "GET"}))
    finally:
        await http.aclose()


FORMS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0x7f.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "LOCALHOST",
    "127.0.0.1.",
    "user:pass@127.0.0.1",
]


@pytest.mark.parametrize("host", FORMS)
async def test_no_spelling_of_an_address_gets_through(canary: Canary, host: str) -> None:
    outcome = await run(CLOSED, f"http://{host}:{canary.port}/")
    assert outcome.status is TaskStatus.FAILED
    assert canary.connects == 0


async def test_a_canary_sings_when_it_is_allowed(canary: Canary) -> None:
    await run(OPEN, f"http://127.0.0.1:{canary.port}/")
    assert canary.connects > 0


async def test_what_a_name_resolves_to_is_checked(canary: Canary) -> None:
    names = Names(inner=[["127.0.0.1"]])
    outcome = await run(CLOSED, f"http://inner.test:{canary.port}/", names)
    assert "the address 127.0.0.1 may not be reached: it is loopback" in (outcome.reason or "")
    assert canary.connects == 0


async def test_one_bad_address_among_good_ones_is_enough(canary: Canary) -> None:
    names = Names(mixed=[["127.0.0.1", "169.254.169.254"]])
    outcome = await run(OPEN, f"http://mixed.test:{canary.port}/", names)
    assert "169.254.169.254 may not be reached" in (outcome.reason or "")
    assert canary.connects == 0


async def test_a_name_is_resolved_once_and_the_checked_address_is_used() -> None:
    site = Site()
    site.answers("/", "1")
    names = Names(rebinding=[["127.0.0.1"], ["169.254.169.254"]])
    async with serving(site):
        http = Http(Transport(OPEN, HttpLimits(), names))
        task = order("HTTP", {"uri": f"http://rebinding.test:{site.port}/", "method": "GET"})
        first, second = await http.run(task), await http.run(task)
        await http.aclose()
    assert names.lookups == ["rebinding.test"]
    assert first.status is second.status is TaskStatus.COMPLETED


async def test_a_name_that_was_rebound_is_refused_on_the_next_connection() -> None:
    site = Site()
    site.answers("/", "1")
    names = Names(rebinding=[["127.0.0.1"], ["169.254.169.254"]])
    async with serving(site):
        outcomes = [await run(OPEN, f"http://rebinding.test:{site.port}/", names) for _ in range(2)]
    assert [one.status for one in outcomes] == [TaskStatus.COMPLETED, TaskStatus.FAILED]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_checked_like_a_request(canary: Canary, status: int) -> None:
    policy = AddressPolicy(allow_loopback=True, own_ports=frozenset({canary.port}))
    site = Site()
    site.redirects("/a", "/b", status)
    site.redirects("/b", f"http://127.0.0.1:{canary.port}/inside", status)
    async with serving(site):
        outcome = await run(policy, f"{site.url}/a")
    assert len(site.seen) == 2
    assert "is the daemon's own" in (outcome.reason or "")
    assert canary.connects == 0


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://metadata.test/",
        "//169.254.169.254/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        "http://[broken",
    ],
)
async def test_a_redirect_to_what_is_never_reached_fails(target: str) -> None:
    site = Site()
    site.redirects("/a", target)
    names = Names(metadata=[["169.254.169.254"]])
    async with serving(site):
        outcome = await run(OPEN, f"{site.url}/a", names)
    assert outcome.status is TaskStatus.FAILED
    assert len(site.seen) == 1
