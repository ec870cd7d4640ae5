"""What the daemon serves itself, made from its settings."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from config.settings import Settings
from daemon.executors.evaluator import Evaluator, NoEvaluator
from daemon.executors.executor import Executor
from daemon.executors.handoff import Sources, sources_of
from daemon.executors.inline import Inline
from daemon.executors.jq_task import JqTransform
from daemon.executors.kafka import KafkaPublish
from daemon.executors.lambda_task import Lambda
from daemon.executors.noop import Noop
from daemon.executors.on_demand import OnDemand
from daemon.executors.script_evaluator import ScriptEvaluator
from daemon.executors.scripts import ScriptLimits, ScriptPool


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """Executors are closed by the daemon that they are given to."""

    executors: tuple[Executor, ...] = (Noop(),)
    evaluator: Evaluator = NoEvaluator()
    sources: Sources = Sources()


def serving_of(settings: Settings, environment: Mapping[str, str]) -> Serving:
    """``environment`` is where CONDUCTOR_SECRET_* and CONDUCTOR_ENV_* stand."""
    scripts = _scripts(settings)
    executors: tuple[Executor, ...] = (
        Noop(),
        Inline(scripts),
        Lambda(scripts),
        JqTransform(scripts),
        OnDemand(("HTTP",), lambda: _http(settings)),
        KafkaPublish(timeout_seconds=settings.executors.kafka_timeout_seconds),
    )
    return Serving(
        executors=executors,
        evaluator=ScriptEvaluator(scripts),
        sources=sources_of(environment),
    )


def _scripts(settings: Settings) -> ScriptPool:
    scripts = settings.scripts
    limits = ScriptLimits(
        timeout_seconds=scripts.timeout_seconds,
        memory_bytes=scripts.memory_bytes,
        max_value_bytes=scripts.max_value_bytes,
        max_depth=scripts.max_depth,
    )
    return ScriptPool(processes=scripts.processes, limits=limits)


def _http(settings: Settings) -> Executor:
    from daemon.executors.http import AddressPolicy, Http, HttpLimits, Transport

    calls = settings.http_tasks
    policy = AddressPolicy(
        allow_private=calls.allow_private,
        allow_loopback=calls.allow_loopback,
        own_ports=frozenset({settings.http.port} if settings.http.port else ()),
    )
    limits = HttpLimits(
        total_seconds=calls.total_seconds,
        max_redirects=calls.max_redirects,
        max_response_bytes=calls.max_response_bytes,
        connections=calls.connections,
        idle_seconds=calls.idle_seconds,
    )
    return Http(Transport(policy, limits))
