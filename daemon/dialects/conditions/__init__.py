"""Decisions that need no script engine: ``value-param`` and simple JavaScript conditions."""

from daemon.dialects.conditions.simple import NOT_SIMPLE, NotSimple, decide
from daemon.dialects.conditions.truth import to_boolean, value_param

__all__ = ["NOT_SIMPLE", "NotSimple", "decide", "to_boolean", "value_param"]
