"""Scripts that a definition holds, to be read by an engine before it is registered.

What the server of the reference refuses is an error here (conductor.md §1.4: SWITCH with the
evaluator ``javascript`` and DECISION, outside of loops; observed on Conductor 3.32.3); any
other script that cannot be read is a warning: its task fails whenever it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from daemon.dialects.conditions import is_simple
from daemon.dialects.plan import Script
from daemon.dialects.tasks.definition import WorkflowDef, WorkflowTask
from daemon.dialects.tasks.kinds.switch import JAVASCRIPT, SCRIPTS
from daemon.dialects.tasks.validation.tasks import with_loops

BODY, JQ = "lambda", "jq"


def scripts_of(workflow: WorkflowDef) -> Iterator[Script]:
    for task, in_loop in with_loops(workflow.tasks):
        given = task.input_parameters
        match task.type:
            case "SWITCH" if task.evaluator_type in SCRIPTS:
                is_error = task.evaluator_type == JAVASCRIPT and not in_loop
                yield from _condition(task, "expression", task.expression, is_error=is_error)
            case "DECISION":
                text = task.case_expression
                yield from _condition(task, "caseExpression", text, is_error=not in_loop)
            case "DO_WHILE":
                yield from _script(task, "loopCondition", task.loop_condition)
            case "INLINE" if given.get("evaluatorType", JAVASCRIPT) in SCRIPTS:
                yield from _script(task, "inputParameters/expression", given.get("expression"))
            case "LAMBDA":
                text = given.get("scriptExpression")
                yield from _script(task, "inputParameters/scriptExpression", text, BODY)
            case "JSON_JQ_TRANSFORM":
                text = given.get("queryExpression")
                yield from _script(task, "inputParameters/queryExpression", text, JQ)


def _condition(
    task: WorkflowTask, field: str, text: str | None, *, is_error: bool
) -> Iterator[Script]:
    if not is_error:
        yield from _script(task, field, text)
    elif text and text.strip() and not is_simple(text):
        yield Script(
            path=f"{task.path}/{field}",
            language=JAVASCRIPT,
            source=text,
            message="Expression is not well formatted: {}, "
            f"taskType: {task.type} taskName {task.name}",
            is_error=True,
        )


def _script(
    task: WorkflowTask, field: str, text: Any, language: str = JAVASCRIPT
) -> Iterator[Script]:
    """One with an expression in it is known only when it runs."""
    if not isinstance(text, str) or not text.strip() or "${" in text:
        return
    if language == JAVASCRIPT and is_simple(text):
        return
    yield Script(
        path=f"{task.path}/{field}",
        language=language,
        source=text,
        message=f"task {task.ref}: the script cannot be read, so the task fails when it runs: {{}}",
        is_error=False,
    )
