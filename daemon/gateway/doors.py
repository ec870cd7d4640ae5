"""Whose requests are let in: names of this host, origins of its own pages, known tokens.

A page of another site can make a browser send requests to any address, loopback included,
and by moving a name of its own to 127.0.0.1 (DNS rebinding) even read the answers. Such a
request carries the foreign name in ``Host`` or ``Origin``; a plain address cannot be moved.

Pages that this machine serves itself, under any port, are not foreign: whoever may listen here
may call here. They are how Conductor's UI is developed, whose proxy sends ``Origin`` on as it is.
"""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_address

import msgspec

from config.sections import Http
from daemon.gateway.messages import Head

ANY = "*"
TOKEN_HEADERS = ("authorization", "x-authorization")
"""Conductor's clients use the second, without ``Bearer``."""


class Turned(Exception):
    """Not let in."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Door(msgspec.Struct, frozen=True, kw_only=True):
    hosts: frozenset[str]
    origins: frozenset[str]
    guarded: bool
    """False on a Unix socket, which no browser can open."""

    def check(self, head: Head) -> None:
        """Raises Turned."""
        if not self.guarded:
            return
        host = head.headers.get("host", "")
        if not self._is_ours(host):
            raise Turned(
                HTTPStatus.FORBIDDEN,
                f"requests for host {host!r} are not answered here; the names that are stand "
                "in the setting http.allowed_hosts",
            )
        origin = head.headers.get("origin")
        if origin is not None and not self._may_call(origin, host):
            raise Turned(
                HTTPStatus.FORBIDDEN,
                f"pages of {origin} may not call; the origins that may stand in the setting "
                "http.allowed_origins",
            )

    def shares_with(self, origin: str | None) -> bool:
        """Whether a browser may show the answer to a page of that other origin."""
        return origin is not None and (origin in self.origins or ANY in self.origins)

    def _is_ours(self, host: str) -> bool:
        name = _name_of(host)
        if ANY in self.hosts or name in self.hosts:
            return True
        return _is_here(name) or _is_address(name)

    def _may_call(self, origin: str, host: str) -> bool:
        place = origin.partition("://")[2]
        if place == host or self.shares_with(origin):
            return True
        return _is_here(_name_of(place)) and _is_here(_name_of(host))


def door_of(settings: Http, *, guarded: bool) -> Door:
    hosts = {name.lower() for name in settings.allowed_hosts.split()}
    return Door(
        hosts=frozenset({settings.host.lower(), *hosts}),
        origins=frozenset(settings.allowed_origins.split()),
        guarded=guarded,
    )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_here(name: str) -> bool:
    """Browsers resolve what ends in ``.localhost`` to loopback by themselves (RFC 6761)."""
    return is_loopback(name) or name.endswith(".localhost")


def token_in(head: Head) -> str | None:
    """The secret that a request brought, if any."""
    for name in TOKEN_HEADERS:
        given = head.headers.get(name)
        if given:
            scheme, blank, secret = given.partition(" ")
            if not blank:
                return scheme
            return secret.strip() if scheme.lower() == "bearer" else given
    return None


def _name_of(host: str) -> str:
    """Without the port; an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
