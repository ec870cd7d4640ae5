"""Decisions that need no script engine: ``value-param`` and simple JavaScript conditions."""

from daemon.dialects.conditions.simple import NOT_SIMPLE, NotSimple, decide, is_simple
from daemon.dialects.conditions.truth import to_boolean, value_param

__all__ = ["NOT_SIMPLE", "NotSimple", "decide", "is_simple", "to_boolean", "value_param"]
