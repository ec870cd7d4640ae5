"""Conductor's workflow definitions: tasks, expressions, failure workflows."""

from daemon.dialects.tasks.dialect import TasksDialect

__all__ = ["TasksDialect"]
