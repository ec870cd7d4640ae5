"""What a dynamic fork is to have as branches: the three forms of its input (§4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from daemon.dialects.fields import Fields
from daemon.dialects.plan import Fault, JobView
from daemon.dialects.tasks import announcing
from daemon.dialects.tasks.definition import FORKS, SIMPLE, WorkflowTask, depth_first
from daemon.dialects.tasks.expressions import java_text
from daemon.dialects.tasks.reading import read_task
from daemon.dialects.tasks.refs import inside
from daemon.dialects.tasks.step import Place
from eventstore.events import TaskStatus

OWN_FIELDS = (
    "asyncComplete",
    "description",
    "optional",
    "permissive",
    "retryCount",
    "startDelay",
    "taskDefinition",
)
"""What an element of ``forkTaskInputs`` says of its task beside its input."""


class Wanted(msgspec.Struct, frozen=True):
    definitions: list[Any]
    """A task as a definition would have it, for each branch."""


class _Wrong(ValueError):
    """The input of a dynamic fork makes no branches."""


def branches_wanted(
    place: Place, job: JobView, number: int, given: dict[str, Any]
) -> Wanted | Fault:
    """``number`` is that of the fork's task. A Fault ends the job."""
    try:
        definitions = list(_without_repeats(_definitions(place, job, number, given)))
        _check(place, job, definitions)
    except _Wrong as wrong:
        return Fault(reason=str(wrong), status=TaskStatus.FAILED)
    return Wanted(definitions)


def _definitions(
    place: Place, job: JobView, number: int, given: dict[str, Any]
) -> list[dict[str, Any]]:
    elements = given.get("forkTaskInputs")
    if isinstance(elements, list):
        return [*_of_one_kind(place, job, number, given, elements)]
    if place.step.task.dynamic_fork_tasks_param is not None:
        return _listed(place.step.task, given)
    return _legacy(place.step.task, given)


# --- forkTaskInputs: one task or workflow for each element --------------------------


def _of_one_kind(
    place: Place, job: JobView, number: int, given: dict[str, Any], elements: list[Any]
) -> Iterator[dict[str, Any]]:
    fork = place.step.task.ref
    workflow = given.get("forkTaskWorkflow")
    task_type = "SUB_WORKFLOW" if workflow is not None else given.get("forkTaskType") or SIMPLE
    usual = fork if workflow is not None or task_type == SIMPLE else task_type
    named = given.get("forkTaskName")
    name = named or usual
    prefix = f"_{name}" if _is_first(place, job, number) else f"_{fork}_{name}"
    for index, element in enumerate(elements):
        known = element if isinstance(element, dict) else {"input": element}
        one: dict[str, Any] = {key: known[key] for key in OWN_FIELDS if key in known}
        one |= {"name": name, "taskReferenceName": f"{prefix}_{index}", "type": task_type}
        one["inputParameters"] = {**known, "__index": index}
        if place.step.task.optional:
            one["optional"] = True
        if workflow is not None:
            one["subWorkflowParam"] = _workflow(given, workflow, known)
            one["name"] = named or java_text(workflow)
        yield one


def _is_first(place: Place, job: JobView, number: int) -> bool:
    """Only the first dynamic fork of a job leaves its ref out of the names. Forks that begin
    at the same moment are told apart by their order in the definition."""
    graph = place.graph
    if graph.outer is not None or any(job.latest(ref) is not None for ref in graph.dynamic_forks):
        return False
    return number == job.next_number or graph.dynamic_forks[0] == place.step.task.ref


def _workflow(given: dict[str, Any], name: Any, element: dict[str, Any]) -> dict[str, Any]:
    version = given.get("forkTaskWorkflowVersion")
    if version is not None and not (isinstance(version, str) and version.isdecimal()):
        raise _Wrong(
            "forkTaskWorkflowVersion has to be a whole number, written as a string, not "
            f"'{java_text(version)}'"
        )
    params: dict[str, Any] = {"name": java_text(name)}
    if version is not None:
        params["version"] = int(version)
    domains = element.get("taskToDomain")
    if isinstance(domains, dict):
        params["taskToDomain"] = domains
    return params


# --- dynamicForkTasksParam: a list of tasks and a map of their inputs ---------------


