"""Templates: JSON with ``${…}`` in its strings, compiled once, resolved for each task.

Rules: reference conductor.md §2.1, 2.3 to 2.5. Only values are resolved, never keys, and
what comes out is never looked through again. Secrets and environment variables stay as
they are written; they are filled in where a task is handed out, so that no event holds
them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from daemon.dialects.plan import JobView
from daemon.dialects.tasks.expressions.document import Resolver, reader
from daemon.dialects.tasks.expressions.jayway import InvalidPath, compile_path
from daemon.dialects.tasks.expressions.scan import Found, expressions, unescaped
from daemon.dialects.tasks.expressions.text import java_text, json_text

TASK_ID = "CPEWF_TASK_ID"
"""Stands for the id of the task whose input is made."""

SYSTEM_NAMES = frozenset({TASK_ID, "NETFLIX_ENV", "NETFLIX_STACK"})
"""Names that are no paths. Without a value they stay as they are written."""

DEFERRED = ("workflow.secrets.", "workflow.env.")
"""Expressions that begin so are resolved at hand-out."""


TextResolver = Callable[[JobView, int | None], str]


class Constant(msgspec.Struct, frozen=True):
    """A part of a template without expressions."""

    value: Any


class Dynamic(msgspec.Struct, frozen=True):
    """A part with expressions."""

    resolve: Resolver
    as_text: TextResolver
    """How its value looks inside a longer string."""


Part = Constant | Dynamic


def compile_template(value: Any) -> Resolver:
    """The function that gives ``value`` with its expressions resolved."""
    return _resolver(_part(value))


def _part(value: Any) -> Part:
    match value:
        case str():
            return _string(value)
        case dict():
            return _object(value)
        case list():
            return _list(value)
        case _:
            return Constant(value)


def _object(value: dict[str, Any]) -> Part:
    parts = {key: _part(member) for key, member in value.items()}
    fixed = {key: part.value for key, part in parts.items() if isinstance(part, Constant)}
    if len(fixed) == len(parts):
        return Constant(fixed)
    moving = tuple((key, part.resolve) for key, part in parts.items() if isinstance(part, Dynamic))
    if not fixed:
        return _dynamic(lambda job, number: {key: of(job, number) for key, of in moving})
    blank = {key: fixed.get(key) for key in parts}

    def resolve(job: JobView, number: int | None) -> Any:
        filled = blank.copy()
        for key, of in moving:
            filled[key] = of(job, number)
        return filled

    return _dynamic(resolve)


def _list(value: list[Any]) -> Part:
    parts = [_part(element) for element in value]
    if all(isinstance(part, Constant) for part in parts):
        return Constant([part.value for part in parts if isinstance(part, Constant)])
    resolvers = tuple(_resolver(part) for part in parts)
    return _dynamic(lambda job, number: [of(job, number) for of in resolvers])


def _resolver(part: Part) -> Resolver:
    if isinstance(part, Dynamic):
        return part.resolve
    value = part.value
    return lambda job, number: value


def _string(text: str) -> Part:
    found = expressions(text)
    if len(found) == 1 and found[0].start == 0 and found[0].end == len(text):
        return _expression(text, found[0])
    return _joined(text, found)


def _joined(text: str, found: list[Found]) -> Part:
    """The pieces of a longer text; every value takes its text form, then ``$${`` goes."""
    pieces: list[str] = []
    values: list[Dynamic] = []
    rest = 0
    literal = ""
    for expression in found:
        literal += text[rest : expression.start]
        rest = expression.end
        match _expression(text, expression):
            case Constant(value):
                literal += java_text(value)
            case Dynamic() as part:
                pieces.append(literal)
                values.append(part)
                literal = ""
    pieces.append(literal + text[rest:])
    return _text(tuple(pieces), tuple(values))


def _text(pieces: tuple[str, ...], values: tuple[Dynamic, ...]) -> Part:
    """``pieces`` stand before, between and after the ``values``."""
    if not values:
        return Constant(unescaped(pieces[0]))
    head = pieces[0]
    tail = tuple(zip((value.as_text for value in values), pieces[1:], strict=True))

    def resolve(job: JobView, number: int | None) -> str:
        made = [head]
        for as_text, piece in tail:
            made.append(as_text(job, number))
            made.append(piece)
        return unescaped("".join(made))

    return Dynamic(resolve, resolve)


def _expression(text: str, found: Found) -> Part:
    body = _joined(found.body, expressions(found.body))
    as_written = text[found.start : found.end]
    if isinstance(body, Constant):
        return _known(body.value, as_written)
    return _nested(body.as_text, as_written)


def _nested(body: TextResolver, as_written: str) -> Part:
    """An expression whose own text is known only when its inner expressions are."""

    def part(job: JobView, number: int | None) -> Part:
        return _known(body(job, number), as_written)

    return Dynamic(
        lambda job, number: _value(part(job, number), job, number),
        lambda job, number: _as_text(part(job, number), job, number),
    )


def _value(part: Part, job: JobView, number: int | None) -> Any:
    return part.value if isinstance(part, Constant) else part.resolve(job, number)


def _as_text(part: Part, job: JobView, number: int | None) -> str:
    return java_text(part.value) if isinstance(part, Constant) else part.as_text(job, number)


def _known(body: str, as_written: str) -> Part:
    if not body.strip():
        return Constant("")
    if body.startswith(DEFERRED):
        return Constant(as_written)
    if body in SYSTEM_NAMES:
        return _dynamic(_task_id(as_written)) if body == TASK_ID else Constant(as_written)
    try:
        path = compile_path(body)
    except InvalidPath:
        return Constant(None)
    return _dynamic(reader(path), java_text if path.definite else json_text)


def _task_id(as_written: str) -> Resolver:
    return lambda job, number: as_written if number is None else job.task_id(number)


def _dynamic(resolve: Resolver, text: Callable[[Any], str] = java_text) -> Dynamic:
    return Dynamic(resolve, lambda job, number: text(resolve(job, number)))
