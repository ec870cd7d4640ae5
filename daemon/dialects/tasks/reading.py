"""From JSON to the records of ``definition``.

Any object will do: unknown members are passed over, wrong ones noted. Where Conductor's
documentation and its server differ, the documentation wins: ``timeoutPolicy`` is
TIME_OUT_WF by default, ``inputExpression`` exists, ``taskType`` means ``type``.
"""

from __future__ import annotations

from typing import Any

from daemon.dialects.fields import Fields, objects_of
from daemon.dialects.plan import Problem
from daemon.dialects.schemas import read_schema
from daemon.dialects.tasks.caching import read_cache_config
from daemon.dialects.tasks.definition import (
    SIMPLE,
    IdempotencyStrategy,
    InputExpression,
    JoinMode,
    SubWorkflowParams,
    WorkflowDef,
    WorkflowTask,
    WorkflowTimeoutPolicy,
)
from daemon.dialects.tasks.rate_limit import read_rate_limit

MASKING_OBJECTS = ("_secrets", "_masked")
"""What stands in an object called so is masked (Orkes' page on masking parameters)."""


def names(value: Any, name: str) -> bool:
    """Whether some object in ``value`` has a member called so."""
    match value:
        case dict():
            return name in value or any(names(one, name) for one in value.values())
        case list():
            return any(names(one, name) for one in value)
    return False


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
        rate_limit=read_rate_limit(fields.below("rateLimitConfig")),
        input_schema=read_schema(fields.below("inputSchema")),
        output_schema=read_schema(fields.below("outputSchema")),
        enforce_schema=fields.flag("enforceSchema", True),
        metadata=fields.object("metadata"),
        cache_config=fields.object("cacheConfig") or None,
        masked_fields=fields.texts("maskedFields"),
        masked_objects=tuple(name for name in MASKING_OBJECTS if names(fields.source, name)),
    )


def _tasks(fields: Fields, key: str) -> tuple[WorkflowTask, ...]:
    return tuple(read_task(task) for task in fields.objects(key))


def read_task(fields: Fields) -> WorkflowTask:
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
        cache_config=read_cache_config(fields.below("cacheConfig")),
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
            branches.append(tuple(map(read_task, objects_of(branch, at, fields.problems))))
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
