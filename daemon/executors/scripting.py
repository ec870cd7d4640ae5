"""What the tasks that run scripts have in common: how a failure is told."""

from __future__ import annotations

from typing import Any

from daemon.executors.executor import Outcome
from daemon.executors.scripts import ScriptError
from eventstore.events import TaskStatus


def failed(reason: str, status: TaskStatus = TaskStatus.FAILED) -> Outcome:
    return Outcome(status=status, output={"error": reason}, reason=reason)


def script_failure(error: ScriptError) -> str:
    """The original names no line for an error that a script makes itself (observed on
    Conductor 3.32.3)."""
    text = f"Error evaluating the script `{error.message}`"
    has_line = error.line is not None and not error.message.startswith("Error: ")
    return f"{text} at line {error.line}" if has_line else text


def text_of(value: Any) -> str | None:
    """None for what is blank or no text."""
    return value if isinstance(value, str) and value.strip() else None
