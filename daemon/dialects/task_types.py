"""The settings of a task type (Conductor: task definition; reference conductor.md §1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from daemon.dialects.fields import Fields
from daemon.dialects.plan import Allowance, Problem, RetryLogic, TaskRules, TimeoutPolicy
from daemon.dialects.schemas import SchemaUse, problems_of, read_schema


class TaskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """With the defaults of a registered type. Times in seconds, 0 is off."""

    name: str = ""
    description: str | None = None
    retry_count: int = 3
    retry_logic: RetryLogic = RetryLogic.FIXED
    retry_delay_seconds: int = 60
    max_retry_delay_seconds: int = 0
    backoff_scale_factor: int = 1
    backoff_jitter_ms: int = 0
    timeout_seconds: int = 0
    timeout_policy: TimeoutPolicy = TimeoutPolicy.TIME_OUT_WF
    response_timeout_seconds: int = 3600
    poll_timeout_seconds: int = 0
    total_timeout_seconds: int = 0
    concurrent_exec_limit: int = 0
    rate_limit_per_frequency: int = 0
    rate_limit_frequency_seconds: int = 1
    input_template: dict[str, Any] = {}
    input_keys: tuple[str, ...] = ()
    output_keys: tuple[str, ...] = ()
    runtime_metadata: tuple[str, ...] = ()
    """Names of secrets and environment variables that a poll is given."""
    isolation_group_id: str | None = None
    execution_name_space: str | None = None
    owner_email: str | None = None
    base_type: str | None = None
    task_status_listener_enabled: bool = True
    input_schema: SchemaUse | None = None
    output_schema: SchemaUse | None = None
    enforce_schema: bool = False

    @property
    def enforced(self) -> tuple[SchemaUse, ...]:
        """The schemas that its tasks have to keep."""
        uses = (self.input_schema, self.output_schema) if self.enforce_schema else ()
        return tuple(use for use in uses if use is not None)


def check(settings: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Everything that keeps ``settings`` from being registered, with its path."""
    problems: list[Problem] = []
    fields = Fields(settings, "", problems)
    read = read_settings(fields)
    if not read.name:
        fields.wrong("name", "TaskDef name cannot be null or empty")
    problems.extend(rule_breaches(read, ""))
    problems.extend(unenforceable(read))
    return tuple(problems)


def unenforceable(settings: TaskSettings) -> Iterator[Problem]:
    """What keeps schemas from being enforced as ``settings`` ask."""
    for use in settings.enforced:
        yield from problems_of(use)


def settings_of(settings: Mapping[str, Any]) -> TaskSettings:
    """Of settings that ``check`` finds nothing wrong with."""
    return read_settings(Fields(settings, "", []))


def read_settings(fields: Fields) -> TaskSettings:
    """What is of the wrong kind is noted in ``fields`` and read as its default."""
    frequency = fields.whole_or_none("rateLimitFrequencyInSeconds")
    return TaskSettings(
        name=fields.text("name") or "",
        description=fields.text("description"),
        retry_count=fields.whole("retryCount", 3),
        retry_logic=fields.choice("retryLogic", RetryLogic.FIXED),
        retry_delay_seconds=fields.whole("retryDelaySeconds", 60),
        max_retry_delay_seconds=fields.whole("maxRetryDelaySeconds", 0),
        backoff_scale_factor=fields.whole("backoffScaleFactor", 1),
        backoff_jitter_ms=fields.whole("backoffJitterMs", 0),
        timeout_seconds=fields.whole("timeoutSeconds", 0),
        timeout_policy=fields.choice("timeoutPolicy", TimeoutPolicy.TIME_OUT_WF),
        response_timeout_seconds=fields.whole("responseTimeoutSeconds", 3600),
        poll_timeout_seconds=fields.whole_or_none("pollTimeoutSeconds") or 0,
        total_timeout_seconds=fields.whole("totalTimeoutSeconds", 0),
        concurrent_exec_limit=fields.whole_or_none("concurrentExecLimit") or 0,
        rate_limit_per_frequency=fields.whole_or_none("rateLimitPerFrequency") or 0,
        rate_limit_frequency_seconds=1 if frequency is None else frequency,
        input_template=fields.object("inputTemplate"),
        input_keys=fields.texts("inputKeys"),
        output_keys=fields.texts("outputKeys"),
        runtime_metadata=fields.texts("runtimeMetadata"),
        isolation_group_id=fields.text("isolationGroupId"),
        execution_name_space=fields.text("executionNameSpace"),
        owner_email=fields.text("ownerEmail"),
        base_type=fields.text("baseType"),
        task_status_listener_enabled=fields.flag("taskStatusListenerEnabled", True),
        input_schema=read_schema(fields.below("inputSchema")),
        output_schema=read_schema(fields.below("outputSchema")),
        enforce_schema=fields.flag("enforceSchema", False),
    )


