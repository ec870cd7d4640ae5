"""Expressions of Conductor definitions: templates and the paths in them."""

from daemon.dialects.tasks.expressions.document import Resolver, reader
from daemon.dialects.tasks.expressions.jayway import InvalidPath, Path, compile_path
from daemon.dialects.tasks.expressions.template import compile_template
from daemon.dialects.tasks.expressions.text import java_text

__all__ = [
    "InvalidPath",
    "Path",
    "Resolver",
    "compile_path",
    "compile_template",
    "java_text",
    "reader",
]
