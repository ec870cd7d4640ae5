"""The program of a child process: reads scripts from standard input, answers on standard output.

It is run by its path, isolated and without site-packages, so it imports nothing of ours; its
arguments say where the two engines lie and what it may use. Before it says that it is ready
it gives up what it does not need. It trusts nothing that a script does: whatever goes wrong
here ends this process and nothing else.

A request is ``language, source bytes, input bytes`` (``REQUEST``) and then both; an answer is
``kind, line, bytes`` (``ANSWER``) and then the bytes: JSON of the value, or a message.
"""

from __future__ import annotations

import json
import os
import re
import resource
import struct
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

REQUEST = struct.Struct("!cII")
ANSWER = struct.Struct("!cII")
READY = b"r"
VALUE, FAILED = b"v", b"e"
"""The script's value, or its error. Written as a capital: the child ends after it, because the
script took much memory."""
JAVASCRIPT, JQ = b"s", b"q"
CHECK_JAVASCRIPT, CHECK_JQ = b"c", b"k"
"""Only to read the script: the answer is null, or what is wrong with it."""

OUT_OF_MEMORY = "InternalError: out of memory"
MAX_MESSAGE_CHARACTERS = 8_000
STACK_BYTES = 1 << 20
"""Of the JavaScript engine, well below the 8 MiB of a process."""
CACHED_PROGRAMS = 100
"""Compiled jq programs: compiling one costs milliseconds, running it microseconds."""

EVALUATE = """
(() => {
  const kit = {
    isArray: Array.isArray, isView: ArrayBuffer.isView, keys: Object.keys, HashMap: Map,
    forEach: Map.prototype.forEach, apply: Reflect.apply, stringify: JSON.stringify,
    text: String, number: Number, whole: Number.isInteger, big: BigInt,
  };
  const evaluate = eval, { stringify, text } = kit;
  return (source, converter, room) => {
    const value = evaluate(source);
    switch (typeof value) {
      case "undefined": return "null";
      case "boolean": return text(value);
      case "string": return stringify(value);
      case "number": if ((value | 0) === value && value !== 0) return text(value);
    }
    return evaluate(converter)(kit)(value, room);
  };
})()
"""
"""Runs a script and makes JSON of its result. What it uses is taken before the script runs, so
that what the script does to the built-ins does not change it."""

CONVERTER = """
(({ isArray, isView, keys, HashMap, forEach, apply, stringify, text, number, whole, big }) => {
  const LONG = 2 ** 63, EXACT = 2 ** 53, FIRST = -(2n ** 63n), LAST = 2n ** 63n - 1n;
  const double = (value) => {
    if (value !== value || value === Infinity || value === -Infinity) return stringify(text(value));
    if (value === 0) return 1 / value < 0 ? "-0.0" : "0";
    if (!whole(value) || (value < EXACT && value > -EXACT)) return text(value);
    if (value < LONG && value >= -LONG) return text(big(value));
    return value < 1e21 && value > -1e21 ? text(value) + ".0" : text(value);
  };
  const list = (value, room) => {
    let out = "[";
    for (let i = 0; i < value.length; i++) out += (i ? "," : "") + convert(value[i], room);
    return out + "]";
  };
  const pairs = (value, room) => {
    let out = "";
    apply(forEach, value, [(item, key) => {
      out += (out ? "," : "") + stringify(text(key)) + ":" + convert(item, room);
    }]);
    return "{" + out + "}";
  };
  const fields = (value, room) => {
    const names = keys(value);
    let out = "";
    for (let i = 0; i < names.length; i++) {
      out += (i ? "," : "") + stringify(names[i]) + ":" + convert(value[names[i]], room);
    }
    return "{" + out + "}";
  };
  const convert = (value, room) => {
    switch (typeof value) {
      case "undefined": return "null";
      case "boolean": return text(value);
      case "string": return stringify(value);
      case "number": return double(value);
      case "bigint": return value >= FIRST && value <= LAST ? text(value) : double(number(value));
      case "symbol": return "{}";
    }
    if (value === null) return "null";
    if (room === 0) throw "the result is nested too deeply";
    if (isArray(value) || isView(value)) return list(value, room - 1);
    return value instanceof HashMap ? pairs(value, room - 1) : fields(value, room - 1);
  };
  return convert;
})
"""
"""As Conductor converts: holes and undefined are null, whole doubles are integers, a Map is an
object, NaN and the infinities are texts. Compiled only for results that need it."""

_PLACE = re.compile(r"<input>:(\d+)")
_MADE = re.compile(r"((?:Type|Reference|Syntax|Range|Internal)Error)\b")
"""What the language itself throws; an ``Error`` is always a script's own."""
_WORDS = {
    "[object Object]": "Error",
    "RangeError: invalid array length": "RangeError: Invalid array length",
    "RangeError: invalid repeat count": "RangeError: illegal repeat count",
    "SyntaxError: unexpected token in expression: ''": "SyntaxError: unexpected end of the script",
    "TypeError: empty array": "TypeError: Reduce of empty array with no initial value",
    "URIError: expecting hex digit": "URIError: illegal escape sequence",
}
"""What the engine of the original says instead (observed on Conductor 3.32.3), or what is
clearer."""


class Limits(NamedTuple):
    memory_bytes: int
    max_value_bytes: int
    max_depth: int
    cpu_seconds: int
    """Of one script; the parent's deadline comes first, this is for orphans."""


class Answer(NamedTuple):
    kind: bytes
    text: str
    line: int = 0


