"""Scripts of definitions are read by their engines before they are registered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from daemon.dialects.plan import Script
from daemon.executors.evaluator import EvaluationFailed, NoEvaluator
from daemon.reactor.cold import Cold
from daemon.reactor.syntax import Syntax
from tests.dialects.tasks.test_scripts import inside, switch
from tests.simulation.clients import Client, Refused
from tests.simulation.definitions import workflow
from tests.simulation.world import World, simulate


def test_a_definition_whose_script_cannot_be_read_is_refused_with_all_else(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = Client(world, "operator")
        bad = workflow("bad", switch("$.a => {"), inside("LAMBDA", scriptExpression="x ="))
        bad["schemaVersion"] = 7
        with pytest.raises(Refused) as refused:
            await client.ask("version.add", definition=bad)
        paths = [one["path"] for one in refused.value.data["errors"]]
        assert paths == ["/schemaVersion", "/tasks/0/expression"]
        with pytest.raises(Refused, match="Expression is not well formatted"):
            await client.ask("job.submitDefinition", definition=bad | {"schemaVersion": 2})
        verdict = await client.read("version.validate", definition=bad)
        told = [one["path"] for one in verdict["warnings"] if one["kind"] == "script"]
        assert told == ["/tasks/1/inputParameters/scriptExpression"]
        good = workflow("good", switch("let a = $.v; a"))
        assert (await client.ask("version.add", definition=good))["versionNumber"] == 1
        assert (await client.read("version.list", workflow="good"))["versions"]

    simulate(act, seed=1, folder=tmp_path)


SCRIPT = Script(path="/x", language="javascript", source="a", message="no: {}", is_error=True)


class Engine(NoEvaluator):
    """Says that nothing can be read, once it is there."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_there = False

    async def check(self, language: str, expression: str) -> str | None:
        self.asked += 1
        if not self.is_there:
            raise EvaluationFailed("the process went away")
        return "bad"


def findings(syntax: Syntax, *scripts: Script) -> Any:
    with pytest.raises(Cold) as cold:
        syntax.findings(scripts)
    asyncio.run(_load(cold.value))
    return syntax.findings(scripts)


async def _load(cold: Cold) -> None:
    await cold.load()


def test_an_engine_that_cannot_tell_refuses_nothing_and_is_not_silent() -> None:
    engine = Engine()
    syntax = Syntax(engine, known_scripts=5)
    found = findings(syntax, SCRIPT)
    assert found.errors == ()
    (warning,) = found.warnings
    assert (warning.path, warning.kind) == ("/x", "unchecked")
    assert "the process went away" in warning.message
    engine.is_there = True
    assert [one.message for one in findings(syntax, SCRIPT).errors] == ["no: bad"]


def test_an_engine_that_breaks_is_no_verdict_either() -> None:
    class Broken(Engine):
        async def check(self, language: str, expression: str) -> str | None:
            raise ModuleNotFoundError("no engine")

    (warning,) = findings(Syntax(Broken(), known_scripts=5), SCRIPT).warnings
    assert "ModuleNotFoundError: no engine" in warning.message


def test_a_verdict_is_remembered_as_long_as_there_is_room() -> None:
    engine = Engine()
    engine.is_there = True
    syntax = Syntax(engine, known_scripts=1)
    other = Script(path="/y", language="jq", source="b", message="{}", is_error=False)
    findings(syntax, SCRIPT)
    assert syntax.findings([SCRIPT]).errors
    assert engine.asked == 1
    both = findings(syntax, SCRIPT, other)
    assert (len(both.errors), len(both.warnings)) == (1, 1)
    assert engine.asked == 2
    findings(syntax, SCRIPT)
    assert engine.asked == 3
