"""JSON-Logic, the language of conditional transitions."""

from daemon.dialects.steps.logic.budget import LogicError
from daemon.dialects.steps.logic.evaluate import MAX_OPERATIONS, evaluate
from daemon.dialects.steps.logic.javascript import truthy

__all__ = ["MAX_OPERATIONS", "LogicError", "evaluate", "truthy"]
