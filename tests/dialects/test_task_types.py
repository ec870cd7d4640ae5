"""Settings of task types (reference conductor.md §1.3)."""

from typing import Any

import pytest

from daemon.dialects.plan import RetryLogic, TaskRules, TimeoutPolicy
from daemon.dialects.schemas import SchemaType, SchemaUse
from daemon.dialects.task_types import TaskSettings, check, rules_of, settings_of


def _schema(path: str, name: str) -> SchemaUse:
    return SchemaUse(
        path=path,
        name=name,
        version=None,
        type=SchemaType.JSON,
        data=None,
        external_ref=None,
    )


def found(**settings: Any) -> list[tuple[str, str]]:
    return [(one.path, one.message) for one in check({"name": "x", **settings})]


def test_a_name_is_enough() -> None:
    assert found() == []


def test_defaults() -> None:
    settings = settings_of({"name": "x"})
    assert settings == TaskSettings(name="x")
    assert settings.retry_count == 3
    assert settings.retry_delay_seconds == 60
    assert settings.retry_logic is RetryLogic.FIXED
    assert settings.response_timeout_seconds == 3600
    assert settings.timeout_seconds == 0
    assert settings.timeout_policy is TimeoutPolicy.TIME_OUT_WF
    assert settings.rate_limit_frequency_seconds == 1
    assert settings.task_status_listener_enabled
    assert not settings.enforce_schema


def test_everything_given() -> None:
    given: dict[str, Any] = {
        "name": "x",
        "description": "d",
        "retryCount": 1,
        "retryLogic": "LINEAR_BACKOFF",
        "retryDelaySeconds": 2,
        "maxRetryDelaySeconds": 3,
        "backoffScaleFactor": 4,
        "backoffJitterMs": 5,
        "timeoutSeconds": 60,
        "timeoutPolicy": "ALERT_ONLY",
        "responseTimeoutSeconds": 60,
        "pollTimeoutSeconds": 8,
        "totalTimeoutSeconds": 90,
        "concurrentExecLimit": 10,
        "rateLimitPerFrequency": 11,
        "rateLimitFrequencyInSeconds": 12,
        "inputTemplate": {"a": 1},
        "inputKeys": ["i"],
        "outputKeys": ["o"],
        "runtimeMetadata": ["SECRET"],
        "isolationGroupId": "g",
        "executionNameSpace": "n",
        "ownerEmail": "e",
        "baseType": "b",
        "taskStatusListenerEnabled": False,
        "inputSchema": {"name": "s", "type": "JSON"},
        "outputSchema": {"name": "t", "type": "JSON"},
        "enforceSchema": True,
        "unknown": 1,
    }
    assert check(given) == ()
    assert settings_of(given) == TaskSettings(
        name="x",
        description="d",
        retry_count=1,
        retry_logic=RetryLogic.LINEAR_BACKOFF,
        retry_delay_seconds=2,
        max_retry_delay_seconds=3,
        backoff_scale_factor=4,
        backoff_jitter_ms=5,
        timeout_seconds=60,
        timeout_policy=TimeoutPolicy.ALERT_ONLY,
        response_timeout_seconds=60,
        poll_timeout_seconds=8,
        total_timeout_seconds=90,
        concurrent_exec_limit=10,
        rate_limit_per_frequency=11,
        rate_limit_frequency_seconds=12,
        input_template={"a": 1},
        input_keys=("i",),
        output_keys=("o",),
        runtime_metadata=("SECRET",),
        isolation_group_id="g",
        execution_name_space="n",
        owner_email="e",
        base_type="b",
        task_status_listener_enabled=False,
        input_schema=_schema("/inputSchema", "s"),
        output_schema=_schema("/outputSchema", "t"),
        enforce_schema=True,
    )


@pytest.mark.parametrize(
    ("settings", "path", "message"),
    [
        ({"name": ""}, "/name", "TaskDef name cannot be null or empty"),
        ({"name": None}, "/name", "TaskDef name cannot be null or empty"),
        ({"retryCount": -1}, "/retryCount", "TaskDef retryCount: -1 must be >= 0"),
        (
            {"responseTimeoutSeconds": 0},
            "/responseTimeoutSeconds",
            "TaskDef responseTimeoutSeconds: 0 should be minimum 1 second",
        ),
        (
            {"responseTimeoutSeconds": None},
            "/responseTimeoutSeconds",
            "TaskDef responseTimeoutSeconds: 0 should be minimum 1 second",
        ),
        (
            {"pollTimeoutSeconds": -1},
            "/pollTimeoutSeconds",
            "TaskDef pollTimeoutSeconds: -1 must be >= 0",
        ),
        (
            {"backoffScaleFactor": 0},
            "/backoffScaleFactor",
            "Backoff scale factor. Applicable for LINEAR_BACKOFF",
        ),
        (
            {"maxRetryDelaySeconds": -1},
            "/maxRetryDelaySeconds",
            "TaskDef maxRetryDelaySeconds: -1 must be >= 0",
        ),
        ({"backoffJitterMs": -1}, "/backoffJitterMs", "TaskDef backoffJitterMs: -1 must be >= 0"),
        (
            {"totalTimeoutSeconds": -1},
            "/totalTimeoutSeconds",
            "TaskDef totalTimeoutSeconds: -1 must be >= 0",
        ),
        (
            {"timeoutSeconds": 60},
            "/responseTimeoutSeconds",
            "TaskDef: x responseTimeoutSeconds: 3600 must be less than timeoutSeconds: 60",
        ),
        (
            {"timeoutSeconds": 60, "responseTimeoutSeconds": 30, "totalTimeoutSeconds": 59},
            "/timeoutSeconds",
            "TaskDef: x timeoutSeconds: 60 must be less than or equal to totalTimeoutSeconds: 59",
        ),
        (
            {"retryLogic": "SOMETIMES"},
            "/retryLogic",
            (
                "retryLogic has to be one of FIXED, LINEAR_BACKOFF, EXPONENTIAL_BACKOFF, "
                "not 'SOMETIMES'"
            ),
        ),
        ({"retryCount": "x"}, "/retryCount", "retryCount has to be a whole number, not 'x'"),
        ({"inputTemplate": []}, "/inputTemplate", "inputTemplate has to be an object, not a list"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], path: str, message: str) -> None:
    assert found(**settings) == [(path, message)]


@pytest.mark.parametrize(
    "settings",
    [
        {"timeoutSeconds": 60, "responseTimeoutSeconds": 60},
        {"timeoutSeconds": 60, "responseTimeoutSeconds": 60, "totalTimeoutSeconds": 60},
        {"timeoutSeconds": 0, "totalTimeoutSeconds": 10},
        {"timeoutSeconds": -5},
        {"retryCount": 0, "retryDelaySeconds": 0},
    ],
)
def test_what_is_taken(settings: dict[str, Any]) -> None:
    assert found(**settings) == []


def test_every_mistake_is_in_one_answer() -> None:
    assert [path for path, _ in found(name=[], retryCount=-1, timeoutSeconds=1, ownerEmail={})] == [
        "/name",
        "/ownerEmail",
        "/name",
        "/retryCount",
        "/responseTimeoutSeconds",
    ]


def test_rules_are_those_of_the_settings() -> None:
    rules = rules_of(TaskSettings(name="x", timeout_seconds=-1, input_template={"a": 1}))
    assert rules == TaskRules(
        retry_count=3,
        retry_delay_seconds=60,
        response_timeout_seconds=3600,
        settings_name="x",
        input_template={"a": 1},
    )
