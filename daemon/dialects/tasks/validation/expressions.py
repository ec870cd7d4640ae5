"""Expressions that cannot be read, or read from a step that does not exist (§1.4, §2.6).

The original looks at the input of the outermost tasks only, and refuses the definition, unless
it stands in a SUB_WORKFLOW. Everywhere else a mistake would come out as null while the job runs:
that is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from daemon.dialects.fields import pointer
from daemon.dialects.plan import Known
from daemon.dialects.tasks.definition import InputExpression, WorkflowDef, WorkflowTask
from daemon.dialects.tasks.expressions import InvalidPath, compile_path
from daemon.dialects.tasks.expressions.document import WORKFLOW
from daemon.dialects.tasks.expressions.jayway.tokens import Name
from daemon.dialects.tasks.expressions.scan import nesting
from daemon.dialects.tasks.expressions.template import SYSTEM_NAMES
from daemon.dialects.tasks.validation.found import Found, error, warning

DEEPEST_EXPRESSION = 20
"""Expressions within expressions."""

_PIECES = re.compile(r"(?=(?<!\$)\$\{)|(?<=\})")
"""Where the original cuts a text before it looks at each piece by itself."""


class Text(NamedTuple):
    """A string of a template with an expression in it: the member it belongs to and where
    it stands."""

    key: str
    value: str
    path: str


def expression_findings(workflow: WorkflowDef, known: Known) -> Iterator[Found]:
    refs = {task.ref for task in workflow.every_task()}
    outermost = set() if known.within_job else {task.path for task in workflow.tasks}
    for task in workflow.every_task():
        for text in _texts(task.input_parameters, f"{task.path}/inputParameters"):
            yield from _in_text(text, task.name, refs, refuses=task.path in outermost)
        yield from _input_expression(task, refs)
    for text in _texts(workflow.output_parameters, "/outputParameters"):
        yield from _in_text(text, "outputParameters", refs, refuses=False)


def _texts(template: Any, base: str) -> Iterator[Text]:
    for key, value, place in _strings(template, "", ()):
        yield Text(key, value, pointer(base, *place))


def _strings(
    value: Any, key: str, place: tuple[str | int, ...]
) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    match value:
        case str():
            if "${" in value:
                yield key, value, place
        case dict():
            for name, member in value.items():
                yield from _strings(member, name, (*place, name))
        case list():
            for at, element in enumerate(value):
                yield from _strings(element, key, (*place, at))


def _in_text(text: Text, task: str, refs: set[str], *, refuses: bool) -> Iterator[Found]:
    if text.value.count("${") > DEEPEST_EXPRESSION and nesting(text.value) > DEEPEST_EXPRESSION:
        message = f"more than {DEEPEST_EXPRESSION} expressions lie within one another"
        yield error(text.path, message, "tooDeep")
        return
    found = error if refuses else warning
    for piece in _PIECES.split(text.value):
        if piece.startswith("${") and piece.endswith("}"):
            mistake = _mistake(piece[2:-1], text, task, refs)
            if mistake is not None:
                yield found(text.path, mistake, "expression")


def _mistake(path: str, text: Text, task: str, refs: set[str]) -> str | None:
    try:
        compile_path(path)
    except InvalidPath as problem:
        return f"key: {text.key} input parameter value: {path} is not valid: {problem}"
    root = path.split(".")[0]
    if path in SYSTEM_NAMES or root == WORKFLOW or root in refs:
        return None
    return (
        f"taskReferenceName: {root} for given task: {task} input value: {text.key} of input "
        f"parameter: {text.value} is not defined in workflow definition."
    )


def _input_expression(task: WorkflowTask, refs: set[str]) -> Iterator[Found]:
    selection = task.input_expression
    if selection is None:
        return
    if task.input_parameters:
        message = (
            f"task {task.ref} has both inputParameters and inputExpression; "
            "only one of them can be used in a task"
        )
        yield error(selection.path, message, "exclusive")
    if selection.type != "JSON_PATH":
        message = f"the type of an inputExpression is JSON_PATH, not {selection.type}"
        yield error(f"{selection.path}/type", message)
    yield from _selection(selection, refs)


def _selection(selection: InputExpression, refs: set[str]) -> Iterator[Found]:
    at = f"{selection.path}/expression"
    shown = f"inputExpression '{selection.expression}'"
    try:
        path = compile_path(selection.expression)
    except InvalidPath as problem:
        yield error(at, f"{shown} is not valid: {problem}; it stands without ${{}}", "expression")
        return
    if not path.definite:
        message = f"{shown} may lead to several values; only a definite path can be used"
        yield error(at, message, "expression")
    match path.tokens[:1]:
        case (Name(name=root),) if root == WORKFLOW or root in refs:
            return
        case _:
            message = f"{shown} begins with neither 'workflow' nor a taskReferenceName"
            yield error(at, message, "expression")
