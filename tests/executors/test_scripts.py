"""What scripts give back, and that none keeps anything for the next."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio
import pytest

from daemon.executors.scripts import Language, ScriptError, ScriptLimits, ScriptPool
from tests.executors.in_process import InProcess

GIVEN = {"a": 1, "list": [1, "two", None], "deep": {"b": {"c": "d"}}, "text": "é\u0000😀"}

JS = Language.JAVASCRIPT
JQ = Language.JQ


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1; 2; $.a + 2", 3),
        ("$.deep.b.c", "d"),
        ("$", GIVEN),
        ("$.text", "é\u0000😀"),
        ("undefined", None),
        ("null", None),
        ("var x = 5;", None),
        ("true", True),
        ("6 / 2", 3),
        ("5 / 2", 2.5),
        ("2 ** 53", 2**53),
        ("2 ** 62", 2**62),
        ("1e300", 1e300),
        ("0 / 0", "NaN"),
        ("[1 / 0, -1 / 0]", ["Infinity", "-Infinity"]),
        ("10n ** 18n", 10**18),
        ("[1, undefined, , 4]", [1, None, None, 4]),
        ("({ a: undefined, b: null })", {"a": None, "b": None}),
        ("new Map([['k', { v: 1 }], [2, 3]])", {"k": {"v": 1}, "2": 3}),
        ("new Uint8Array([1, 2])", [1, 2]),
        ("({ f: function () {}, d: new Date(0) })", {"f": {}, "d": {}}),
        ("$.list.length", 3),
        ("(function () { return { ok: $.a === 1 } })()", {"ok": True}),
        ("let x = 1; const y = 2; x + y", 3),
        ("typeof Date.now() + typeof Math.random()", "numbernumber"),
        ("typeof console + typeof print + typeof load", "undefined" * 3),
    ],
)
async def test_a_script_gives_the_value_of_its_last_expression(
    pool: ScriptPool, source: str, expected: Any
) -> None:
    value = await pool.evaluate(JS, source, GIVEN)
    assert value == expected
    assert type(value) is type(expected)


async def test_a_body_returns_its_value(pool: ScriptPool) -> None:
    source = "if ($.a == 1) { return { yes: true } } else { return 0 } // so much"
    assert await pool.evaluate(Language.JAVASCRIPT_BODY, source, GIVEN) == {"yes": True}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (".a", [1]),
        (".list[]", [1, "two", None]),
        ("empty", []),
        ('"one\\ntwo"', ["one\ntwo"]),
        ("{n: (.list | length)}", [{"n": 3}]),
        (".text", ["é\u0000😀"]),
        ("$ENV, env", [{}, {}]),
    ],
)
async def test_jq_gives_all_results(pool: ScriptPool, source: str, expected: Any) -> None:
    assert await pool.evaluate(JQ, source, GIVEN) == expected


@pytest.mark.parametrize(
    ("language", "source", "message", "line"),
    [
        (JS, "missing", "ReferenceError: missing is not defined", 1),
        (JS, "\n\n$.x.y", "TypeError: Cannot read property 'y' of undefined", 3),
        (JS, "throw new Error('so\\nmuch')", "Error: so\nmuch", None),
        (JS, "throw 'plain'", "plain", 1),
        (JS, "throw null", "null", 1),
        (JS, "console.log(1)", "ReferenceError: console is not defined", 1),
        (JS, "var a = []; a[0] = a; a", "the result is nested too deeply", None),
        (JS, "'\\ud800'", "the result cannot be recorded: not JSON", None),
        (JS, "'x'.repeat(2 << 20)", "the result has more than 1048576 bytes", None),
        (JQ, ".a.b", 'Cannot index number with string ("b")', None),
        (JQ, ".[", "syntax error", None),
        (JQ, "reduce range(30) as $i (0; [.])", "nested deeper than 20 arrays", None),
        (JQ, 'include "passwd" {search: "/etc"}; .', "module not found", None),
    ],
)
async def test_a_fault_of_the_script_says_what_and_where(
    pool: ScriptPool, language: Language, source: str, message: str, line: int | None
) -> None:
    with pytest.raises(ScriptError) as caught:
        await pool.evaluate(language, source, GIVEN)
    assert message in caught.value.message
    assert line is None or caught.value.line == line
    assert await pool.evaluate(JS, "1", {}) == 1


async def test_scripts_share_nothing(pool: ScriptPool) -> None:
    await pool.evaluate(JS, "leak = 1; Object.prototype.leak = 2; Array.isArray = null", GIVEN)
    await pool.evaluate(JS, "const leak = 3", GIVEN)
    value = await pool.evaluate(JS, "[typeof leak, ({}).leak, Array.isArray([])]", GIVEN)
    assert value == ["undefined", None, True]


async def test_what_a_script_changes_stays_in_it(pool: ScriptPool) -> None:
    given = {"deep": {"a": 1}}
    assert await pool.evaluate(JS, "$.deep.a = 2; $.deep.a", given) == 2
    assert given == {"deep": {"a": 1}}


@pytest.mark.parametrize(
    "trick",
    [
        "JSON.stringify = () => '\"forged'; Object.keys = () => ['x']; ({ a: 1 })",
        "Object.prototype.toJSON = () => 'forged'; ({ a: 1 })",
        "Array.isArray = () => true; Map = Object; String = () => '}'; ({ a: 1 })",
        "Object.defineProperty(Array.prototype, '0', { set() { throw 1 } }); ({ a: 1 })",
        "eval = () => 'forged'; globalThis = null; ({ a: 1 })",
        "Reflect.apply = null; Function.prototype.call = null; ({ a: 1 })",
        "({ a: 1, get __proto__() { return 5 } }); ({ a: 1 })",
    ],
)
async def test_tricks_with_prototypes_do_not_change_how_results_are_written(
    pool: ScriptPool, trick: str
) -> None:
    assert await pool.evaluate(JS, trick, GIVEN) == {"a": 1}


async def test_a_getter_that_throws_is_an_error_of_the_script(pool: ScriptPool) -> None:
    with pytest.raises(ScriptError, match="nope"):
        await pool.evaluate(JS, "({ get a() { throw new Error('nope') } })", GIVEN)


async def test_an_input_that_is_too_large_is_refused(pool: ScriptPool) -> None:
    with pytest.raises(ScriptError, match=r"the input has \d+ bytes, more than 1048576"):
        await pool.evaluate(JS, "1", {"text": "x" * (1 << 20)})


async def test_more_scripts_than_processes_take_turns() -> None:
    async with ScriptPool(processes=2) as pool:
        results: list[Any] = []

        async def one(number: int) -> None:
            results.append(await pool.evaluate(JS, "$.n * 2", {"n": number}))

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(one, number)
    assert sorted(results) == [2 * number for number in range(20)]


async def test_a_process_has_nothing_of_the_daemon(
    pool: ScriptPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_SECRET", "canary")
    opened = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(opened, True)
    try:
        await pool.evaluate(JS, "1", {})
        (process,) = _children()
        assert b"canary" not in (process / "environ").read_bytes()
        assert sorted(fd.name for fd in (process / "fd").iterdir()) == ["0", "1", "2"]
        assert os.getsid(int(process.name)) == int(process.name)
        limits = (process / "limits").read_text()
        for line in ("Max open files 3 3", "Max processes 0 0", "Max file size 0 0"):
            assert line in " ".join(limits.split())
    finally:
        os.close(opened)


def _children() -> list[Path]:
    """Our child processes, as they stand in /proc."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                command = (process / "cmdline").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent) == os.getpid() and "scripts/child.py" in command:
                found.append(process)
    return found


async def test_closing_ends_the_processes() -> None:
    pool = ScriptPool(processes=1, limits=ScriptLimits())
    await pool.evaluate(JS, "1", {})
    assert len(_children()) == 1
    await pool.aclose()
    await pool.aclose()
    assert _children() == []


@pytest.mark.parametrize(
    ("language", "source"),
    [
        (JS, "({ a: $.list, n: 2 ** 53 })"),
        (JS, "missing"),
        (JS, "$.x.y"),
        (JQ, ".list"),
        (JQ, ".a.b"),
    ],
)
async def test_scripts_in_process_are_no_different(
    pool: ScriptPool, language: Language, source: str
) -> None:
    told: list[Any] = []
    for scripts in (pool, InProcess()):
        try:
            told.append((await scripts.evaluate(language, source, GIVEN), None, None))
        except ScriptError as error:
            told.append((None, error.message, error.line))
    assert told[0] == told[1]
