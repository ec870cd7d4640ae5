"""A Conductor workflow definition as typed records (reference conductor.md §1.1, §1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec

from daemon.dialects.schemas import SchemaUse
from daemon.dialects.tasks.caching import CacheConfig
from daemon.dialects.tasks.rate_limit import RateLimit

SIMPLE = "SIMPLE"
LOOP = "DO_WHILE"
TERMINATE = "TERMINATE"
DYNAMIC = "DYNAMIC"
DYNAMIC_FORK = "FORK_JOIN_DYNAMIC"
FORKS = ("FORK_JOIN", DYNAMIC_FORK)


class WorkflowTimeoutPolicy(StrEnum):
    TIME_OUT_WF = "TIME_OUT_WF"
    ALERT_ONLY = "ALERT_ONLY"


class JoinMode(StrEnum):
    SYNC = "SYNC"
    ASYNC = "ASYNC"


class IdempotencyStrategy(StrEnum):
    FAIL = "FAIL"
    RETURN_EXISTING = "RETURN_EXISTING"
    FAIL_ON_RUNNING = "FAIL_ON_RUNNING"


class InputExpression(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    """Where it stands in the definition."""
    expression: str
    type: str


class SubWorkflowParams(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    name: str | None
    version: int | None
    task_to_domain: dict[str, Any]
    definition: dict[str, Any] | str | None
    """A whole definition, or an expression that gives one."""
    idempotency_key: str | None
    idempotency_strategy: IdempotencyStrategy | None
    priority: Any


class WorkflowTask(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    """JSON pointer to it in the definition."""
    name: str
    ref: str
    type: str
    description: str | None
    input_parameters: dict[str, Any]
    input_expression: InputExpression | None
    optional: bool
    permissive: bool
    async_complete: bool
    start_delay: int
    retry_count: int | None
    task_definition: dict[str, Any] | None
    dynamic_task_name_param: str | None
    case_value_param: str | None
    case_expression: str | None
    script_expression: str | None
    decision_cases: dict[str, tuple[WorkflowTask, ...]]
    default_case: tuple[WorkflowTask, ...]
    fork_tasks: tuple[tuple[WorkflowTask, ...], ...]
    dynamic_fork_join_tasks_param: str | None
    dynamic_fork_tasks_param: str | None
    dynamic_fork_tasks_input_param_name: str | None
    sub_workflow: SubWorkflowParams | None
    join_on: tuple[str, ...]
    join_status: str | None
    join_mode: JoinMode
    default_exclusive_join_task: tuple[str, ...]
    sink: str | None
    rate_limited: bool
    loop_condition: str | None
    loop_over: tuple[WorkflowTask, ...]
    items: str | None
    evaluator_type: str | None
    expression: str | None
    on_state_change: dict[str, Any]
    cache_config: CacheConfig | None

    def sequences(self) -> Iterator[tuple[WorkflowTask, ...]]:
        """The lists of tasks directly inside it, in the order of the definition."""
        match self.type:
            case "DECISION" | "SWITCH":
                yield from self.decision_cases.values()
                yield self.default_case
            case "FORK_JOIN":
                yield from self.fork_tasks
            case "DO_WHILE":
                yield self.loop_over


class WorkflowDef(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    description: str | None
    version: int
    tasks: tuple[WorkflowTask, ...]
    input_parameters: tuple[str, ...]
    output_parameters: dict[str, Any]
    input_template: dict[str, Any]
    variables: dict[str, Any]
    failure_workflow: str | None
    failure_workflow_version: int | None
    schema_version: int
    restartable: bool
    listener_enabled: bool
    listener_sink: str | None
    owner_email: str | None
    timeout_policy: WorkflowTimeoutPolicy
    timeout_seconds: int
    rate_limit: RateLimit | None
    input_schema: SchemaUse | None
    output_schema: SchemaUse | None
    enforce_schema: bool
    metadata: dict[str, Any]
    cache_config: dict[str, Any] | None
    masked_fields: tuple[str, ...]
    masked_objects: tuple[str, ...]
    """Those of ``_secrets`` and ``_masked`` that stand anywhere in the definition."""

    def every_masked_field(self) -> tuple[str, ...]:
        """``maskedFields``, and the names that mask by themselves."""
        return tuple(dict.fromkeys((*self.masked_fields, *self.masked_objects)))

    def enforced_schemas(self) -> tuple[SchemaUse, ...]:
        """The schemas that the input and output of its jobs have to keep."""
        uses = (self.input_schema, self.output_schema) if self.enforce_schema else ()
        return tuple(use for use in uses if use is not None)

    def every_task(self) -> Iterator[WorkflowTask]:
        """Depth first; tasks inside an embedded sub-workflow are not among them."""
        yield from depth_first(self.tasks)


def depth_first(tasks: tuple[WorkflowTask, ...]) -> Iterator[WorkflowTask]:
    """The tasks and all within them."""
    for task in tasks:
        yield task
        for sequence in task.sequences():
            yield from depth_first(sequence)
