"""How a script fails."""

from __future__ import annotations


class ScriptError(ValueError):
    """The script itself is at fault: it does not parse, or it threw."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class ScriptTimedOut(TimeoutError):
    def __init__(self, timeout_seconds: float) -> None:
        super().__init__(f"Script not evaluated within {timeout_seconds:g} seconds, interrupted.")
        self.timeout_seconds = timeout_seconds


class ScriptCrashed(RuntimeError):
    """The process that ran the script ended: it took too much memory, or the engine broke."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(
            "the process that evaluated the script ended without an answer "
            f"(exit code {exit_code}); most often the script took too much memory"
        )
        self.exit_code = exit_code
