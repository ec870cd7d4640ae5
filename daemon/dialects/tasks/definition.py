"""A Conductor workflow definition as typed records (reference conductor.md §1.1, §1.2).

``read_workflow`` takes any JSON object: unknown members are passed over, wrong ones noted.
Where the documentation and the server differ, the documentation wins: ``timeoutPolicy``
is TIME_OUT_WF by default, ``inputExpression`` exists, ``taskType`` means ``type``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec

from daemon.dialects.fields import Fields, objects_of
from daemon.dialects.plan import Problem

SIMPLE = "SIMPLE"


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
    cache_config: dict[str, Any] | None

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
    rate_limit: dict[str, Any] | None
    input_schema: dict[str, Any] | None
    output_schema: dict[str, Any] | None
    enforce_schema: bool
    metadata: dict[str, Any]
    cache_config: dict[str, Any] | None
    masked_fields: tuple[str, ...]

    def every_task(self) -> Iterator[WorkflowTask]:
        """Depth first; tasks inside an embedded sub-workflow are not among them."""
        yield from _depth_first(self.tasks)


def _depth_first(tasks: tuple[WorkflowTask, ...]) -> Iterator[WorkflowTask]:
    for task in tasks:
        yield task
        for sequence in task.sequences():
            yield from _depth_first(sequence)


def read_workflow(fields: Fields) -> WorkflowDef:
    return WorkflowDef(
        name=fields.text("name") or "",
        description=fields.text("description"),
        version=fields.whole("version", 1),
        tasks=_tasks(fields, "tasks"),
        input_parameters=fields.texts("inputParameters"),
        output_parameters=fields.object("outputParameters"),
        input_template=fields.object("inputTemplate"),
        variables=fields.object("variables"),
        failure_workflow=fields.text("failureWorkflow"),
        failure_workflow_version=fields.whole_or_none("failureWorkflowVersion"),
        schema_version=fields.whole("schemaVersion", 2),
        restartable=fields.flag("restartable", True),
        listener_enabled=fields.flag("workflowStatusListenerEnabled", False),
        listener_sink=fields.text("workflowStatusListenerSink"),
        owner_email=fields.text("ownerEmail"),
        timeout_policy=fields.choice("timeoutPolicy", WorkflowTimeoutPolicy.TIME_OUT_WF),
        timeout_seconds=fields.whole("timeoutSeconds", 0),
        rate_limit=fields.object("rateLimitConfig") or None,
        input_schema=fields.object("inputSchema") or None,
        output_schema=fields.object("outputSchema") or None,
        enforce_schema=fields.flag("enforceSchema", True),
        metadata=fields.object("metadata"),
        cache_config=fields.object("cacheConfig") or None,
        masked_fields=fields.texts("maskedFields"),
    )


def _tasks(fields: Fields, key: str) -> tuple[WorkflowTask, ...]:
    return tuple(_task(task) for task in fields.objects(key))


def _task(fields: Fields) -> WorkflowTask:
    return WorkflowTask(
        path=fields.path,
        name=fields.text("name") or "",
        ref=fields.text("taskReferenceName") or "",
        type=_type(fields),
        description=fields.text("description"),
        input_parameters=fields.object("inputParameters"),
        input_expression=_input_expression(fields.below("inputExpression")),
        optional=fields.flag("optional", False),
        permissive=fields.flag("permissive", False),
        async_complete=fields.flag("asyncComplete", False),
        start_delay=fields.whole("startDelay", 0),
        retry_count=fields.whole_or_none("retryCount"),
        task_definition=fields.object("taskDefinition") if fields.has("taskDefinition") else None,
        dynamic_task_name_param=fields.text("dynamicTaskNameParam"),
        case_value_param=fields.text("caseValueParam"),
        case_expression=fields.text("caseExpression"),
        script_expression=fields.text("scriptExpression"),
        decision_cases=_cases(fields.below("decisionCases")),
        default_case=_tasks(fields, "defaultCase"),
        fork_tasks=_branches(fields),
        dynamic_fork_join_tasks_param=fields.text("dynamicForkJoinTasksParam"),
        dynamic_fork_tasks_param=fields.text("dynamicForkTasksParam"),
        dynamic_fork_tasks_input_param_name=fields.text("dynamicForkTasksInputParamName"),
        sub_workflow=_sub_workflow(fields.below("subWorkflowParam")),
        join_on=fields.texts("joinOn"),
        join_status=fields.text("joinStatus"),
        join_mode=fields.choice("joinMode", JoinMode.ASYNC),
        default_exclusive_join_task=fields.texts("defaultExclusiveJoinTask"),
        sink=fields.text("sink"),
        rate_limited=fields.flag("rateLimited", False),
        loop_condition=fields.text("loopCondition"),
        loop_over=_tasks(fields, "loopOver"),
        items=fields.text("items"),
        evaluator_type=fields.text("evaluatorType"),
        expression=fields.text("expression"),
        on_state_change=fields.object("onStateChange"),
        cache_config=fields.object("cacheConfig") or None,
    )


def _type(fields: Fields) -> str:
    """``taskType`` counts where there is no ``type``. Empty: it was given so."""
    given = fields.text("type") if fields.has("type") else fields.text("taskType")
    return SIMPLE if given is None else given


def _input_expression(fields: Fields | None) -> InputExpression | None:
    if fields is None:
        return None
    return InputExpression(
        path=fields.path,
        expression=fields.text("expression") or "",
        type=fields.text("type") or "JSON_PATH",
    )


def _cases(fields: Fields | None) -> dict[str, tuple[WorkflowTask, ...]]:
    return {} if fields is None else {case: _tasks(fields, case) for case in fields.source}


def _branches(fields: Fields) -> tuple[tuple[WorkflowTask, ...], ...]:
    branches = []
    for place, branch in enumerate(fields.elements("forkTasks")):
        at = fields.at("forkTasks", place)
        if isinstance(branch, list):
            branches.append(tuple(map(_task, objects_of(branch, at, fields.problems))))
        else:
            message = "a branch has to be a list of tasks"
            fields.problems.append(Problem(path=at, message=message))
    return tuple(branches)


def _sub_workflow(fields: Fields | None) -> SubWorkflowParams | None:
    if fields is None:
        return None
    strategy = fields.choice("idempotencyStrategy", IdempotencyStrategy.FAIL)
    return SubWorkflowParams(
        path=fields.path,
        name=fields.text("name"),
        version=fields.whole_or_none("version"),
        task_to_domain=fields.object("taskToDomain"),
        definition=_embedded(fields),
        idempotency_key=fields.text("idempotencyKey"),
        idempotency_strategy=strategy if fields.has("idempotencyStrategy") else None,
        priority=fields.source.get("priority"),
    )


def _embedded(fields: Fields) -> dict[str, Any] | str | None:
    match fields.source.get("workflowDefinition"):
        case None:
            return None
        case dict(definition):
            return definition
        case str(text) if text.startswith("${") and text.endswith("}"):
            return text
        case str():
            fields.wrong(
                "workflowDefinition",
                "workflowDefinition is a string, but not a valid DSL string",
            )
        case _:
            fields.wrong("workflowDefinition", "workflowDefinition has to be an object")
    return None
