"""JustWorkflowIt's language: a sequence of steps with transitions and contracts."""

from daemon.dialects.steps.dialect import StepsDialect
from daemon.dialects.steps.limits import Limits
from daemon.dialects.steps.plan import StepsPlan

__all__ = ["Limits", "StepsDialect", "StepsPlan"]
