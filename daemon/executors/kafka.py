"""KAFKA_PUBLISH: one record to a topic. Needs the extra ``playhead[kafka]``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any, Protocol

import msgspec
import orjson

from daemon.executors.executor import Order, Outcome
from daemon.executors.scripting import text_of
from eventstore.events import TaskStatus, Value

NOT_INSTALLED = "KAFKA_PUBLISH needs aiokafka, which is not installed: pip install playhead[kafka]"
MISSING_REQUEST = (
    "Missing Kafka request. Task input MUST have a 'kafka_request' key with KafkaTask.Input as "
    "value. See documentation for KafkaTask for required input parameters"
)
MISSING_SERVERS = "No boot strap servers specified"
MISSING_TOPIC = "Missing Kafka topic. See documentation for KafkaTask for required input parameters"
MISSING_VALUE = (
    "Missing Kafka value.  See documentation for KafkaTask for required input parameters"
)
KEY_BYTES = {
    "org.apache.kafka.common.serialization.LongSerializer": 8,
    "org.apache.kafka.common.serialization.IntegerSerializer": 4,
}
"""Serializers of numbers, and how long their numbers are; every other key is text."""


class BadRecord(ValueError):
    """The input describes no record."""


class Producer(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send_and_wait(
        self, topic: str, value: bytes, key: bytes, *, headers: list[tuple[str, bytes]]
    ) -> object: ...


Connect = Callable[[str], Producer]
"""A producer for bootstrap servers, not started. Raises ModuleNotFoundError."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    servers: str
    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    timeout_seconds: float | None
    """None: the executor's."""


def aiokafka_producer(servers: str) -> Producer:
    producer: Producer = import_module("aiokafka").AIOKafkaProducer(bootstrap_servers=servers)
    return producer


class KafkaPublish:
    task_types: tuple[str, ...] = ("KAFKA_PUBLISH",)

    def __init__(
        self, *, timeout_seconds: float = 30, connect: Connect = aiokafka_producer
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._connect = connect

    def repeats(self, order: Order) -> bool:
        """A second record would be there for all consumers."""
        return False

    async def run(self, order: Order) -> Outcome:
        try:
            record = record_of(order.input)
            producer = self._connect(record.servers)
        except BadRecord as error:
            return _failed(str(error))
        except ModuleNotFoundError:
            return _failed(NOT_INSTALLED)
        try:
            async with asyncio.timeout(record.timeout_seconds or self._timeout_seconds):
                await self._publish(producer, record)
        except Exception as error:  # noqa: BLE001 - the client library has no common error
            told = str(error) or type(error).__name__
            return _failed(f"Failed to invoke kafka task due to: {told}")
        return Outcome(status=TaskStatus.COMPLETED, output={})

    async def _publish(self, producer: Producer, record: Record) -> None:
        try:
            await producer.start()
            await producer.send_and_wait(
                record.topic, record.value, record.key, headers=record.headers
            )
        finally:
            await _shielded(producer.stop())

    async def aclose(self) -> None:
        """Each record has its own connection."""


def record_of(given: Value) -> Record:
    fields = given.get("kafka_request") if isinstance(given, dict) else None
    if not isinstance(fields, dict):
        raise BadRecord(MISSING_REQUEST)
    servers, topic = text_of(fields.get("bootStrapServers")), text_of(fields.get("topic"))
    if servers is None:
        raise BadRecord(MISSING_SERVERS)
    if topic is None:
        raise BadRecord(MISSING_TOPIC)
    if fields.get("value") is None:
        raise BadRecord(MISSING_VALUE)
    return Record(
        servers=servers,
        topic=topic,
        key=_key(fields),
        value=orjson.dumps(fields["value"]),
        headers=_headers(fields.get("headers")),
        timeout_seconds=_seconds(fields),
    )


def _key(fields: Mapping[str, Any]) -> bytes:
    key = fields.get("key")
    length = KEY_BYTES.get(str(fields.get("keySerializer")))
    if length is None:
        return _text(key).encode()
    try:
        return int(_text(key)).to_bytes(length, "big", signed=True)
    except (ValueError, OverflowError) as error:
        raise BadRecord(
            f"Failed to invoke kafka task due to: the key is no number of {length} bytes"
        ) from error


def _headers(given: Any) -> list[tuple[str, bytes]]:
    if not isinstance(given, dict | None):
        raise BadRecord("Failed to invoke kafka task due to: the headers are not an object")
    return [(name, _text(value).encode()) for name, value in (given or {}).items()]


def _seconds(fields: Mapping[str, Any]) -> float | None:
    """``maxBlockMs`` is for finding the broker, ``requestTimeoutMs`` for its answer."""
    given = [fields[name] for name in ("maxBlockMs", "requestTimeoutMs") if fields.get(name)]
    if not all(str(each).isdecimal() for each in given):
        raise BadRecord(
            "Failed to invoke kafka task due to: a timeout is no number of milliseconds"
        )
    return sum(map(int, given)) / 1000 if given else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


async def _shielded(work: Awaitable[None]) -> None:
    """A connection is closed also when the task that opened it is cancelled."""
    await asyncio.shield(asyncio.ensure_future(work))


def _failed(reason: str) -> Outcome:
    return Outcome(status=TaskStatus.FAILED, output={}, reason=reason)
