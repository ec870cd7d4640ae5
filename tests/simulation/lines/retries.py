"""RetryPolicySpec: when the next attempt comes, and when none does."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.lines.hand import Hand, line


async def delays(hand: Hand, **settings: Any) -> list[float]:
    """Seconds before each of three more attempts, exactly."""
    await hand.types(task_type("t1", **{"retryCount": 3, "retryDelaySeconds": 10, **settings}))
    await hand.define(workflow("w", simple("t1")))
    await hand.start()
    found = []
    for number in range(1, 4):
        await hand.fails("t1")
        listed = ["t1_ref FAILED"] * number
        shown = await hand.shows("RUNNING", *listed, "t1_ref SCHEDULED")
        found.append(_seconds(shown["tasks"][-1]))
    await hand.completes("t1")
    await hand.shows("COMPLETED", *["t1_ref FAILED"] * 3, "t1_ref COMPLETED")
    return found


def _seconds(task: Any) -> float:
    scheduled, ready = (datetime.fromisoformat(task[key]) for key in ("scheduledAt", "readyAt"))
    return (ready - scheduled).total_seconds()


@line
async def retry_fixed(hand: Hand) -> None:
    assert await delays(hand) == [10, 10, 10]


@line
async def retry_exponential(hand: Hand) -> None:
    assert await delays(hand, retryLogic="EXPONENTIAL_BACKOFF") == [10, 20, 40]


@line
async def retry_exponential_capped(hand: Hand) -> None:
    logic = {"retryLogic": "EXPONENTIAL_BACKOFF", "maxRetryDelaySeconds": 15}
    assert await delays(hand, **logic) == [10, 15, 15]


@line
async def retry_linear_capped(hand: Hand) -> None:
    logic = {"retryLogic": "LINEAR_BACKOFF", "backoffScaleFactor": 2, "maxRetryDelaySeconds": 50}
    assert await delays(hand, **logic) == [20, 40, 50]


@line
async def retry_jitter_lies_within_its_bounds(hand: Hand) -> None:
    found = await delays(hand, backoffJitterMs=2_000)
    assert all(10 <= one <= 12 for one in found)


@line
async def retry_without_jitter_is_exact(hand: Hand) -> None:
    assert await delays(hand, backoffJitterMs=0) == [10, 10, 10]


@line
async def retry_the_cap_comes_before_the_jitter(hand: Hand) -> None:
    found = await delays(hand, maxRetryDelaySeconds=4, backoffJitterMs=1_000)
    assert all(4 <= one <= 5 for one in found)


@line
async def retry_total_timeout_zero_is_off(hand: Hand) -> None:
    assert await delays(hand, totalTimeoutSeconds=0) == [10, 10, 10]


@line
async def retry_total_timeout_exceeded_on_a_retry(hand: Hand) -> None:
    settings = {"totalTimeoutSeconds": 20, "timeoutPolicy": "ALERT_ONLY", "retryDelaySeconds": 0}
    await hand.types(task_type("t1", retryCount=9, **settings))
    await hand.define(workflow("w", simple("t1")))
    await hand.start()
    taken = await hand.takes("t1")
    await asyncio.sleep(21)
    await hand.reports(taken, "FAILED", reason="too late")
    ended = await hand.shows("FAILED", "t1_ref FAILED")
    assert ended["reason"].startswith(
        f"Task {taken['taskId']}/t1 exceeded total timeout of 20 seconds (elapsed 2"
    )
    assert ended["reason"].endswith(
        " seconds across all attempts). No further retries will be attempted."
    )


@line
async def retry_total_timeout_exceeded_while_in_progress(hand: Hand) -> None:
    settings = {"totalTimeoutSeconds": 20, "timeoutPolicy": "TIME_OUT_WF"}
    await hand.types(task_type("t1", retryCount=9, **settings))
    await hand.define(workflow("w", simple("t1")))
    await hand.start()
    await hand.takes("t1")
    ended = await hand.shows("TIMED_OUT", "t1_ref TIMED_OUT")
    (timed_out,) = ended["tasks"]
    assert timed_out["reason"] == (
        f"Task t1/{timed_out['taskId']} exceeded total timeout of 20 seconds (elapsed 20 seconds "
        "across all attempts including retry delays). Timeout policy: TIME_OUT_WF"
    )
