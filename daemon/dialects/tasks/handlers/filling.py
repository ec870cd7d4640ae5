"""Templates of actions: ``${…}`` reads the payload of the message (reference §2.3, §7)."""

from __future__ import annotations

from typing import Any

from daemon.dialects.tasks.expressions import InvalidPath, compile_path, java_text
from daemon.dialects.tasks.expressions.jayway import MISSING, follow, read
from daemon.dialects.tasks.expressions.scan import Found, expressions, unescaped
from daemon.dialects.tasks.expressions.text import json_text


def filled(template: Any, payload: Any) -> Any:
    """``template`` with its expressions resolved; keys stay as they are written."""
    match template:
        case dict():
            return {key: filled(value, payload) for key, value in template.items()}
        case list():
            return [filled(element, payload) for element in template]
        case str():
            return _text(template, payload)
        case _:
            return template


def _text(text: str, payload: Any) -> Any:
    found = expressions(text)
    if len(found) == 1 and found[0].start == 0 and found[0].end == len(text):
        return _value(found[0], payload)[0]
    made, rest = "", 0
    for expression in found:
        value, definite = _value(expression, payload)
        made += text[rest : expression.start] + (java_text if definite else json_text)(value)
        rest = expression.end
    return unescaped(made + text[rest:])


def _value(expression: Found, payload: Any) -> tuple[Any, bool]:
    """The value, and whether its path leads to one place only."""
    body = _text(expression.body, payload) if "${" in expression.body else expression.body
    text = java_text(body)
    if not text.strip():
        return "", True
    try:
        path = compile_path(text)
    except InvalidPath:
        return None, True
    if path.keys is not None:
        return follow(payload, path.keys), True
    members = payload if isinstance(payload, dict) else {}
    return read(path, lambda name: members.get(name, MISSING)), path.definite
