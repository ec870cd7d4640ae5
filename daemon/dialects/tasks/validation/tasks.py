"""Rules about each task (reference conductor.md §1.2, §1.4)."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.dialects.fields import Fields
from daemon.dialects.plan import Known, Problem
from daemon.dialects.task_types import read_settings, rule_breaches, unenforceable
from daemon.dialects.tasks import announcing
from daemon.dialects.tasks.caching import flaws
from daemon.dialects.tasks.definition import DYNAMIC_FORK, WorkflowDef, WorkflowTask
from daemon.dialects.tasks.sinks import is_foreign, refusal_of_sink
from daemon.dialects.tasks.supported import is_served_by_workers, kind_of, refusal_of
from daemon.dialects.tasks.validation.found import Found, error, unsupported, warning
from daemon.dialects.tasks.validation.types import input_names, type_problems


def task_findings(workflow: WorkflowDef, known: Known) -> Iterator[Found]:
    yield from _unknown_joins(workflow)
    for task, in_loop in with_loops(workflow.tasks):
        yield from _required(task)
        yield from _supported(task)
        yield from _listeners(task)
        yield from _script(task)
        yield from _loop_ref(task, in_loop=in_loop)
        yield from _own_settings(task)
        yield from _registered(task, known)
        yield from _without_effect(task)
        yield from _cache(task, known)
        for problem in type_problems(task, known):
            yield Found(problem, is_error=not in_loop)


def _unknown_joins(workflow: WorkflowDef) -> Iterator[Found]:
    """What a dynamic fork makes has no name yet, and its join asks the fork."""
    tasks = list(workflow.every_task())
    if any(task.type == DYNAMIC_FORK for task in tasks):
        return
    refs = {task.ref for task in tasks}
    for task in tasks:
        for place, name in enumerate(task.join_on):
            if task.type in ("JOIN", "EXCLUSIVE_JOIN") and name not in refs:
                message = f"{task.ref} waits for {name}, but no task is called so: it never ends"
                yield warning(f"{task.path}/joinOn/{place}", message, "unknownJoin")


def with_loops(
    tasks: tuple[WorkflowTask, ...], *, in_loop: bool = False
) -> Iterator[tuple[WorkflowTask, bool]]:
    """Every task, and whether a loop is around it: there the original does not look at what
    a type demands, and neither may a mistake refuse the definition here."""
    for task in tasks:
        yield task, in_loop
        for sequence in task.sequences():
            yield from with_loops(sequence, in_loop=in_loop or bool(task.loop_over))


def _required(task: WorkflowTask) -> Iterator[Found]:
    if not task.name:
        yield error(f"{task.path}/name", "WorkflowTask name cannot be empty or null", "required")
    if not task.ref:
        message = "WorkflowTask taskReferenceName name cannot be empty or null"
        yield error(f"{task.path}/taskReferenceName", message, "required")
    if not task.type:
        yield error(f"{task.path}/type", "WorkflowTask type cannot be null or empty", "required")
    if task.start_delay < 0:
        message = f"startDelay has to be 0 or more seconds, not {task.start_delay}"
        yield error(f"{task.path}/startDelay", message)
    if task.retry_count is not None and task.retry_count < 0:
        message = f"retryCount has to be 0 or more, not {task.retry_count}"
        yield warning(f"{task.path}/retryCount", message)


def _supported(task: WorkflowTask) -> Iterator[Found]:
    """A sink that is no name of ours by a slip is wrong everywhere."""
    if sentence := refusal_of(task.type):
        yield unsupported(f"{task.path}/type", f"task {task.ref}: {sentence}", "unsupportedType")
    sink = task.sink if task.type == "EVENT" else None
    if sink is not None and "${" not in sink and (sentence := refusal_of_sink(sink)):
        found = unsupported if is_foreign(sink) else error
        yield found(f"{task.path}/sink", f"task {task.ref}: {sentence}", "unsupportedSink")


def _listeners(task: WorkflowTask) -> Iterator[Found]:
    for problem in announcing.problems(task):
        yield Found(problem, is_error=True)


def _script(task: WorkflowTask) -> Iterator[Found]:
    """Python is the one language of the original's evaluators that is not run here."""
    path, language = f"{task.path}/evaluatorType", task.evaluator_type
    if task.type == "INLINE":
        path = f"{task.path}/inputParameters/evaluatorType"
        language = task.input_parameters.get("evaluatorType")
    if task.type in ("SWITCH", "INLINE") and language == "python":
        message = (
            f"task {task.ref}: scripts in python cannot be run by this release; "
            "write them in javascript or leave them to a worker"
        )
        yield error(path, message, "unsupportedEvaluator")


def _loop_ref(task: WorkflowTask, *, in_loop: bool) -> Iterator[Found]:
    if in_loop and "__" in task.ref:
        message = (
            f"inside a loop expressions cannot read {task.ref}: behind '__' they expect the "
            "iteration; choose a taskReferenceName without it"
        )
        yield warning(f"{task.path}/taskReferenceName", message, "loopReference")


def _own_settings(task: WorkflowTask) -> Iterator[Found]:
    """What may not be registered is let pass where it is written into a definition: those
    that a server made up itself, and exports, have a responseTimeoutSeconds of 0."""
    if task.task_definition is None:
        return
    path = f"{task.path}/taskDefinition"
    problems: list[Problem] = []
    settings = read_settings(Fields(task.task_definition, path, problems))
    for problem in rule_breaches(settings, path):
        yield Found(problem, is_error=False)
    for problem in (*problems, *unenforceable(settings)):
        yield Found(problem, is_error=True)


def _registered(task: WorkflowTask, known: Known) -> Iterator[Found]:
    if task.task_definition is not None or not task.name or task.name in known.task_types:
        return
    if not is_served_by_workers(task.type):
        return
    found = error if known.require_task_types else warning
    message = f"the task type {task.name} is not registered; register it with taskType.put"
    yield found(f"{task.path}/name", message, "unregisteredTaskType")


def _without_effect(task: WorkflowTask) -> Iterator[Found]:
    if task.rate_limited:
        path = f"{task.path}/rateLimited"
        yield warning(path, "rateLimited is kept but has no effect", "noEffect")
    if task.join_status:
        message = (
            f"task {task.ref}: joinStatus is kept but has no effect, as nothing documents one; "
            "say optional or permissive on the joined tasks instead"
        )
        yield warning(f"{task.path}/joinStatus", message, "noEffect")


def _cache(task: WorkflowTask, known: Known) -> Iterator[Found]:
    config = task.cache_config
    if config is None:
        return
    if not kind_of(task.type).keeps_output:
        message = (
            f"task {task.ref}: cacheConfig has no effect on tasks of type {task.type}: what they "
            "do is more than their output"
        )
        yield warning(config.path, message, "noEffect")
        return
    for field, why in flaws(config, input_names(task, known)):
        message = f"task {task.ref}: its output is not cached: {field} {why}"
        yield warning(f"{config.path}/{field}", message, "noEffect")
