from __future__ import annotations

import asyncio
from typing import Any

import pytest

from daemon.executors.kafka import (
    MISSING_REQUEST,
    MISSING_SERVERS,
    MISSING_TOPIC,
    MISSING_VALUE,
    NOT_INSTALLED,
    KafkaPublish,
    Producer,
)
from eventstore.events import TaskStatus
from tests.executors.orders import order

REQUEST = {"bootStrapServers": "broker:9092", "topic": "news", "value": {"a": 1}, "key": "k"}


class Broker:
    """Takes records, or fails as it is told."""

    def __init__(self, error: Exception | None = None, *, hangs: bool = False) -> None:
        self.error = error
        self.hangs = hangs
        self.records: list[tuple[Any, ...]] = []
        self.servers: list[str] = []
        self.stopped = 0

    def connect(self, servers: str) -> Producer:
        self.servers.append(servers)
        return self

    async def start(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()

    async def stop(self) -> None:
        self.stopped += 1

    async def send_and_wait(self, topic: str, value: bytes, key: bytes, *, headers: Any) -> None:
        if self.error is not None:
            raise self.error
        self.records.append((topic, key, value, headers))


async def publish(broker: Broker, **changes: Any) -> Any:
    given = {"kafka_request": REQUEST | changes}
    kafka = KafkaPublish(connect=broker.connect)
    return await kafka.run(order("KAFKA_PUBLISH", given))


async def test_a_record_is_published() -> None:
    broker = Broker()
    outcome = await publish(broker, headers={"x": 1, "y": "z"})
    assert outcome.status is TaskStatus.COMPLETED
    assert broker.servers == ["broker:9092"]
    assert broker.records == [("news", b"k", b'{"a":1}', [("x", b"1"), ("y", b"z")])]
    assert broker.stopped == 1


@pytest.mark.parametrize(
    ("changes", "key", "value"),
    [
        ({"value": "text"}, b"k", b'"text"'),
        ({"key": None}, b"null", b'{"a":1}'),
        (
            {"key": 5, "keySerializer": "org.apache.kafka.common.serialization.LongSerializer"},
            b"\0\0\0\0\0\0\0\5",
            b'{"a":1}',
        ),
        (
            {
                "key": "-1",
                "keySerializer": "org.apache.kafka.common.serialization.IntegerSerializer",
            },
            b"\xff\xff\xff\xff",
            b'{"a":1}',
        ),
    ],
)
async def test_keys_and_values_are_written(
    changes: dict[str, Any], key: bytes, value: bytes
) -> None:
    broker = Broker()
    await publish(broker, **changes)
    assert broker.records[0][1:3] == (key, value)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, MISSING_REQUEST),
        ({"kafka_request": REQUEST | {"bootStrapServers": " "}}, MISSING_SERVERS),
        ({"kafka_request": REQUEST | {"topic": None}}, MISSING_TOPIC),
        ({"kafka_request": REQUEST | {"value": None}}, MISSING_VALUE),
        (
            {"kafka_request": REQUEST | {"maxBlockMs": "long"}},
            "Failed to invoke kafka task due to: a timeout is no number of milliseconds",
        ),
    ],
)
async def test_what_is_missing_is_named(given: dict[str, Any], reason: str) -> None:
    broker = Broker()
    outcome = await KafkaPublish(connect=broker.connect).run(order("KAFKA_PUBLISH", given))
    assert (outcome.status, outcome.reason) == (TaskStatus.FAILED, reason)
    assert broker.servers == []


async def test_an_error_of_the_broker_fails_the_task() -> None:
    broker = Broker(OSError("unreachable"))
    outcome = await publish(broker)
    assert outcome.reason == "Failed to invoke kafka task due to: unreachable"
    assert broker.stopped == 1


async def test_a_broker_that_hangs_is_given_up() -> None:
    broker = Broker(hangs=True)
    outcome = await publish(broker, maxBlockMs=20, requestTimeoutMs="20")
    assert outcome.reason == "Failed to invoke kafka task due to: TimeoutError"
    assert broker.stopped == 1


async def test_a_missing_extra_is_named() -> None:
    def missing(servers: str) -> Producer:
        raise ModuleNotFoundError("aiokafka")

    kafka = KafkaPublish(connect=missing)
    outcome = await kafka.run(order("KAFKA_PUBLISH", {"kafka_request": REQUEST}))
    assert (outcome.status, outcome.reason) == (TaskStatus.FAILED, NOT_INSTALLED)


def test_a_record_is_never_sent_twice() -> None:
    assert not KafkaPublish().repeats(order("KAFKA_PUBLISH", {"kafka_request": REQUEST}))
