"""Executors that are made when the first task needs them."""

from __future__ import annotations

from daemon.executors.executor import Executor, Order
from daemon.executors.noop import Noop
from daemon.executors.on_demand import OnDemand


async def test_nothing_is_made_before_the_first_task_and_only_one_then() -> None:
    made: list[Noop] = []

    def make() -> Executor:
        made.append(Noop())
        return made[-1]

    executor = OnDemand(("T",), make)
    await executor.aclose()
    assert not made
    order = Order(job_id="j", task=1, task_type="T", ref="t", attempt=0, input={"a": 1})
    assert executor.repeats(order)
    assert (await executor.run(order)).output == {"a": 1}
    await executor.aclose()
    assert len(made) == 1
