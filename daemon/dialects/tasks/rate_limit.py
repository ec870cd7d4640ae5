"""``rateLimitConfig``: how many jobs of one key may run at a time (reference conductor.md §1.1;
the server of the reference stores it without effect)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec

from daemon.dialects.fields import Fields
from daemon.dialects.plan import JobLimit, JobView, TaskView
from daemon.dialects.tasks.expressions import compile_template, java_text
from eventstore.events import JobStatus, Value

LONGEST_KEY = 200
"""Characters of a key that stand in the log as they are; a longer one by its SHA-256."""


class Policy(StrEnum):
    QUEUE = "QUEUE"
    REJECT = "REJECT"


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """``key`` None: the name of the workflow."""

    key: str | None
    most: int
    policy: Policy


def read_rate_limit(fields: Fields | None) -> RateLimit | None:
    if fields is None:
        return None
    most = fields.whole("concurrentExecLimit", 0)
    if most < 0:
        fields.wrong("concurrentExecLimit", f"concurrentExecLimit: {most} must be >= 0")
    return RateLimit(
        key=fields.text("rateLimitKey"), most=most, policy=fields.choice("policy", Policy.QUEUE)
    )


class _Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """A job before its first event, as expressions see it."""

    workflow: str
    version_number: int
    input: Value
    correlation_id: str | None
    status: JobStatus = JobStatus.RUNNING
    job_id: str = ""
    variables: Any = {}
    reason: Value = None
    output: Value = None
    next_number: int = 1
    parent_job: str | None = None
    parent_task: int | None = None
    domains: Mapping[str, str] = {}
    started_at: int = 0
    ended_at: int | None = None

    def latest(self, ref: str) -> TaskView | None:
        return None

    def numbers(self, ref: str) -> tuple[int, ...]:
        return ()

    def last(self) -> TaskView | None:
        return None

    def in_order(self) -> tuple[TaskView, ...]:
        return ()

    def task_id(self, number: int) -> str:
        return str(number)


def job_limits(config: RateLimit | None, workflow: str, version: int) -> JobLimits | None:
    """None: jobs of the definition are under no limit."""
    if config is None or config.most <= 0:
        return None
    return JobLimits(config, workflow, version)


class JobLimits:
    """Which limit a job of one definition is under, from what it starts with."""

    def __init__(self, config: RateLimit, workflow: str, version: int) -> None:
        self._config = config
        self._resolve = compile_template({"key": config.key or workflow})
        self._workflow = workflow
        self._version = version

    def of(self, given: Value, correlation_id: str | None) -> JobLimit:
        """A key that comes to nothing is the name of the workflow."""
        job: JobView = _Beginning(
            workflow=self._workflow,
            version_number=self._version,
            input=given,
            correlation_id=correlation_id,
        )
        value = self._resolve(job, None)["key"]
        key = self._workflow if value is None or value == "" else java_text(value)
        return JobLimit(
            key=key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest(),
            most=self._config.most,
            rejects=self._config.policy is Policy.REJECT,
        )
