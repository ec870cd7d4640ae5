"""Subscriptions and waiting for jobs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from daemon.operations.calls import ErrorType, Peer, Result
from playhead import CallTimedOut, Client, DaemonUnreachable, NotFound, inbox
from tests.client.daemons import ScriptedDaemon, error


class Log:
    """A log of nothing but positions, and those who follow it."""

    def __init__(self, daemon: ScriptedDaemon) -> None:
        self.head = 0
        self.subscriptions: dict[str, Peer] = {}
        self.asked: list[dict[str, Any]] = []
        self._count = 0
        daemon.handlers["events.subscribe"] = self.subscribe
        daemon.handlers["events.unsubscribe"] = self.unsubscribe

    def subscribe(self, params: dict[str, Any], peer: Peer) -> Result:
        self._count += 1
        name = f"s{self._count}"
        self.asked.append(params)
        self.subscriptions[name] = peer
        after = params.get("after", self.head)
        loop = asyncio.get_running_loop()
        for position in range(after + 1, self.head + 1):
            loop.call_soon(self.send, name, position)
        return {"subscription": name, "after": after}

    def unsubscribe(self, params: dict[str, Any], _: Peer) -> Any:
        if self.subscriptions.pop(params["subscription"], None) is None:
            return error(ErrorType.NOT_FOUND, "no such subscription")
        return {}

    def append(self, **fields: Any) -> None:
        self.head += 1
        for name in self.subscriptions:
            self.send(name, self.head, **fields)

    def send(self, name: str, position: int, **fields: Any) -> None:
        event = {"position": position, "stream": "job/j-1", "type": "JobCompleted", **fields}
        self.subscriptions[name].notify("events.event", {"subscription": name, "event": event})

    def cut_off(self) -> None:
        for name, peer in self.subscriptions.items():
            told = {"subscription": name, "reason": "lagging", "resumeAfter": 0}
            peer.notify("events.ended", told)
        self.subscriptions.clear()


@pytest.fixture
def log(daemon: ScriptedDaemon) -> Log:
    return Log(daemon)


async def take(subscription: Any, count: int) -> list[int]:
    async with asyncio.timeout(10):
        return [(await anext(subscription))["position"] for _ in range(count)]


async def test_history_comes_first_then_what_is_new(client: Client, log: Log) -> None:
    log.head = 3
    async with await client.subscribe(after=1, types=["JobCompleted"]) as events:
        assert await take(events, 2) == [2, 3]
        log.append()
        assert await take(events, 1) == [4]
        assert events.after == 4
    assert log.asked == [{"after": 1, "types": ["JobCompleted"]}]
    assert log.subscriptions == {}


async def test_without_a_position_it_begins_now(client: Client, log: Log) -> None:
    log.head = 7
    async with await client.subscribe() as events:
        log.append()
        assert await take(events, 1) == [8]


async def test_nothing_is_missed_over_a_restart(
    client: Client, daemon: ScriptedDaemon, log: Log
) -> None:
    async with await client.subscribe(after=0) as events:
        log.append()
        assert await take(events, 1) == [1]
        await daemon.stop()
        log.subscriptions.clear()
        log.head = 5
        next_ones = asyncio.create_task(take(events, 4))
        await daemon.start()
        assert await next_ones == [2, 3, 4, 5]
    assert [params["after"] for params in log.asked] == [0, 1]


async def test_one_that_is_cut_off_resumes_where_its_reader_stands(
    client: Client, log: Log
) -> None:
    async with await client.subscribe(after=0) as events:
        for _ in range(3):
            log.append()
        assert await take(events, 2) == [1, 2]
        log.cut_off()
        log.head = 5
        assert await take(events, 3) == [3, 4, 5]
    assert log.asked[-1] == {"after": 3}


async def test_a_reader_slower_than_its_buffer_resumes_too(
    client: Client, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MAX_BUFFERED_EVENTS", 10)
    log.head = 100
    async with await client.subscribe(after=0) as events:
        assert await take(events, 100) == list(range(1, 101))
    assert len(log.asked) > 1


async def test_the_iteration_ends_when_it_is_closed(client: Client, log: Log) -> None:
    events = await client.subscribe()
    waiting = asyncio.create_task(anext(events, "the end"))
    await asyncio.sleep(0)
    await events.close()
    await events.close()
    assert await waiting == "the end"


async def test_the_iteration_fails_when_the_daemon_stays_away(
    daemon: ScriptedDaemon, log: Log
) -> None:
    async with Client(daemon.path, reconnect_seconds=0.05) as client:
        events = await client.subscribe()
        await daemon.stop()
        with pytest.raises(DaemonUnreachable):
            await anext(events)
        await events.close()


class Jobs:
    """Jobs that a test ends."""

    def __init__(self, daemon: ScriptedDaemon, log: Log) -> None:
        self.status: dict[str, str] = {}
        self.daemon = daemon
        self.log = log
        daemon.handlers["job.get"] = self.get

    def get(self, params: dict[str, Any], _: Peer) -> Any:
        status = self.status.get(params["jobId"])
        if status is None:
            return error(ErrorType.NOT_FOUND, f"no job {params['jobId']}")
        return {"jobId": params["jobId"], "status": status}

    def end(self, job_id: str) -> None:
        self.status[job_id] = "COMPLETED"
        self.log.append(stream=f"job/{job_id}")

    async def looked_at(self, times: int) -> None:
        await self.daemon.until(lambda: len(self.daemon.asked("job.get")) == times)


@pytest.fixture
def jobs(daemon: ScriptedDaemon, log: Log) -> Jobs:
    return Jobs(daemon, log)


async def test_a_job_that_has_ended_is_not_waited_for(client: Client, jobs: Jobs) -> None:
    jobs.status["j-1"] = "FAILED"
    assert (await client.wait_for_job("j-1"))["status"] == "FAILED"


async def test_many_waits_share_one_subscription(client: Client, jobs: Jobs, log: Log) -> None:
    names = [f"j-{n}" for n in range(200)]
    jobs.status = dict.fromkeys(names, "RUNNING")
    waits = [asyncio.create_task(client.wait_for_job(name)) for name in names]
    await jobs.looked_at(200)
    for name in names:
        jobs.end(name)
    assert [(await wait)["jobId"] for wait in waits] == names
    assert len(log.asked) == 1


async def test_a_job_that_goes_on_after_its_end_is_waited_for_again(
    client: Client, jobs: Jobs, log: Log
) -> None:
    jobs.status["j-1"] = "RUNNING"
    wait = asyncio.create_task(client.wait_for_job("j-1"))
    await jobs.looked_at(1)
    log.append(stream="job/j-1")
    await jobs.looked_at(2)
    assert not wait.done()
    jobs.end("j-1")
    assert (await wait)["status"] == "COMPLETED"


async def test_an_end_while_the_daemon_restarts_is_heard(
    client: Client, daemon: ScriptedDaemon, jobs: Jobs, log: Log
) -> None:
    jobs.status["j-1"] = "RUNNING"
    wait = asyncio.create_task(client.wait_for_job("j-1"))
    await jobs.looked_at(1)
    await daemon.stop()
    log.subscriptions.clear()
    jobs.end("j-1")
    await daemon.start()
    assert (await wait)["status"] == "COMPLETED"


async def test_waiting_has_an_end(client: Client, jobs: Jobs) -> None:
    jobs.status["j-1"] = "RUNNING"
    with pytest.raises(CallTimedOut, match="the end of job j-1"):
        await client.wait_for_job("j-1", timeout_seconds=0.02)
    with pytest.raises(NotFound):
        await client.wait_for_job("j-2")


async def test_waiting_fails_when_the_daemon_stays_away(daemon: ScriptedDaemon, jobs: Jobs) -> None:
    jobs.status["j-1"] = "RUNNING"
    async with Client(daemon.path, reconnect_seconds=0.05) as client:
        wait = asyncio.create_task(client.wait_for_job("j-1"))
        await jobs.looked_at(1)
        await daemon.stop()
        with pytest.raises(DaemonUnreachable):
            await wait
