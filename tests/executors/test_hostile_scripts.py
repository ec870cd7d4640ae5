"""Scripts cannot harm: each ends in an error in time, and the next one works."""

from __future__ import annotations

import time

import anyio
import pytest

from daemon.executors.scripts import (
    Language,
    ScriptCrashed,
    ScriptError,
    ScriptPool,
    ScriptTimedOut,
)

JS = Language.JAVASCRIPT
JQ = Language.JQ
LIMIT_SECONDS = 0.5
SLACK_SECONDS = 5
"""For a busy machine. A script that is not stopped runs far longer."""

HOLD = "var hold = []; try { while (1) hold.push(new Array(1e5).fill(0)) } catch (e) {}"

ENDLESS = {
    "loop": (JS, "while (1);"),
    "loop in a getter": (JS, "({ get a() { while (1); } })"),
    "loop in a conversion": (JS, "({ toString() { while (1); } }) + ''"),
    "caught loop": (JS, "while (1) { try { while (1); } catch (e) {} }"),
    "regular expression": (JS, "/(a+)+$/.test('a'.repeat(40) + 'b')"),
    "sort": (JS, "new Array(3e5).fill(0).map((_, i) => i % 7).sort(() => { for (;;); })"),
    "native sort": (JS, "let a = new Array(9e4).fill(0).map((_, i) => i); for (;;) a.sort()"),
    "jq range": (JQ, "[range(1e9)] | length"),
    "jq without results": (JQ, "range(1e12) | select(false)"),
    "jq tail call": (JQ, "def f: f; f"),
}
GREEDY = {
    "arrays": (JS, "var a = []; while (1) a.push(new Array(1000).fill(1))"),
    "one array": (JS, "new Array(2 ** 28).fill(1)"),
    "text": (JS, "'x'.repeat(2 ** 28)"),
    "doubling": (JS, "let s = 'x'; while (1) s += s"),
    "recursion": (JS, "function f() { return [f(), f()] } f()"),
    "recursion without memory": (JS, HOLD + "; function f(x) { return f([x, x]) } f(1)"),
    "error without memory": (JS, HOLD + "; null.x"),
    "buffer": (JS, "new ArrayBuffer(2 ** 31)"),
    "jq text": (JQ, '"x" * 1000000000'),
    "jq recursion": (JQ, "def f: [f]; f"),
    "jq nesting": (JQ, "reduce range(1000000) as $i (0; [.])"),
    "jq answer": (JQ, "[range(300000)]"),
}


@pytest.mark.parametrize(("language", "source"), ENDLESS.values(), ids=ENDLESS)
async def test_an_endless_script_is_stopped(
    pool: ScriptPool, language: Language, source: str
) -> None:
    await pool.evaluate(JS, "1", {})
    began = time.monotonic()
    with pytest.raises((ScriptTimedOut, ScriptCrashed)):
        await pool.evaluate(language, source, {}, timeout_seconds=LIMIT_SECONDS)
    assert time.monotonic() - began < LIMIT_SECONDS + SLACK_SECONDS
    assert await pool.evaluate(JS, "$.a", {"a": "next"}) == "next"


@pytest.mark.parametrize(("language", "source"), GREEDY.values(), ids=GREEDY)
async def test_a_greedy_script_fails_alone(
    pool: ScriptPool, language: Language, source: str
) -> None:
    with pytest.raises((ScriptError, ScriptCrashed, ScriptTimedOut)):
        await pool.evaluate(language, source, {})
    assert await pool.evaluate(JS, "$.a", {"a": "next"}) == "next"
    assert await pool.evaluate(JQ, ".a", {"a": "next"}) == ["next"]


async def test_a_script_that_is_given_up_leaves_no_answer_behind(pool: ScriptPool) -> None:
    with anyio.move_on_after(LIMIT_SECONDS):
        await pool.evaluate(JS, "while (1);", {})
    assert await pool.evaluate(JS, "'mine'", {}) == "mine"


async def test_a_stopped_script_says_so(pool: ScriptPool) -> None:
    with pytest.raises(ScriptTimedOut) as caught:
        await pool.evaluate(JS, "while (1);", {}, timeout_seconds=0.1)
    assert str(caught.value) == "Script not evaluated within 0.1 seconds, interrupted."
