"""Scripts of workflow definitions, run in child processes that can be killed."""

from daemon.executors.scripts.errors import ScriptCrashed, ScriptError, ScriptTimedOut
from daemon.executors.scripts.pool import ScriptPool
from daemon.executors.scripts.port import Language, Scripts
from daemon.executors.scripts.process import ScriptLimits

__all__ = [
    "Language",
    "ScriptCrashed",
    "ScriptError",
    "ScriptLimits",
    "ScriptPool",
    "ScriptTimedOut",
    "Scripts",
]
