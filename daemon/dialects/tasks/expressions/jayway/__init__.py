"""JSONPath as Conductor's users know it: the rules of the Java library Jayway json-path
with exceptions suppressed (reference conductor.md §2.3).

``compile_path`` reads a path once; ``read`` evaluates it. Plain paths, which are nearly
all, never come to ``read``: their ``Path.keys`` are followed directly.
"""

from daemon.dialects.tasks.expressions.jayway.path import InvalidPath, Path, compile_path
from daemon.dialects.tasks.expressions.jayway.read import MISSING, Lookup, follow, read

__all__ = ["MISSING", "InvalidPath", "Lookup", "Path", "compile_path", "follow", "read"]