def rule_breaches(settings: TaskSettings, path: str) -> Iterator[Problem]:
    """What the values themselves may not be. ``path`` is where the settings stand."""
    for key, value, least in _bounded(settings):
        if value < least:
            message = _TOO_SMALL.get(key, "TaskDef {key}: {value} must be >= {least}")
            yield Problem(
                path=f"{path}/{key}", message=message.format(key=key, value=value, least=least)
            )
    yield from _class_rules(settings, path)


_TOO_SMALL = {
    "responseTimeoutSeconds": "TaskDef responseTimeoutSeconds: {value} should be minimum 1 second",
    "backoffScaleFactor": "Backoff scale factor. Applicable for LINEAR_BACKOFF",
}


def _bounded(settings: TaskSettings) -> tuple[tuple[str, int, int], ...]:
    return (
        ("retryCount", settings.retry_count, 0),
        ("responseTimeoutSeconds", settings.response_timeout_seconds, 1),
        ("pollTimeoutSeconds", settings.poll_timeout_seconds, 0),
        ("backoffScaleFactor", settings.backoff_scale_factor, 1),
        ("maxRetryDelaySeconds", settings.max_retry_delay_seconds, 0),
        ("backoffJitterMs", settings.backoff_jitter_ms, 0),
        ("totalTimeoutSeconds", settings.total_timeout_seconds, 0),
    )


def _class_rules(settings: TaskSettings, path: str) -> Iterator[Problem]:
    timeout = settings.timeout_seconds
    response = settings.response_timeout_seconds
    total = settings.total_timeout_seconds
    if timeout > 0 and response > timeout:
        message = (
            f"TaskDef: {settings.name} responseTimeoutSeconds: {response} "
            f"must be less than timeoutSeconds: {timeout}"
        )
        yield Problem(path=f"{path}/responseTimeoutSeconds", message=message)
    if 0 < total < timeout:
        message = (
            f"TaskDef: {settings.name} timeoutSeconds: {timeout} "
            f"must be less than or equal to totalTimeoutSeconds: {total}"
        )
        yield Problem(path=f"{path}/timeoutSeconds", message=message)


def rules_of(settings: TaskSettings) -> TaskRules:
    return TaskRules(
        retry_count=settings.retry_count,
        retry_logic=settings.retry_logic,
        retry_delay_seconds=settings.retry_delay_seconds,
        backoff_scale_factor=settings.backoff_scale_factor,
        max_retry_delay_seconds=settings.max_retry_delay_seconds,
        backoff_jitter_ms=settings.backoff_jitter_ms,
        timeout_seconds=max(settings.timeout_seconds, 0),
        response_timeout_seconds=settings.response_timeout_seconds,
        poll_timeout_seconds=settings.poll_timeout_seconds,
        total_timeout_seconds=settings.total_timeout_seconds,
        timeout_policy=settings.timeout_policy,
        settings_name=settings.name,
        input_template=settings.input_template,
        runtime_metadata=settings.runtime_metadata,
        tells_status=settings.task_status_listener_enabled,
    )


def allowance_of(settings: TaskSettings) -> Allowance:
    """How many tasks of the type may run (reference conductor.md §3.13). A rate is off
    unless both of its numbers are above 0."""
    starts, seconds = settings.rate_limit_per_frequency, settings.rate_limit_frequency_seconds
    has_rate = starts > 0 and seconds > 0
    return Allowance(
        most=max(settings.concurrent_exec_limit, 0),
        starts=starts if has_rate else 0,
        seconds=seconds if has_rate else 0,
    )