class JavaScript:
    """A fresh context for every script, made while nobody waits for it."""

    def __init__(self, engine: Any, limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self.prepare()

    def prepare(self) -> None:
        self._context = self._engine.Context()
        self._context.set_memory_limit(self._limits.memory_bytes)
        self._context.set_max_stack_size(STACK_BYTES)
        self._evaluate = self._context.eval(EVALUATE)

    def run(self, source: str, given: str) -> Answer:
        context = self._context
        try:
            context.set("$", context.parse_json(given))
            script = context.parse_json(json.dumps(source))
            return Answer(VALUE, self._evaluate(script, CONVERTER, self._limits.max_depth))
        except self._engine.JSException as error:
            return script_error(str(error), source)
        except TypeError as error:
            return Answer(FAILED, f"TypeError: {error}")

    def check(self, source: str, given: str) -> Answer:
        """The whole script is read before its first statement ends it."""
        if source.startswith("#!"):
            source = "//" + source
        try:
            self._context.eval(f"throw 0;{source}")
        except self._engine.JSException as error:
            if str(error).startswith("SyntaxError"):
                return script_error(str(error), source)
        return Answer(VALUE, "null")


def script_error(report: str, source: str) -> Answer:
    """``report`` is the error as text, then its stack."""
    message, _, stack = report.partition("\n    at ")
    message = message.removesuffix("\nundefined").strip()
    for word in ("read", "set"):
        message = message.replace(f"TypeError: cannot {word} ", f"TypeError: Cannot {word} ")
    return Answer(FAILED, _WORDS.get(message, message), _line_of(message, stack, source))


def _line_of(message: str, stack: str, source: str) -> int:
    """0 where the original tells no line: of an error that the script made itself, or that
    a function of the language threw (observed on Conductor 3.32.3)."""
    if not stack:
        return int("\n" not in source.strip())
    made = _MADE.match(message)
    first = stack.partition("\n")[0]
    native = first.endswith("(native)") and not first.startswith("Array ")
    if made is None or native or " in JSON" in message:
        return 0
    place = _PLACE.search(stack)
    line = int(place[1]) if place else int("\n" not in source.strip())
    text = source.split("\n")[line - 1 : line]
    return 0 if text and f"{made[1]}(" in text[0] else line


class Jq:
    def __init__(self, engine: Any, limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._programs: dict[str, Any] = {}

    def run(self, source: str, given: str) -> Answer:
        try:
            lines = self._program(source).input_text(given).text()
        except ValueError as error:
            return Answer(FAILED, str(error))
        return Answer(VALUE, "[" + lines.replace("\n", ",") + "]")

    def check(self, source: str, given: str) -> Answer:
        try:
            self._program(source)
        except ValueError as error:
            return Answer(FAILED, str(error))
        return Answer(VALUE, "null")

    def _program(self, source: str) -> Any:
        program = self._programs.pop(source, None) or self._engine.compile(source)
        if len(self._programs) == CACHED_PROGRAMS:
            self._programs.pop(next(iter(self._programs)))
        self._programs[source] = program
        return program


def confine(limits: Limits) -> None:
    """From here on: no file, no process, no core dump, and so much memory."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - pathlib costs 5 ms
        taken = int(statm.read().split()[0]) * resource.getpagesize()
    most = taken + 2 * limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    for nothing in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(nothing, (0, 0))


def allow_cpu(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def load(name: str, folder: str) -> Any:
    sys.path.append(folder)
    module = __import__(name)
    sys.path.remove(folder)
    return module


def take(count: int) -> bytes:
    """Exactly ``count`` bytes; ends the process when the parent is gone."""
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def give(answer: Answer, max_bytes: int) -> None:
    kind, text, line = answer
    if kind.lower() == VALUE:
        body = text.encode()
        if len(body) > max_bytes:
            kind = FAILED if kind == VALUE else FAILED.upper()
            body = b"the result has more than %d bytes" % max_bytes
    else:
        body = text[:MAX_MESSAGE_CHARACTERS].encode("utf-8", "replace")
    data = memoryview(ANSWER.pack(kind, line, len(body)) + body)
    while data:
        data = data[os.write(1, data) :]


def serve(javascript: JavaScript, jq: Jq, limits: Limits) -> None:
    modest = peak_bytes() + limits.memory_bytes // 2
    acts = {
        JAVASCRIPT: javascript.run,
        CHECK_JAVASCRIPT: javascript.check,
        JQ: jq.run,
        CHECK_JQ: jq.check,
    }
    while True:
        language, source_bytes, input_bytes = REQUEST.unpack(take(REQUEST.size))
        source, given = take(source_bytes).decode(), take(input_bytes).decode()
        allow_cpu(limits.cpu_seconds)
        answer = run(acts[language], source, given)
        if peak_bytes() > modest:
            give(swollen(answer), limits.max_value_bytes)
            os._exit(0)
        give(answer, limits.max_value_bytes)
        if language in (JAVASCRIPT, CHECK_JAVASCRIPT):
            javascript.prepare()


def run(act: Callable[[str, str], Answer], source: str, given: str) -> Answer:
    try:
        return act(source, given)
    except MemoryError:
        return Answer(FAILED, OUT_OF_MEMORY)


def swollen(answer: Answer) -> Answer:
    """What a child says last. An engine without memory for its own error throws null."""
    text = OUT_OF_MEMORY if (answer.kind, answer.text) == (FAILED, "null") else answer.text
    return Answer(answer.kind.upper(), text, answer.line)


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(quickjs_folder: str, jq_folder: str, *numbers: str) -> None:
    os.environ.clear()  # Python's own start puts LC_CTYPE there
    limits = Limits(*map(int, numbers))
    javascript = JavaScript(load("_quickjs", quickjs_folder), limits)
    jq = Jq(load("jq", jq_folder), limits)
    confine(limits)
    os.write(1, READY)
    serve(javascript, jq, limits)


if __name__ == "__main__":
    main(*sys.argv[1:])
