"""From a definition without errors to its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from msgspec.structs import replace

from daemon.dialects.plan import Known, Pins, Schedule, TaskRules, TimeoutPolicy
from daemon.dialects.steps.analysis.names import config_problems
from daemon.dialects.steps.built_in import RUN_CHILD_JOB, WAIT_FOR_EVENTS, built_in_problems
from daemon.dialects.steps.children import Children, children_of
from daemon.dialects.steps.data import execution_keys
from daemon.dialects.steps.definitions import Definitions
from daemon.dialects.steps.entrance import Entrance, Needed
from daemon.dialects.steps.limits import Limits
from daemon.dialects.steps.plan import PlannedStep, StepsPlan
from daemon.dialects.steps.references import References
from daemon.dialects.steps.targets import certain
from daemon.dialects.steps.transformer import Fieldset, fieldset_problems
from daemon.dialects.steps.transformer.path import split
from daemon.dialects.steps.workflow import WORKFLOW_INPUT, Step, Workflow, read_workflow
from daemon.dialects.task_types import settings_of

_BYTES_PER_CHARACTER: Final = 20
"""Of memory that a plan and its definition take, measured for 1 to 1,000 steps."""


def compile_plan(definition: Mapping[str, Any], pins: Pins, limits: Limits) -> StepsPlan:
    workflow = read_workflow(definition)
    definitions = Definitions(workflow.definitions)
    references = References(workflow.definitions, limits)
    planned = _planned(workflow, definitions, references, pins, limits)
    contracts = pins.policy.contracts
    contract = definitions.contract(WORKFLOW_INPUT) if workflow.takes_input else None
    return StepsPlan(
        steps={one.step.name: one for one in planned},
        first=workflow.steps[0].name,
        keys=execution_keys(workflow),
        entrance=Entrance(contract=contract, needed=_needed(workflow), contracts=contracts),
        contracts=contracts,
        max_operations=limits.max_operations,
        cost=len(orjson.dumps(definition)) * _BYTES_PER_CHARACTER,
    )


def _planned(
    workflow: Workflow,
    definitions: Definitions,
    references: References,
    pins: Pins,
    limits: Limits,
) -> Iterator[PlannedStep]:
    """Every step that could run; one that no transition leads to may have broken references."""
    for step in workflow.by_name.values():
        names = (step.input_definition, step.output_definition)
        if all(references.is_sound(name) for name in names) and _can_run(workflow, step):
            takes, gives = (definitions.contract(name) for name in names)
            rules = _rules(step, pins)
            yield PlannedStep(
                step=step,
                schedule=_schedule(step),
                rules=_own_rules(step, rules),
                fieldset=None if step.fieldset is None else Fieldset(step.fieldset),
                takes=takes,
                gives=gives,
                children=_children(step, rules, limits),
            )


def _can_run(workflow: Workflow, step: Step) -> bool:
    """What the registration lets pass in a step that nothing leads to."""
    if step.fieldset is not None and any(fieldset_problems(step.fieldset, "")):
        return False
    return not any(config_problems(step, Known())) and not any(built_in_problems(workflow, step))


def _own_rules(step: Step, rules: TaskRules) -> TaskRules:
    """What is tried again of a step that runs child jobs is its children."""
    return replace(rules, retry_count=0) if step.task_type == RUN_CHILD_JOB else rules


def _children(step: Step, rules: TaskRules, limits: Limits) -> Children | None:
    if step.task_type != RUN_CHILD_JOB or step.config is None:
        return None
    return children_of(step.name, step.config, rules, limits.max_children)


def _needed(workflow: Workflow) -> tuple[Needed, ...]:
    """What the steps up to the first branch read of the workflow input."""
    return tuple(
        Needed(step=step.name, path=path[1:], via=_via(item))
        for step in certain(workflow)
        for item in step.fieldset or ()
        if (path := split(item.get("from", ""))) and path[0] == WORKFLOW_INPUT
    )


def _via(item: Mapping[str, Any]) -> tuple[str, str] | None:
    via = None if item.get("valueToKey") else item.get("via")
    return None if via is None else (via["sourceFormat"], via["format"])


def _schedule(step: Step) -> Schedule:
    events = step.config if step.task_type == WAIT_FOR_EVENTS and step.config else {}
    return Schedule(
        ref=step.name,
        name=step.name,
        task_type=step.task_type,
        kind=step.task_type,
        input=None,
        offered=step.task_type not in _DONE_HERE,
        awaits=tuple(dict.fromkeys(events.get("eventIds", ()))),
        eager=step.task_type == RUN_CHILD_JOB,
        config=step.config,
        secrets=step.secrets,
    )


_DONE_HERE: Final = frozenset({WAIT_FOR_EVENTS, RUN_CHILD_JOB})
"""No worker and no executor does them; so the time of all their attempts together is limited,
which starts when they are scheduled."""


def _total_seconds(step: Step) -> float:
    return step.timeout_seconds * (step.retries + 1) if step.task_type in _DONE_HERE else 0


def _rules(step: Step, pins: Pins) -> TaskRules:
    """Attempts and their time are the step's own; how long a worker may stay silent is its
    task type's."""
    policy = pins.policy
    registered = pins.task_types.get(step.task_type)
    settings = None if registered is None else settings_of(registered)
    return TaskRules(
        retry_count=step.retries,
        retry_logic=policy.step_retry_logic,
        retry_delay_seconds=policy.step_retry_delay_seconds,
        max_retry_delay_seconds=policy.step_max_retry_delay_seconds,
        backoff_jitter_ms=policy.step_retry_jitter_ms,
        timeout_seconds=step.timeout_seconds,
        response_timeout_seconds=0 if settings is None else settings.response_timeout_seconds,
        poll_timeout_seconds=0 if settings is None else settings.poll_timeout_seconds,
        total_timeout_seconds=_total_seconds(step),
        timeout_policy=TimeoutPolicy.RETRY,
        payloads_by_event=step.task_type == WAIT_FOR_EVENTS,
        settings_name=step.task_type,
        runtime_metadata=() if settings is None else settings.runtime_metadata,
        tells_status=settings is None or settings.task_status_listener_enabled,
    )
