"""Workers: tasks in, results out, through restarts and stops."""

from __future__ import annotations

import asyncio
import operator
import os
import signal
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from daemon.operations.calls import ErrorType, Peer
from playhead import InProgress, InvalidParams, NonRetryable, Task, Worker, run_workers, worker
from tests.client.daemons import ScriptedDaemon, error

Input = dict[str, Any]
Running = Callable[..., Any]


class Queue:
    """Hands out tasks and takes results, as the daemon does."""

    def __init__(self, daemon: ScriptedDaemon) -> None:
        self.daemon = daemon
        self.ready: deque[dict[str, Any]] = deque()
        self.polls: list[Any] = []
        self.results: dict[str, dict[str, Any]] = {}
        self.beats: list[str] = []
        self.ended: set[str] = set()
        daemon.handlers["task.poll"] = self.poll
        daemon.handlers["task.update"] = self.update

    def add(self, id: str, input: Any = None, **more: Any) -> None:
        task = {"taskId": id, "jobId": "j-1", "ref": "r", "taskType": "t", "attempt": 1}
        self.ready.append({**task, "pollCount": 1, "input": input or {}, **more})
        if self.daemon.waiting:
            self.daemon.waiting[-1]({"tasks": [self.ready.popleft()]})

    def poll(self, params: dict[str, Any], _: Peer) -> Any:
        self.polls.append(params)
        if not self.ready:
            return None
        count = min(params["count"], len(self.ready))
        return {"tasks": [self.ready.popleft() for _ in range(count)]}

    def update(self, params: dict[str, Any], _: Peer) -> Any:
        id = params["taskId"]
        if id in self.ended:
            return {"accepted": False, "status": "CANCELED"}
        if params.get("extendLease"):
            self.beats.append(id)
            return {"accepted": True, "status": "IN_PROGRESS"}
        self.results[id] = params
        return {"accepted": True, "status": params["status"]}

    async def has(self, *ids: str) -> list[dict[str, Any]]:
        await self.daemon.until(lambda: all(id in self.results for id in ids))
        return [self.results[id] for id in ids]


@pytest.fixture
def queue(daemon: ScriptedDaemon) -> Queue:
    return Queue(daemon)


@pytest.fixture
def running(daemon: ScriptedDaemon) -> Running:
    @asynccontextmanager
    async def running(*workers: Worker, **options: Any) -> AsyncIterator[asyncio.Event]:
        stop = asyncio.Event()
        options = {"socket": daemon.path, "stop": stop, "drain_seconds": 5, **options}
        serving = asyncio.create_task(run_workers(*workers, **options))
        try:
            yield stop
        finally:
            stop.set()
            await asyncio.wait_for(serving, 10)

    return running


def test_a_worker_is_still_its_function() -> None:
    @worker("double")
    def double(input: Input) -> Input:
        return {"n": input["n"] * 2}

    assert double({"n": 2}) == {"n": 4}
    assert (double.task_type, double.concurrency) == ("double", 1)
    with pytest.raises(ValueError, match="at least 1"):
        worker("x", concurrency=0)


async def test_functions_of_both_kinds_do_tasks(queue: Queue, running: Running) -> None:
    threads: list[str] = []

    @worker("plain", domain="d")
    def plain(input: Input, task: Task) -> Input:
        threads.append(threading.current_thread().name)
        return {"hello": input["name"], "attempt": task.attempt}

    @worker("async")
    async def in_the_loop(input: Input) -> None:
        threads.append(threading.current_thread().name)

    queue.add("t-1", {"name": "Ada"})
    async with running(plain, worker_id="w"):
        (result,) = await queue.has("t-1")
    assert result == {
        "taskId": "t-1",
        "status": "COMPLETED",
        "output": {"hello": "Ada", "attempt": 1},
        "workerId": "w",
    }
    queue.add("t-2")
    async with running(in_the_loop):
        (result,) = await queue.has("t-2")
    assert (result["status"], result["output"]) == ("COMPLETED", {})
    assert threads == ["playhead-plain_0", "MainThread"]
    assert queue.polls[0]["domain"] == "d"


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (ValueError("no"), {"status": "FAILED", "reason": "ValueError: no"}),
        (NonRetryable("never"), {"status": "FAILED_WITH_TERMINAL_ERROR", "reason": "never"}),
        (
            InProgress(callback_seconds=5, output={"half": 1}),
            {"status": "IN_PROGRESS", "callbackAfterSeconds": 5, "output": {"half": 1}},
        ),
        (
            "text",
            {
                "status": "FAILED_WITH_TERMINAL_ERROR",
                "reason": "the worker returned a str; an output is a dict",
            },
        ),
        (
            {"when": object()},
            {
                "status": "FAILED_WITH_TERMINAL_ERROR",
                "reason": "the worker's output is not JSON: Type is not JSON serializable: object",
            },
        ),
        (
            asyncio.CancelledError(),
            {"status": "FAILED", "reason": "the worker's function cancelled itself"},
        ),
    ],
)
async def test_how_a_function_ends_is_how_its_task_ends(
    queue: Queue, running: Running, outcome: Any, expected: dict[str, Any]
) -> None:
    @worker("t")
    async def end(input: Input) -> Any:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    queue.add("t-1")
    async with running(end, worker_id="w"):
        (result,) = await queue.has("t-1")
    assert result == {"taskId": "t-1", "workerId": "w", **expected}


