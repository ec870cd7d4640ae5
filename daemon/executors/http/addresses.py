"""Which network addresses a task may reach.

What a name resolves to is judged, never the name: a hostile definition or a hostile name
server must not reach the machine's metadata service, the local network or the daemon itself.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import msgspec

IpAddress = IPv4Address | IPv6Address


class AddressRefused(ValueError):
    """No OSError: the client would take it for a failed try and go on to the next address."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"the address {address} may not be reached: {why}")
        self.address = address


class Reach(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    NEVER = "never"


METADATA = frozenset(
    ip_address(text)
    for text in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
) | {ip_address("fd00:ec2::254"), ip_address("fd20:ce::254")}
"""Where clouds hand out credentials."""

PRIVATE = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
"""Unspecified, link-local, multicast, broadcast, reserved, documentation, benchmarks, tunnels."""

EMBEDDING = (
    (ip_network("::ffff:0:0/96"), 0),
    (ip_network("::ffff:0:0:0/96"), 0),
    (ip_network("::/96"), 0),
    (ip_network("64:ff9b::/96"), 0),
    (ip_network("64:ff9b:1::/48"), 0),
    (ip_network("2002::/16"), 80),
)
"""IPv6 that stands for an IPv4 address, and by how many bits that one is shifted."""


def reach_of(address: IpAddress) -> Reach:
    if address in METADATA:
        return Reach.NEVER
    for networks, reach in ((LOOPBACK, Reach.LOOPBACK), (PRIVATE, Reach.PRIVATE)):
        if any(address in network for network in networks):
            return reach
    if any(address in network for network in NEVER):
        return Reach.NEVER
    if isinstance(address, IPv6Address):
        for network, shift in EMBEDDING:
            if address in network:
                return reach_of(IPv4Address((int(address) >> shift) & 0xFFFFFFFF))
    return Reach.PUBLIC if address.is_global else Reach.NEVER


class AddressPolicy(msgspec.Struct, frozen=True, kw_only=True):
    allow_private: bool = False
    """10/8, 172.16/12, 192.168/16, 100.64/10 and fc00::/7."""
    allow_loopback: bool = False
    own_ports: frozenset[int] = frozenset()
    """Where the daemon itself listens: never reached over loopback or a private address."""

    def check(self, address: str, port: int) -> None:
        """Raises AddressRefused. ``address`` is what the socket will be connected to."""
        try:
            reach = reach_of(ip_address(address))
        except ValueError:
            raise AddressRefused(address, "it is not an IP address") from None
        if reach is Reach.NEVER:
            raise AddressRefused(address, "it is link-local, reserved or a metadata service")
        if reach is Reach.PUBLIC:
            return
        if port in self.own_ports:
            raise AddressRefused(address, f"port {port} is the daemon's own")
        allowed = self.allow_private if reach is Reach.PRIVATE else self.allow_loopback
        if not allowed:
            setting = f"http_tasks.allow_{reach}"
            raise AddressRefused(address, f"it is {reach}; set {setting} to allow it")
