"""The gateway put together."""

from __future__ import annotations

from config.settings import Settings
from daemon.clock import Clock, Entropy
from daemon.gateway.asking import Tools
from daemon.gateway.conductor.interface import PREFIX as CONDUCTOR
from daemon.gateway.conductor.interface import Conductor
from daemon.gateway.conductor.models import CONDUCTOR as CONDUCTOR_SHAPES
from daemon.gateway.documentation import documentation
from daemon.gateway.doors import is_loopback
from daemon.gateway.justworkflowit.interface import PREFIX as JUSTWORKFLOWIT
from daemon.gateway.justworkflowit.interface import JustWorkflowIt
from daemon.gateway.justworkflowit.models import JUSTWORKFLOWIT as JUSTWORKFLOWIT_SHAPES
from daemon.gateway.metrics import metrics
from daemon.gateway.own import TABLE as OWN_ROUTES
from daemon.gateway.own import Own
from daemon.gateway.polling import Polled
from daemon.gateway.routes import Routes
from daemon.gateway.server import HttpServer
from daemon.gateway.site import Guard, Interface, Site
from daemon.operations.answering import WideService

MODULES = (metrics,)
"""Imported for the routes they add to the daemon's own."""

SHAPES = {CONDUCTOR: CONDUCTOR_SHAPES, JUSTWORKFLOWIT: JUSTWORKFLOWIT_SHAPES}
RUN_BYTES = 6
"""Of chance in the name of a run: it stands in sessions, which must not come back."""


def http_server(
    service: WideService,
    settings: Settings,
    clock: Clock,
    entropy: Entropy,
    *,
    guard: Guard,
    has_tokens: bool,
) -> HttpServer:
    """Not started yet. ``has_tokens``: somebody holds a token that is good."""
    http = settings.http
    interfaces: dict[str, Interface] = {CONDUCTOR: Conductor(), JUSTWORKFLOWIT: JustWorkflowIt()}
    described = {prefix: one.routes for prefix, one in interfaces.items()}
    described[""] = Routes(OWN_ROUTES.routes)
    own = Own((*OWN_ROUTES.routes, documentation(described, SHAPES)))
    tools = Tools(
        service=service,
        settings=http,
        max_depth=settings.rpc.max_depth,
        clock=clock,
        polled=Polled(),
        kept={},
    )
    site = Site(
        tools=tools,
        interfaces={"": own, **interfaces},
        guard=guard,
        must_authenticate=http.require_tokens or not is_loopback(http.host),
    )
    return HttpServer(site, http, clock, has_tokens=has_tokens, run=entropy(RUN_BYTES).hex())