async def test_it_asks_for_as_many_as_it_has_hands_for(queue: Queue, running: Running) -> None:
    together = 0
    most = 0
    gate = asyncio.Event()

    @worker("t", concurrency=3)
    async def work(input: Input) -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await gate.wait()
        together -= 1

    for number in range(7):
        queue.add(f"t-{number}")
    async with running(work):
        await queue.daemon.until(lambda: together == 3)
        gate.set()
        await queue.has(*(f"t-{number}" for number in range(7)))
    assert most == 3
    assert queue.polls[0]["count"] == 3
    assert all(1 <= poll["count"] <= 3 for poll in queue.polls)
    assert len({poll["session"] for poll in queue.polls}) == 1


async def test_a_heartbeat_keeps_the_deadline_away(queue: Queue, running: Running) -> None:
    gate = threading.Event()

    @worker("t")
    def slow(input: Input) -> None:
        gate.wait(10)

    queue.add("t-1", respondBySeconds=0.04)
    async with running(slow):
        await queue.daemon.until(lambda: len(queue.beats) >= 2)
        gate.set()
        await queue.has("t-1")


async def test_without_a_deadline_there_is_no_heartbeat(queue: Queue, running: Running) -> None:
    @worker("t")
    async def slow(input: Input) -> None:
        await asyncio.sleep(0.05)

    queue.add("t-1", respondBySeconds=None)
    async with running(slow):
        await queue.has("t-1")
    assert queue.beats == []


async def test_a_task_that_ended_elsewhere_is_given_up(queue: Queue, running: Running) -> None:
    stopped: list[str] = []

    @worker("t", heartbeat_seconds=0.01)
    async def cancelled(input: Input) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append("async")

    @worker("t", heartbeat_seconds=0.01)
    def told(input: Input, task: Task) -> None:
        if task.unwanted.wait(10):
            stopped.append("thread")

    for function, ends in ((cancelled, ["async"]), (told, ["async", "thread"])):
        queue.add("t-1")
        queue.ended.add("t-1")
        async with running(function):
            await queue.daemon.until(partial(operator.eq, stopped, ends))
    assert queue.results == {}


async def test_a_result_outlives_the_daemon(
    queue: Queue, daemon: ScriptedDaemon, running: Running
) -> None:
    gate = asyncio.Event()

    @worker("t")
    async def work(input: Input) -> Input:
        await gate.wait()
        return {"done": True}

    queue.add("t-1")
    async with running(work):
        await daemon.until(lambda: queue.polls)
        await asyncio.sleep(0.01)
        await daemon.stop()
        gate.set()
        await asyncio.sleep(0.05)
        await daemon.start()
        (result,) = await queue.has("t-1")
        assert result["output"] == {"done": True}
        queue.add("t-2")
        await queue.has("t-2")


async def test_whoever_holds_a_task_reports_back_after_a_restart(
    queue: Queue, daemon: ScriptedDaemon, running: Running
) -> None:
    gate = asyncio.Event()

    @worker("t")
    async def work(input: Input) -> None:
        await gate.wait()

    queue.add("t-1")
    async with running(work):
        await daemon.until(lambda: queue.polls)
        await asyncio.sleep(0.01)
        await daemon.stop()
        queue.beats.clear()
        await daemon.start()
        await daemon.until(lambda: queue.beats)
        gate.set()
        await queue.has("t-1")
    assert queue.beats == ["t-1"]


