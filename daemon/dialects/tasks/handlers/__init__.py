"""Event handlers of Conductor (reference conductor.md §6.5, §7)."""

from daemon.dialects.tasks.handlers.language import EventHandlers

__all__ = ["EventHandlers"]
