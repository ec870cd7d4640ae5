"""What the tasks that run scripts have in common: how a failure is told."""

from __future__ import annotations

from typing import Any

from daemon.executors.executor import Outcome
from daemon.executors.scripts import ScriptError
from eventstore.events import TaskStatus


def failed(reason: str, status: TaskStatus = TaskStatus.FAILED) -> Outcome:
    return Outcome(status=status, output={"error": reason}, reason=reason)


def script_failure(error: ScriptError) -> str:
    text = f"Error evaluating the script `{error.message}`"
    return text if error.line is None else f"{text} at line {error.line}"


def text_of(value: Any) -> str | None:
    """None for what is blank or no text."""
    return value if isinstance(value, str) and value.strip() else None
