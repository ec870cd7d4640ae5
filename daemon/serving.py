"""What the daemon serves itself, made from its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from config.settings import Settings
from daemon.clock import SystemClock, system_entropy
from daemon.executors.evaluator import Evaluator, NoEvaluator
from daemon.executors.executor import Executor
from daemon.executors.handoff import Sources, sources_of
from daemon.executors.inline import Inline
from daemon.executors.jq_task import JqTransform
from daemon.executors.kafka import KafkaPublish
from daemon.executors.lambda_task import Lambda
from daemon.executors.noop import Noop
from daemon.executors.notifying import Sender
from daemon.executors.on_demand import OnDemand
from daemon.executors.script_evaluator import ScriptEvaluator
from daemon.executors.scripts import ScriptLimits, ScriptPool
from daemon.vault import PrivateFile, Vault

if TYPE_CHECKING:
    from daemon.executors.http import Transport


SEALED_FILE = "secrets.sealed"


class UnusableSetting(ValueError):
    """A setting, or what it names, that cannot be used; ``name`` comes first in the message."""

    def __init__(self, name: str, why: object) -> None:
        super().__init__(f"{name}: {why}")


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """Executors are closed by the daemon that they are given to."""

    executors: tuple[Executor, ...] = (Noop(),)
    configs: Mapping[str, Mapping[str, Any]] = {}
    """The JSON Schema of a step's config, by the task type of each executor that has one."""
    evaluator: Evaluator = NoEvaluator()
    sources: Sources = Sources()
    vault: Vault | None = None
    """None: values of secrets are kept in memory."""
    sender: Sender | None = None
    """What tells webhooks; None: there are none."""


def serving_of(settings: Settings, environment: Mapping[str, str]) -> Serving:
    """``environment`` is where CONDUCTOR_SECRET_* and CONDUCTOR_ENV_* stand. Raises
    UnusableSetting, and ExtraMissing where an extra is missing."""
    scripts = _scripts(settings)
    clouds = tuple(cloud_functions(settings))
    executors: tuple[Executor, ...] = (
        Noop(),
        Inline(scripts),
        Lambda(scripts),
        JqTransform(scripts),
        OnDemand(("HTTP",), lambda: _http(settings)),
        KafkaPublish(timeout_seconds=settings.executors.kafka_timeout_seconds),
        *(executor for executor, _ in clouds),
    )
    return Serving(
        executors=executors,
        configs={name: config for executor, config in clouds for name in executor.task_types},
        evaluator=ScriptEvaluator(scripts),
        sources=_sources(environment),
        vault=vault_of(settings),
        sender=_sender(settings),
    )


def vault_of(settings: Settings) -> Vault:
    key, sealed = settings.secrets.key_file, settings.paths.data_dir / SEALED_FILE
    return Vault(PrivateFile(key), PrivateFile(sealed), system_entropy)


def cloud_functions(settings: Settings) -> Iterator[tuple[Executor, Mapping[str, Any]]]:
    """Those that are enabled, each with the schema of its config: workers serve the others.
    Raises ExtraMissing where the extra is missing."""
    if settings.aws.enabled:
        yield _aws_lambda(settings)
    if settings.gcp.enabled:
        yield _cloud_function(settings)


def _aws_lambda(settings: Settings) -> tuple[Executor, Mapping[str, Any]]:
    from daemon.executors.cloud.aws_lambda import CONFIG, AwsLambda, AwsLimits

    aws = settings.aws
    limits = AwsLimits(
        timeout_seconds=aws.timeout_seconds,
        connect_seconds=aws.connect_seconds,
        connections=settings.executors.concurrency,
        max_response_bytes=aws.max_response_bytes,
        max_depth=settings.rpc.max_depth,
    )
    executor = AwsLambda(
        organization=settings.http.organization,
        role=aws.role,
        endpoint=aws.endpoint,
        limits=limits,
    )
    return executor, CONFIG


def _cloud_function(settings: Settings) -> tuple[Executor, Mapping[str, Any]]:
    from daemon.executors.cloud.cloud_function import CONFIG, CloudFunction
    from daemon.executors.cloud.google_tokens import GoogleTokens

    executor = CloudFunction(
        _transport(settings),
        GoogleTokens(),
        organization=settings.http.organization,
        connect_seconds=settings.gcp.connect_seconds,
        timeout_seconds=settings.gcp.timeout_seconds,
        max_depth=settings.rpc.max_depth,
    )
    return executor, CONFIG


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
    from daemon.executors.http import Http

    return Http(_transport(settings))


def _transport(settings: Settings, *, max_redirects: int | None = None) -> Transport:
    from daemon.executors.http import AddressPolicy, HttpLimits, Transport

    calls = settings.http_tasks
    policy = AddressPolicy(
        allow_private=calls.allow_private,
        allow_loopback=calls.allow_loopback,
        own_ports=frozenset({settings.http.port} if settings.http.port else ()),
    )
    limits = HttpLimits(
        total_seconds=calls.total_seconds,
        max_redirects=calls.max_redirects if max_redirects is None else max_redirects,
        max_response_bytes=calls.max_response_bytes,
        connections=calls.connections,
        idle_seconds=calls.idle_seconds,
    )
    return Transport(policy, limits)


def _sources(environment: Mapping[str, str]) -> Sources:
    try:
        return sources_of(environment)
    except ValueError as error:
        raise UnusableSetting("CONDUCTOR_SECRET_*, CONDUCTOR_ENV_*", error) from error


def _sender(settings: Settings) -> Sender | None:
    listener = settings.listener
    if not listener.webhook_url and not listener.allowed_sinks.split():
        return None
    from daemon.executors.http.request import address
    from daemon.executors.http.webhook import Webhook

    try:
        if listener.webhook_url:
            address(listener.webhook_url)
    except ValueError as error:
        raise UnusableSetting("listener.webhook_url", error) from error
    return Webhook(
        _transport(settings, max_redirects=0),
        secret=_webhook_secret(listener.secret_file) if listener.secret_file else None,
        binary=listener.mode == "binary",
        timeout_seconds=listener.timeout_seconds,
        now=SystemClock().now,
    )


def _webhook_secret(file: str) -> bytes:
    from daemon.executors.http.webhook import secret_in

    try:
        return secret_in(Path(file).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UnusableSetting(
            "listener.secret_file",
            f"{file}: {why}. It holds the secret that signs callbacks; without the setting "
            "they are not signed",
        ) from error