async def test_a_poll_whose_answer_was_lost_is_repeated_as_it_was(
    queue: Queue, daemon: ScriptedDaemon, running: Running
) -> None:
    @worker("t")
    async def work(input: Input) -> None:
        return None

    async with running(work):
        await daemon.until(lambda: daemon.waiting)
        await daemon.stop()
        await daemon.start()
        await daemon.until(lambda: len(queue.polls) == 2)
        assert queue.polls[0] == queue.polls[1]
        assert queue.polls[0]["requestId"]


async def test_it_waits_for_a_daemon_that_is_not_there_yet(
    queue: Queue, daemon: ScriptedDaemon, running: Running
) -> None:
    await daemon.stop()

    @worker("t")
    async def work(input: Input) -> None:
        return None

    queue.add("t-1")
    async with running(work):
        await asyncio.sleep(0.02)
        await daemon.start()
        await queue.has("t-1")


async def test_to_stop_is_to_finish_what_runs(queue: Queue, running: Running) -> None:
    gate = asyncio.Event()

    @worker("t", concurrency=2)
    async def work(input: Input) -> Input:
        await gate.wait()
        return {"finished": True}

    queue.add("t-1")
    async with running(work) as stop:
        await queue.daemon.until(lambda: len(queue.polls) == 2)
        stop.set()
        await asyncio.sleep(0.01)
        assert queue.results == {}
        gate.set()
        (result,) = await queue.has("t-1")
        assert result["output"] == {"finished": True}


async def test_tasks_that_arrive_while_it_stops_are_given_back(
    queue: Queue, running: Running
) -> None:
    gate = asyncio.Event()

    @worker("t", concurrency=2)
    async def work(input: Input) -> None:
        await gate.wait()

    queue.add("t-1")
    async with running(work) as stop:
        await queue.daemon.until(lambda: len(queue.polls) == 2)
        stop.set()
        await asyncio.sleep(0.01)
        queue.add("t-2")
        (back,) = await queue.has("t-2")
        assert (back["status"], back["callbackAfterSeconds"]) == ("IN_PROGRESS", 0.001)
        gate.set()


async def test_what_takes_too_long_is_left_to_others(queue: Queue, running: Running) -> None:
    @worker("t")
    async def work(input: Input) -> None:
        await asyncio.Event().wait()

    queue.add("t-1")
    async with running(work, drain_seconds=0.01) as stop:
        await queue.daemon.until(lambda: queue.polls)
        await asyncio.sleep(0.01)
        stop.set()
    assert queue.results == {}
    await queue.daemon.until(lambda: queue.daemon.left)


async def test_a_refused_poll_ends_the_workers_with_its_error(
    daemon: ScriptedDaemon, queue: Queue
) -> None:
    @worker("t", concurrency=5000)
    async def greedy(input: Input) -> None:
        return None

    daemon.handlers["task.poll"] = lambda _, __: error(ErrorType.INVALID_PARAMS, "/count: 5000")
    with pytest.raises(InvalidParams, match="/count"):
        await run_workers(greedy, socket=daemon.path, stop=asyncio.Event())


async def test_a_refused_result_is_let_go(
    daemon: ScriptedDaemon, queue: Queue, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    @worker("t")
    async def work(input: Input) -> None:
        return None

    daemon.handlers["task.update"] = lambda _, __: error(ErrorType.NOT_FOUND, "no such task")
    queue.add("t-1")
    async with running(work):
        await daemon.until(lambda: len(queue.polls) == 2)
    assert "the result of task t-1 of type t was refused: no such task" in caplog.text


async def test_sigterm_stops_it(queue: Queue) -> None:
    @worker("t")
    async def work(input: Input) -> None:
        return None

    serving = asyncio.create_task(run_workers(work, socket=queue.daemon.path))
    await queue.daemon.until(lambda: queue.polls)
    os.kill(os.getpid(), signal.SIGTERM)
    started = time.monotonic()
    await asyncio.wait_for(serving, 10)
    assert time.monotonic() - started < 5
