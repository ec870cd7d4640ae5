"""Outputs that are used again: until when, and what is shown of where they came from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.dialects.tasks.definitions import times
from tests.simulation.checks import check
from tests.simulation.definitions import simple, workflow
from tests.simulation.scenarios_of_caching import cached, telling
from tests.simulation.stage import Stage, ended
from tests.simulation.world import World, simulate


def staged(folder: Path, act: Callable[[Stage], Awaitable[None]], backend: str = "memory") -> None:
    async def in_world(world: World) -> None:
        stage = Stage(world)
        await act(stage)
        await stage.leave()
        await asyncio.sleep(5)
        await check(world)

    simulate(in_world, seed=1, folder=folder, backend=backend)


async def ran(stage: Stage, name: str, of: str = "w", **given: Any) -> dict[str, Any]:
    """The first task of a job that was started and has ended."""
    await stage.submit(name, of, input={"job": name, "n": 1, **given})
    document = await stage.until(name, ended)
    task: dict[str, Any] = document["tasks"][0]
    return task


def test_an_output_is_good_until_its_time_is_over(tmp_path: Path) -> None:
    """Counted from its completion, to the microsecond; a use does not count anew."""

    async def act(stage: Stage) -> None:
        await stage.define(workflow("w", cached("a", seconds="100")))
        stage.worker("w1", "a", script=telling)
        first = await ran(stage, "first")
        await asyncio.sleep(60)
        used = await ran(stage, "used")
        assert used["output"] == {"for": "first"}
        assert used["cachedFrom"] == first["taskId"]
        assert used["pollCount"] == 0
        await stage.world.reboot()
        await asyncio.sleep(39)
        assert (await ran(stage, "used again"))["cachedFrom"] == first["taskId"]
        await asyncio.sleep(1)
        late = await ran(stage, "late")
        assert (late["output"], late["cachedFrom"]) == ({"for": "late"}, None)
        assert (await ran(stage, "later"))["cachedFrom"] == late["taskId"]

    staged(tmp_path, act)


def test_what_was_erased_is_used_no_more(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.define(workflow("w", cached("a")))
        stage.worker("w1", "a", script=telling)
        await ran(stage, "first")
        store = (await stage.world.alive()).store
        await store.erase(f"job/{stage.jobs['first']}", actor="x", why="asked to")
        assert (await ran(stage, "second"))["output"] == {"for": "second"}
        await stage.world.reboot()

    staged(tmp_path, act, "sqlite")


def test_what_is_masked_is_masked_where_it_is_used(tmp_path: Path) -> None:
    """And no event of the entry holds it."""

    async def act(stage: Stage) -> None:
        await stage.define(
            workflow("w", cached("a"), maskedFields=["for"]),
            workflow("open", cached("a"), simple("b", inputParameters={"job": "b"})),
        )
        stage.worker("w1", "a", "b", script=telling)
        assert (await ran(stage, "first"))["output"] == {"for": "***"}
        assert (await ran(stage, "second"))["output"] == {"for": "***"}
        assert (await ran(stage, "elsewhere", "open"))["output"] == {"for": "first"}
        page = await stage.client.read("events.read")
        ours = [one for one in page["events"] if one["type"] == "OutputKept"]
        assert len(ours) == 1
        assert ours[0]["stream"].startswith("cache/")
        assert "output" not in ours[0]["data"]

    staged(tmp_path, act)


def test_a_key_holds_the_name_of_a_secret_and_never_its_value(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.client.ask("secret.create", key="S", value="hidden")
        given = {"n": "${workflow.secrets.S}", "job": "${workflow.input.job}"}
        await stage.define(workflow("w", cached("a", inputParameters=given)))
        stage.worker("w1", "a", script=telling)
        first = await ran(stage, "first")
        assert (await ran(stage, "second"))["cachedFrom"] == first["taskId"]
        await stage.client.ask("secret.update", secret="S", value="changed")
        assert (await ran(stage, "third"))["cachedFrom"] == first["taskId"]

    staged(tmp_path, act)


def test_replaying_calls_nothing_and_comes_to_the_same(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.define(workflow("w", cached("a"), simple("b", inputParameters={"job": "b"})))
        stage.worker("w1", "a", "b", script=telling)
        await ran(stage, "first")
        await ran(stage, "second")
        verdict = await stage.client.read("replay.verify")
        assert verdict["ok"], verdict
        steps = await stage.client.read("replay.job", jobId=stage.jobs["second"])
        told = [step for step in steps["steps"] if step["type"] == "CachedOutputFound"]
        assert len(told) == 1
        changed = {change["path"]: change.get("after") for change in told[0]["changes"]}
        assert changed["/tasks/0/cachedFrom"] == f"{stage.jobs['first']}.1"

    staged(tmp_path, act)


def test_what_runs_inside_and_what_a_name_chooses_is_used_again_too(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        config = {"cacheConfig": {"key": "${n}", "ttlInSecond": 100}}
        given = {"n": "${workflow.input.n}", "name": "a", "job": "${workflow.input.job}"}
        script = {**given, "expression": "Math.random()"}
        await stage.define(
            workflow("inline", simple("i", type="INLINE", inputParameters=script, **config)),
            workflow(
                "dynamic",
                simple("d", type="DYNAMIC", dynamicTaskNameParam="name", inputParameters=given)
                | config,
            ),
            workflow("simple", cached("a")),
        )
        stage.worker("w1", "a", script=telling)
        for of in ("inline", "dynamic"):
            first = await ran(stage, f"first {of}", of)
            again = await ran(stage, f"again {of}", of)
            assert again["output"] == first["output"]
            assert again["cachedFrom"] == first["taskId"]
            assert (await ran(stage, f"other {of}", of, n=2))["cachedFrom"] is None
        same = await ran(stage, "the same by another way", "simple")
        assert same["output"] == {"for": "first dynamic"}

    staged(tmp_path, act)


def test_a_loop_may_forget_the_task_whose_output_it_keeps(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        given = {"n": "${l.output.iteration}", "job": "${workflow.input.job}"}
        body = cached("a", inputParameters=given)
        last = {"inputParameters": {"keepLastN": 1}}
        await stage.define(workflow("w", times("l", 4, body, **last)))
        stage.worker("w1", "a", script=telling)
        await stage.submit("first", "w", input={"job": "first"})
        assert (await stage.until("first", ended))["status"] == "COMPLETED"
        await stage.submit("second", "w", input={"job": "second"})
        document = await stage.until("second", ended)
        assert document["status"] == "COMPLETED"
        outputs = [task["output"] for task in document["tasks"] if task["cachedFrom"]]
        assert outputs
        assert all(output == {"for": "first"} for output in outputs)

    staged(tmp_path, act)
