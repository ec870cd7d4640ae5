"""JSON-Logic, the language of conditional transitions."""

from daemon.dialects.steps.logic.budget import LogicError
from daemon.dialects.steps.logic.evaluate import evaluate
from daemon.dialects.steps.logic.javascript import truthy

__all__ = ["LogicError", "evaluate", "truthy"]
