"""From a definition without errors to its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from daemon.dialects.plan import Pins, Schedule, TaskRules, TimeoutPolicy
from daemon.dialects.steps.data import execution_keys
from daemon.dialects.steps.definitions import Definitions
from daemon.dialects.steps.plan import PlannedStep, StepsPlan
from daemon.dialects.steps.references import References
from daemon.dialects.steps.workflow import WORKFLOW_INPUT, Step, Workflow, read_workflow

_BYTES_PER_CHARACTER: Final = 40
"""Of memory that a plan takes, measured for definitions of 1 to 1,000 steps."""


def compile_plan(definition: Mapping[str, Any], pins: Pins, max_nesting: int) -> StepsPlan:
    workflow = read_workflow(definition)
    definitions = Definitions(workflow.definitions)
    planned = _planned(workflow, definitions, References(workflow.definitions, max_nesting), pins)
    return StepsPlan(
        steps={one.step.name: one for one in planned},
        first=workflow.steps[0].name,
        keys=execution_keys(workflow),
        workflow_input=definitions.contract(WORKFLOW_INPUT) if workflow.takes_input else None,
        contracts=pins.policy.contracts,
        cost=len(orjson.dumps(definition)) * _BYTES_PER_CHARACTER,
    )


def _planned(
    workflow: Workflow, definitions: Definitions, references: References, pins: Pins
) -> Iterator[PlannedStep]:
    """Every step that could run; one that no transition leads to may have broken references."""
    for step in workflow.by_name.values():
        names = (step.input_definition, step.output_definition)
        if all(references.is_sound(name) for name in names):
            takes, gives = (definitions.contract(name) for name in names)
            yield PlannedStep(
                step=step,
                schedule=_schedule(step),
                rules=_rules(step, pins),
                takes=takes,
                gives=gives,
            )


def _schedule(step: Step) -> Schedule:
    return Schedule(
        ref=step.name, name=step.name, task_type=step.task_type, kind=step.task_type, input=None
    )


def _rules(step: Step, pins: Pins) -> TaskRules:
    """Attempts and their time are the step's own; how long a worker may stay silent is its
    task type's."""
    policy, settings = pins.policy, pins.task_types.get(step.task_type, {})
    return TaskRules(
        retry_count=step.retries,
        retry_logic=policy.step_retry_logic,
        retry_delay_seconds=policy.step_retry_delay_seconds,
        max_retry_delay_seconds=policy.step_max_retry_delay_seconds,
        backoff_jitter_ms=policy.step_retry_jitter_ms,
        timeout_seconds=step.timeout_seconds,
        response_timeout_seconds=settings.get("responseTimeoutSeconds", 0),
        poll_timeout_seconds=settings.get("pollTimeoutSeconds", 0),
        timeout_policy=TimeoutPolicy.RETRY,
        settings_name=step.task_type,
    )
