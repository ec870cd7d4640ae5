"""What is said to a child and what its answer means."""

from __future__ import annotations

from typing import NamedTuple

from daemon.executors.json_values import NotKept, read_json
from daemon.executors.scripts import child
from daemon.executors.scripts.errors import ScriptError
from daemon.executors.scripts.port import Language
from eventstore.events import Value


class Reply(NamedTuple):
    is_value: bool
    is_last: bool
    """The child ends by itself after it."""
    body: bytes
    line: int


def to_check(language: Language, source: str) -> tuple[bytes, bytes]:
    code, script = written(language, source)
    return child.CHECK_JQ if code == child.JQ else child.CHECK_JAVASCRIPT, script


def written(language: Language, source: str) -> tuple[bytes, bytes]:
    match language:
        case Language.JQ:
            return child.JQ, source.encode()
        case Language.JAVASCRIPT:
            return child.JAVASCRIPT, source.encode()
        case Language.JAVASCRIPT_BODY:
            body = f"function scriptFun(){{{source}\n}} scriptFun();"
            return child.JAVASCRIPT, body.encode()


def value_of(reply: Reply, max_depth: int) -> Value:
    if not reply.is_value:
        raise ScriptError(reply.body.decode(errors="replace"), reply.line or None)
    try:
        return read_json(reply.body, max_depth=max_depth)
    except NotKept as error:
        raise ScriptError(f"the result cannot be recorded: {error}") from error