def _listed(task: WorkflowTask, given: dict[str, Any]) -> list[dict[str, Any]]:
    param = task.dynamic_fork_tasks_param or ""
    tasks = given.get(param)
    named = isinstance(tasks, list) and all(_has_ref(one) for one in tasks)
    if not isinstance(tasks, list) or not named:
        raise _Wrong(
            f"Input '{param}' is invalid. Cannot deserialize a list of Workflow Tasks from "
            f"'{java_text(tasks)}'"
        )
    inputs = given.get(task.dynamic_fork_tasks_input_param_name or "")
    if not isinstance(inputs, dict):
        raise _Wrong(
            "Input to the dynamically forked tasks is not a map -> expecting a map of K,V  but "
            f"found {java_text(inputs)}"
        )
    return [_with_input(one, inputs.get(one["taskReferenceName"])) for one in tasks]


def _has_ref(task: Any) -> bool:
    return isinstance(task, dict) and isinstance(task.get("taskReferenceName"), str)


def _with_input(task: dict[str, Any], more: Any) -> dict[str, Any]:
    if more is None:
        return task
    if not isinstance(more, dict):
        raise _Wrong(
            "Tasks could not be dynamically forked due to invalid input: the input of "
            f"{task['taskReferenceName']} has to be an object, not '{java_text(more)}'"
        )
    own = task.get("inputParameters")
    return {**task, "inputParameters": {**(own if isinstance(own, dict) else {}), **more}}


# --- dynamicForkJoinTasksParam: the older form --------------------------------------


def _legacy(task: WorkflowTask, given: dict[str, Any]) -> list[dict[str, Any]]:
    param = task.dynamic_fork_join_tasks_param or ""
    value = given.get(param)
    tasks = value.get("dynamicTasks") if isinstance(value, dict) else None
    if not isinstance(tasks, list):
        raise _Wrong(
            f"Dynamic tasks could not be created. The value of {param} from task's input "
            f"{java_text(given)} has no dynamic tasks to be scheduled"
        )
    return [_from_legacy(one) for one in tasks]


def _from_legacy(task: Any) -> dict[str, Any]:
    match task:
        case {"taskName": str(name), "referenceName": str(ref)}:
            workflow = task.get("workflowName")
            made = {
                "name": name,
                "taskReferenceName": ref,
                "type": task.get("type") or SIMPLE,
                "inputParameters": task.get("input") or {},
            }
            if workflow is not None:
                made["subWorkflowParam"] = {"name": java_text(workflow)}
            return made
        case _:
            raise _Wrong(
                "Tasks could not be dynamically forked due to invalid input: a dynamic task has "
                f"a taskName and a referenceName, not '{java_text(task)}'"
            )


# --- what holds for all of them -----------------------------------------------------


def _without_repeats(definitions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of two tasks with one ref the first counts."""
    seen: set[str] = set()
    for one in definitions:
        if one["taskReferenceName"] not in seen:
            seen.add(one["taskReferenceName"])
            yield one


def _check(place: Place, job: JobView, definitions: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for one in definitions:
        problems: list[Any] = []
        branch = read_task(Fields(one, f"/{one['taskReferenceName']}", problems))
        if problems:
            raise _Wrong(f"Tasks could not be dynamically forked: {_shown(problems)}")
        for task in depth_first((branch,)):
            _check_ref(place, job, task, seen)
            refusal = place.graph.forks.refusal(task) or _misspelt(task)
            if refusal is not None:
                raise _Wrong(f"{task.ref} cannot be forked dynamically: {refusal}")
        if branch.type in FORKS:
            raise _Wrong(
                f"{branch.ref} cannot be forked dynamically: nothing would join a fork of type "
                f"{branch.type}; put it into a workflow of its own and fork a SUB_WORKFLOW"
            )


def _misspelt(task: WorkflowTask) -> str | None:
    """What is wrong with the messages that it is to publish."""
    return next((f"{one.path}: {one.message}" for one in announcing.problems(task)), None)


def _shown(problems: list[Any]) -> str:
    return "; ".join(f"{one.path}: {one.message}" for one in problems)


def _check_ref(place: Place, job: JobView, task: WorkflowTask, seen: set[str]) -> None:
    taken = task.ref in seen or task.ref in place.graph.steps
    if not taken and job.latest(inside(task.ref, place.around)) is None:
        seen.add(task.ref)
        return
    raise _Wrong(
        f"No dynamic tasks could be created for the Workflow: {job.workflow}."
        f"{job.version_number}/{job.job_id}, Dynamic Fork Task: {task.name}/{task.ref} attempted "
        f"to create a duplicate task reference name: {task.ref}"
    )
