"""Which handler answers which method and path: one table for each interface."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec

from daemon.gateway.messages import Response
from daemon.gateway.running import Pending

Handler = Callable[[Any], Coroutine[Pending, None, Response]]
"""Takes an ``daemon.gateway.asking.Ask``."""

H = TypeVar("H", bound=Handler)


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` as ``/organizations/{organizationId}/jobs/{jobId}``; fixed segments win over
    named ones."""

    method: str
    path: str
    handler: Handler
    summary: str
    operation: str
    """Its name in the OpenAPI document."""
    permission: str | None = None
    """The scope a token needs, where no operation behind the route asks for one."""

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.path.strip("/").split("/"))


class Found(NamedTuple):
    route: Route
    parts: dict[str, str]
    """What stood in the place of each name."""


class _Node:
    __slots__ = ("fixed", "named", "routes")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.named: _Node | None = None
        self.routes: dict[str, Route] = {}


class Routes:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        self._fixed: dict[tuple[str, tuple[str, ...]], Found] = {}
        """By method and segments: what needs no search."""
        self.all = tuple(routes)
        for route in self.all:
            self._add(route)

    def find(self, method: str, segments: tuple[str, ...]) -> Found | frozenset[str]:
        """The route, or the methods that the path has (none: there is no such path)."""
        fixed = self._fixed.get((method, segments))
        if fixed is not None:
            return fixed
        methods: set[str] = set()
        for node, values in _reached(self._root, segments, ()):
            route = node.routes.get(method)
            if route is not None:
                names = (one[1:-1] for one in route.segments if one.startswith("{"))
                return Found(route, dict(zip(names, values, strict=True)))
            methods |= node.routes.keys()
        return frozenset(methods)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.segments:
            if segment.startswith("{"):
                node.named = node.named or _Node()
                node = node.named
            else:
                node = node.fixed.setdefault(segment, _Node())
        if route.method in node.routes:
            raise TypeError(f"two routes for {route.method} {route.path}")
        node.routes[route.method] = route
        if "{" not in route.path:
            self._fixed[route.method, route.segments] = Found(route, {})


def _reached(
    node: _Node, segments: tuple[str, ...], values: tuple[str, ...]
) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    """Nodes that the segments lead to, the most fixed one first."""
    if not segments:
        if node.routes:
            yield node, values
        return
    first, *rest = segments
    fixed = node.fixed.get(first)
    if fixed is not None:
        yield from _reached(fixed, tuple(rest), values)
    if node.named is not None and first:
        yield from _reached(node.named, tuple(rest), (*values, first))


class Table:
    """Collects routes from the modules that answer them."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def route(
        self, method: str, path: str, operation: str, summary: str, permission: str | None = None
    ) -> Callable[[H], H]:
        def add(handler: H) -> H:
            self.routes.append(
                Route(
                    method=method,
                    path=path,
                    handler=handler,
                    summary=summary,
                    operation=operation,
                    permission=permission,
                )
            )
            return handler

        return add
