"""What each type of task demands of its fields (reference conductor.md §1.4).

The messages are those of Conductor's server. Scripts are not looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from daemon.dialects.plan import Known, Problem
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.waiting import is_date, is_duration

Check = Callable[[WorkflowTask], Iterator[Problem]]


def type_problems(task: WorkflowTask, known: Known) -> Iterator[Problem]:
    check = CHECKS.get(task.type)
    if check is not None:
        yield from check(task)
    if task.type in _WANTED_INPUTS and not _has_input(task, known):
        shown = _WANTED_INPUTS[task.type].shown
        yield _required(task, "inputParameters", shown=shown)


def _required(task: WorkflowTask, field: str, *, shown: str = "") -> Problem:
    message = f"{shown or field} field is required for taskType: {task.type} taskName: {task.name}"
    return Problem(path=f"{task.path}/{field}", message=message, kind="required")


def _empty(task: WorkflowTask, field: str) -> Problem:
    message = (
        f"{field} should have atleast one task for taskType: {task.type} taskName: {task.name}"
    )
    return Problem(path=f"{task.path}/{field}", message=message, kind="required")


def _event(task: WorkflowTask) -> Iterator[Problem]:
    if task.sink is None:
        yield _required(task, "sink")


def _decision(task: WorkflowTask) -> Iterator[Problem]:
    if task.case_value_param is None and task.case_expression is None:
        yield _required(task, "caseValueParam", shown="caseValueParam or caseExpression")
    if not task.decision_cases:
        yield _empty(task, "decisionCases")


def _switch(task: WorkflowTask) -> Iterator[Problem]:
    if task.evaluator_type is None:
        yield _required(task, "evaluatorType")
    elif task.expression is None:
        yield _required(task, "expression")
    if not task.decision_cases:
        yield _empty(task, "decisionCases")


def _loop(task: WorkflowTask) -> Iterator[Problem]:
    if task.loop_condition is None:
        yield _required(task, "loopCondition")
    if not task.loop_over:
        yield _required(task, "loopOver")


def _dynamic(task: WorkflowTask) -> Iterator[Problem]:
    if task.dynamic_task_name_param is None:
        yield _required(task, "dynamicTaskNameParam")


def _fork(task: WorkflowTask) -> Iterator[Problem]:
    if not task.fork_tasks:
        yield _empty(task, "forkTasks")


def _dynamic_fork(task: WorkflowTask) -> Iterator[Problem]:
    if "forkTaskInputs" in task.input_parameters:
        return
    pair = {
        "dynamicForkTasksParam": task.dynamic_fork_tasks_param,
        "dynamicForkTasksInputParamName": task.dynamic_fork_tasks_input_param_name,
    }
    if task.dynamic_fork_join_tasks_param is None:
        yield from (_required(task, field) for field, value in pair.items() if value is None)
    elif any(value is not None for value in pair.values()):
        message = (
            "dynamicForkJoinTasksParam or combination of dynamicForkTasksInputParamName and "
            "dynamicForkTasksParam cam be used for taskType: FORK_JOIN_DYNAMIC taskName: "
            f"{task.name}"
        )
        yield Problem(path=f"{task.path}/dynamicForkJoinTasksParam", message=message)


class _Wanted(NamedTuple):
    """What the input of a type needs: one of ``keys``, or the first from a template."""

    keys: tuple[str, ...]
    shown: str


_WANTED_INPUTS = {
    "HTTP": _Wanted(
        ("http_request", "uri", "method"), "inputParameters.http_request or inputParameters.uri"
    ),
    "KAFKA_PUBLISH": _Wanted(("kafka_request",), "inputParameters.kafka_request"),
    "JSON_JQ_TRANSFORM": _Wanted(("queryExpression",), "inputParameters.queryExpression"),
}


def _has_input(task: WorkflowTask, known: Known) -> bool:
    keys = _WANTED_INPUTS[task.type].keys
    return not task.input_parameters.keys().isdisjoint(keys) or keys[0] in _template(task, known)


def input_names(task: WorkflowTask, known: Known) -> frozenset[str] | None:
    """The names that its input has; None: only the running job tells."""
    if task.input_expression is not None:
        return None
    return frozenset(task.input_parameters).union(_template(task, known))


def _template(task: WorkflowTask, known: Known) -> Collection[str]:
    """What the settings of the task's type give its input: those in the definition, else the
    registered ones."""
    if task.task_definition is None:
        return known.templates.get(task.name, ())
    template: Any = task.task_definition.get("inputTemplate")
    return template if isinstance(template, dict) else ()


def _sub_workflow(task: WorkflowTask) -> Iterator[Problem]:
    if task.sub_workflow is None:
        yield _required(task, "subWorkflowParam")


def _terminate(task: WorkflowTask) -> Iterator[Problem]:
    if task.optional:
        message = f"terminate task cannot be optional, taskName: {task.name}"
        yield Problem(path=f"{task.path}/optional", message=message)
    if task.input_parameters.get("terminationStatus") not in TERMINATION_STATUSES:
        message = (
            "terminate task must have an terminationStatus parameter and must be set to "
            f"COMPLETED or FAILED, taskName: {task.name}"
        )
        yield Problem(path=f"{task.path}/inputParameters/terminationStatus", message=message)


TERMINATION_STATUSES = ("COMPLETED", "FAILED", "TERMINATED")


def _wait(task: WorkflowTask) -> Iterator[Problem]:
    duration = _literal(task.input_parameters.get("duration"))
    until = _literal(task.input_parameters.get("until"))
    path = f"{task.path}/inputParameters"
    if duration and until:
        message = "Both 'duration' and 'until' specified. Please provide only one input"
        yield Problem(path=f"{path}/until", message=message)
    if duration and not duration.startswith("${"):
        if not is_duration(duration):
            message = "Either date or duration is passed as null "
            yield Problem(path=f"{path}/duration", message=message)
    elif until and not until.startswith("${") and not is_date(until):
        yield Problem(path=f"{path}/until", message="Unable to parse date ")


def _literal(value: Any) -> str:
    return "" if value is None else str(value).strip()


CHECKS: dict[str, Check] = {
    "EVENT": _event,
    "DECISION": _decision,
    "SWITCH": _switch,
    "DO_WHILE": _loop,
    "DYNAMIC": _dynamic,
    "FORK_JOIN": _fork,
    "FORK_JOIN_DYNAMIC": _dynamic_fork,
    "SUB_WORKFLOW": _sub_workflow,
    "TERMINATE": _terminate,
    "WAIT": _wait,
}
